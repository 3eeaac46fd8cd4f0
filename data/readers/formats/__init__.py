"""File formats, one per module, recognised by their content."""
