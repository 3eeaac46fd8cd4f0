"""The known formats and layouts: every module of these two packages. Adding one touches one file."""

from typing import Protocol, cast

from data.discovery import instances_in, modules_in
from data.ingest.table import Table
from data.readers import formats, layouts
from data.readers.files import ZIP, File, Files
from data.readers.layouts import described
from data.readers.layouts._layout import Layout
from data.readers.progress import ReadProgress


class KnownLayout(Protocol):
    """A module of `layouts`, or a description in `layouts.described`."""

    @property
    def TITLE(self) -> str:  # noqa: N802
        """The public data set or app."""
        ...

    def recognises(self, files: Files) -> bool:
        """Return whether files are of this layout."""
        ...

    def read(self, files: Files, on_progress: ReadProgress) -> Table:
        """Read all recordings."""
        ...


class KnownFormat(Protocol):
    """A module of `formats`."""

    TITLE: str
    EXTENSIONS: tuple[str, ...]
    __name__: str

    def recognises(self, file: File) -> bool:
        """Return whether a file is of this format."""
        ...

    def read(self, file: File) -> Table:
        """Read one file."""
        ...


def known_layouts() -> list[KnownLayout]:
    """Return the layouts: modules sorted by name, then descriptions."""
    modules = [module for module in modules_in(layouts) if hasattr(module, "recognises")]
    return [*cast(list[KnownLayout], modules), *instances_in(described, Layout)]


def known_formats() -> list[KnownFormat]:
    """Return the format modules: those recognised by their first bytes first, plain text last."""
    modules = sorted(modules_in(formats), key=lambda module: module.__name__.endswith(".delimited"))
    return cast(list[KnownFormat], modules)


def extensions() -> list[str]:
    """Return the file name extensions of all formats, without dots."""
    return sorted({ending for module in known_formats() for ending in module.EXTENSIONS} | {"gz", "zip"})


def format_of(file: File) -> KnownFormat | None:
    """Return the format that recognises a file, `None` if there is none."""
    return next((module for module in known_formats() if module.recognises(file)), None)


def is_archive(file: File) -> bool:
    """Return whether a file is a ZIP archive of other files rather than a format based on ZIP."""
    return file.head.startswith(ZIP) and format_of(file) is None
