"""Transforms of groups of windows, one file per family: amplitude, tempo, tremor, direction of gravity, and so on."""
