"""Public data sets and phone apps: files that belong together, known by how they lie.

Each module has `TITLE`, `recognises(files)` and `read(files, tick)`, and is found by its name: adding a layout
adds a file. Modules whose names start with `_` are shared by several layouts.
"""
