"""Planted cases, and whether the audit finds them."""
