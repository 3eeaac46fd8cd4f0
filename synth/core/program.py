"""Name and version of the program, as in reports, on pages, in CITATION.cff and CHANGELOG.md."""

NAME = "Penumbra"
VERSION = "1.0.0"
