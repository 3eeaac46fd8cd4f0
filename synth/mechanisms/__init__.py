"""Mechanisms: everything that makes releases, one folder per family."""
