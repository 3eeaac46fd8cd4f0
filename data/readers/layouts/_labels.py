"""Shared by layouts: labels of rows, attributes of people, and files that were not read."""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.label_categories import label_categories
from data.plurals import counted
from data.readers.files import File, Files
from data.readers.text import as_text, table_rows
from data.recordings import Finding

Matched = tuple[File, re.Match[str]]
GENDER = {"f": "female", "female": "female", "m": "male", "male": "male"}


def label_column(
    codes: np.ndarray,
    names: Mapping[int, str],
    where: str,
    *,
    none: int | None = None,
    what: str = "activity",
) -> pd.Categorical:
    """Convert label codes to text, missing where the code means that there is no label.

    All files of a data set get the same categories, so that they can be concatenated as such.

    Args:
        codes: `(n,)` codes as in the file.
        names: Label of each code.
        where: Name of the file in messages; its first line has the first code.
        none: The code of samples without a label, `None` if all have one.
        what: Name of the kind of label in messages.

    Raises:
        RecordingError: If a code is unknown.
    """
    known = np.array(sorted(names), dtype=np.float64)
    position = np.searchsorted(known, codes).clip(0, len(known) - 1)
    named = known[position] == codes
    unknown = ~named if none is None else ~named & (codes != none)
    if unknown.any():
        row = int(np.argmax(unknown))
        raise RecordingError(
            f"{where}, line {row + 1}: {what} {codes[row]:g} does not exist in this data set "
            f"({', '.join(str(code) for code in sorted(names))}). Correct it, or download the file again."
        )
    texts = list(dict.fromkeys(names[code] for code in sorted(names)))
    column = np.array([texts.index(names[code]) for code in sorted(names)])
    return label_categories(np.where(named, column[position], -1), texts)


def without_unused_categories(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame without unused categories."""
    labels = frame.select_dtypes("category")
    return frame.assign(**{str(name): labels[name].cat.remove_unused_categories() for name in labels})


def people_table(rows: Mapping[str, Mapping[str, object]], people: Sequence[str]) -> pd.DataFrame:
    """Return the attributes of the given people, in their order; an empty frame if none are known."""
    known = [person for person in people if person in rows]
    frame = pd.DataFrame([rows[person] for person in known], index=pd.Index(known, name="subject"))
    return frame.reindex(pd.Index(people, name="subject")) if known else pd.DataFrame()


def people_from_readme(file: File | None, first_heading: str) -> dict[str, dict[str, object]]:
    """Read attributes of people from a table drawn with bars in a readme.

    Args:
        file: The readme, if there is one.
        first_heading: Name of the first column of the table.

    Returns:
        Age (years), height (cm), weight (kg) and gender of each person.
    """
    people: dict[str, dict[str, object]] = {}
    headings: list[str] = []
    for cells in table_rows(as_text(file.read())) if file else ():
        if cells[0].lower() == first_heading.lower():
            headings = [cell.lower() for cell in cells] if "gender" in map(str.lower, cells) else []
        elif headings and len(cells) == len(headings):
            row = dict(zip(headings, cells, strict=True))
            people[cells[0]] = {key: as_attribute(key, row.get(key, "")) for key in ATTRIBUTES}
        else:
            headings = []
    return people


ATTRIBUTES = ("age", "height", "weight", "gender")


def as_attribute(key: str, text: str) -> object:
    """Parse a number, or a gender; `None` for anything else."""
    if key == "gender":
        # Typed on a Greek keyboard, the M of some men is a capital Mu, or its byte read as Latin-1.
        return "male" if text in ("Μ", "Ì") else GENDER.get(text.lower())
    try:
        return float(text)
    except ValueError:
        return None


def without_copies(
    matches: Sequence[Matched], key: Callable[[File, re.Match[str]], Hashable] | None = None
) -> tuple[list[Matched], tuple[Finding, ...]]:
    """Return the files without copies: a folder may contain both an archive and its unpacked contents.

    Args:
        matches: Files with the match of their names.
        key: What identifies a recording; by default all groups of the match.

    Returns:
        The first file of each recording, and a finding about the others.
    """
    kept: dict[Hashable, Matched] = {}
    copies: list[File] = []
    for file, match in matches:
        name = key(file, match) if key else tuple(group and group.lower() for group in match.groups())
        if name in kept:
            copies.append(file)
        else:
            kept[name] = (file, match)
    if not copies:
        return list(kept.values()), ()
    found = f"{counted(len(copies), 'recording occurs', 'recordings occur')} more than once"
    return list(kept.values()), (
        Finding("warning", copies[0].path, found, "The first file of each was read."),
    )


def unread_files(files: Files, used: Sequence[File], reason: str) -> tuple[Finding, ...]:
    """Report the files that were left out."""
    others = files.without(used)
    if len(others) == 0:
        return ()
    some = ", ".join(file.name for file in others.files[:5]) + (" ..." if len(others) > 5 else "")
    return (Finding("note", files.name, f"{len(others):,} more files: {some}", reason),)
