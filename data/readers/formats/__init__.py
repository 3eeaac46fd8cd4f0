"""File formats, one a module, known by their content."""
