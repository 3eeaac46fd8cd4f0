"""The known formats and layouts: every module of these two packages. Adding one touches one file."""

from types import ModuleType

from data.discovery import modules_in
from data.readers import formats, layouts
from data.readers.files import ZIP, File


def known_layouts() -> list[ModuleType]:
    """Return the layout modules, sorted by name."""
    return list(modules_in(layouts))


def known_formats() -> list[ModuleType]:
    """Return the format modules: those recognised by their first bytes first, plain text last."""
    return sorted(modules_in(formats), key=lambda module: module.__name__.endswith(".delimited"))


def extensions() -> list[str]:
    """Return the file name extensions of all formats, without dots."""
    return sorted({ending for module in known_formats() for ending in module.EXTENSIONS} | {"gz", "zip"})


def format_of(file: File) -> ModuleType | None:
    """Return the format that recognises a file, `None` if there is none."""
    return next((module for module in known_formats() if module.recognises(file)), None)


def is_archive(file: File) -> bool:
    """Return whether a file is a ZIP archive of other files rather than a format based on ZIP."""
    return file.head.startswith(ZIP) and format_of(file) is None
