"""Which formats and layouts there are: every module of those two packages. Adding one touches one file."""

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

from data.readers.files import ZIP, File


def known_layouts() -> list[ModuleType]:
    """Return the modules of known layouts in name order."""
    return _modules("layouts")


def known_formats() -> list[ModuleType]:
    """Return the modules of file formats: those told by their first bytes first, plain text last."""
    return sorted(_modules("formats"), key=lambda module: module.__name__.endswith(".delimited"))


def extensions() -> list[str]:
    """Return the file name endings of all formats, without dots."""
    return sorted({ending for module in known_formats() for ending in module.EXTENSIONS} | {"gz", "zip"})


def format_of(file: File) -> ModuleType | None:
    """Return the format that a file's content has, `None` where no reader knows it."""
    return next((module for module in known_formats() if module.recognises(file)), None)


def is_archive(file: File) -> bool:
    """Return whether a file is a ZIP of other files, and not one of the formats that are packed as ZIP."""
    return file.head.startswith(ZIP) and format_of(file) is None


def _modules(package: str) -> list[ModuleType]:
    folder = [str(Path(__file__).parent / package)]
    names = sorted(info.name for info in pkgutil.iter_modules(folder) if not info.name.startswith("_"))
    return [importlib.import_module(f"data.readers.{package}.{name}") for name in names]
