"""Differential privacy for generators."""
