"""Devices, apps and standards with several files for each recording."""
