"""GAIN, for tables and for windows."""
