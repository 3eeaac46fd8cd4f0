"""Transforms of groups of windows, one file a family: amplitude, tempo, tremor, direction of gravity, and so on."""
