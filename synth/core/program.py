"""Which program this is, for people: reports, pages, CITATION.cff and CHANGELOG.md say the same."""

NAME = "Penumbra"
VERSION = "1.0.0"
