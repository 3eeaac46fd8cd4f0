"""SenseGen."""
