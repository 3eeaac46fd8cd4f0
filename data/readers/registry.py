"""Which formats and layouts there are: every module of those two packages. Adding one touches one file."""

from types import ModuleType

from data.discovery import modules_in
from data.readers import formats, layouts
from data.readers.files import ZIP, File


def known_layouts() -> list[ModuleType]:
    """Return the modules of known layouts in name order."""
    return list(modules_in(layouts))


def known_formats() -> list[ModuleType]:
    """Return the modules of file formats: those told by their first bytes first, plain text last."""
    return sorted(modules_in(formats), key=lambda module: module.__name__.endswith(".delimited"))


def extensions() -> list[str]:
    """Return the file name endings of all formats, without dots."""
    return sorted({ending for module in known_formats() for ending in module.EXTENSIONS} | {"gz", "zip"})


def format_of(file: File) -> ModuleType | None:
    """Return the format that a file's content has, `None` where no reader knows it."""
    return next((module for module in known_formats() if module.recognises(file)), None)


def is_archive(file: File) -> bool:
    """Return whether a file is a ZIP of other files, and not one of the formats that are packed as ZIP."""
    return file.head.startswith(ZIP) and format_of(file) is None
