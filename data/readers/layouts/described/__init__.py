"""Public data sets that a description is enough for: see `data.readers.layouts._layout`."""
