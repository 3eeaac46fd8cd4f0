"""Corrections to groups of windows, one file a family: stronger, faster, with tremor, turned, ..."""
