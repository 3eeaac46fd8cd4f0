"""What can be loaded, as tables for the documentation: made from the registry, so that nothing is forgotten.

python -m data.readers.catalogue prints the tables of docs/formats.md and README.md.
"""

import inspect
import re
from collections.abc import Sequence

from data.readers.formats._known_tables import KNOWN_TABLES
from data.readers.layouts._layout import Layout
from data.readers.registry import known_formats, known_layouts

BEGIN, END = "<!-- made by python -m data.readers.catalogue -->", "<!-- end -->"


def formats_table() -> str:
    """Return the file formats, with their endings."""
    rows = [
        (known.TITLE, ", ".join(f".{ending}" for ending in known.EXTENSIONS)) for known in known_formats()
    ]
    return _table(("file format", "endings"), rows)


def devices_table() -> str:
    """Return the devices and apps whose text tables are known."""
    return _table(("device or app", "documented in"), [(known.title, known.source) for known in KNOWN_TABLES])


def layouts_table() -> str:
    """Return the public data sets and apps that write several files, with their licences."""
    rows = []
    for known in known_layouts():
        if isinstance(known, Layout):
            rows.append((known.title, f"{known.source}. Licence: {known.licence}"))
        else:
            rows.append((known.TITLE, _first_sentence(inspect.getdoc(known) or "")))
    return _table(
        ("public data set, device or app", "what it is"), sorted(rows, key=lambda row: row[0].lower())
    )


def summary() -> str:
    """Return everything that is recognised, in one paragraph."""
    formats = ", ".join(known.TITLE for known in known_formats())
    tables = ", ".join(known.title for known in KNOWN_TABLES)
    layouts = ", ".join(sorted((known.TITLE for known in known_layouts()), key=str.lower))
    return f"Files: {formats}. Tables of {tables}. Public data sets, devices and apps: {layouts}."


def documentation() -> str:
    """Return the tables of docs/formats.md."""
    return "\n\n".join((formats_table(), devices_table(), layouts_table()))


def between_marks(text: str) -> str:
    """Return the part of a page that is made from here."""
    return text.split(BEGIN)[1].split(END)[0].strip()


def _first_sentence(text: str) -> str:
    return re.sub(r"\s+", " ", text.split("\n\n")[0]).strip().rstrip(".")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    escaped = [[cell.replace("|", r"\|") for cell in row] for row in rows]
    lines = [heads, ["---"] * len(heads), *escaped]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    print(f"docs/formats.md:\n\n{documentation()}\n\nREADME.md:\n\n{summary()}")
