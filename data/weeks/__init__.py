"""Recordings of days and weeks: read as a stream, in bounded memory; only stretches of them become rows of a table.

    stream   chunks of a device -> statistics of short blocks, and the gaps between samples
    wear     blocks -> when the device was worn
    draw     worn time -> the stretches that are taken, by a stated rule

`data.readers.device_table` puts them together.
"""
