"""Corrections by hand and by rule: marks on one window, symbols for groups of windows, recipes of both."""
