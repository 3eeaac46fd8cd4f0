"""Upkeep of the store: what its records say, what is damaged, what crashes left behind, what is deleted."""
