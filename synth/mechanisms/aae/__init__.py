"""Transformations trained against adversaries."""
