"""Transformations that follow a rule and learn next to nothing: noise, resampling, filtering and others."""
