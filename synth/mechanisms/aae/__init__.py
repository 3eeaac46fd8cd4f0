"""Transformations that are trained against adversaries."""
