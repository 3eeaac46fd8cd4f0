"""Charts of recordings, before any version is made."""
