"""Mechanisms that learn next to nothing: noise, resampling, filtering, ..."""
