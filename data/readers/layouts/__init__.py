"""Public data sets and phone apps: files that belong together, recognised by their names and folders.

Each module has `TITLE`, `recognises(files)` and `read(files, on_progress)` and is discovered automatically: adding
a layout means adding a file. Modules whose names start with `_` are shared by several layouts.
"""
