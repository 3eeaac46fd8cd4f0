"""Devices that write several files for each recording."""
