"""What layouts share: labels of rows, people, and the files that were not read."""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.label_categories import label_categories
from data.readers.files import File, Files
from data.readers.text import as_text, barred_rows
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
    """Return each row's label in words, missing where the code says that there is none.

    All files of a data set get the same categories, so that they can be put below each other as such.

    Args:
        codes: `(n,)` as the file has them.
        names: What the codes stand for.
        where: What messages call the file, whose first line holds the first code.
        none: The code of samples without a label, `None` if all have one.
        what: What messages call the code.

    Raises:
        RecordingError: If a code stands for nothing.
    """
    known = np.array(sorted(names), dtype=np.float64)
    position = np.searchsorted(known, codes).clip(0, len(known) - 1)
    named = known[position] == codes
    unknown = ~named if none is None else ~named & (codes != none)
    if unknown.any():
        row = int(np.argmax(unknown))
        raise RecordingError(
            f"{where}, line {row + 1}: {what} {codes[row]:g} is not one of this data set "
            f"({', '.join(str(code) for code in sorted(names))}). Correct it, or download the file again."
        )
    texts = list(dict.fromkeys(names[code] for code in sorted(names)))
    column = np.array([texts.index(names[code]) for code in sorted(names)])
    return label_categories(np.where(named, column[position], -1), texts)


def only_used(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame without labels that no row has among the categories."""
    labels = frame.select_dtypes("category")
    return frame.assign(**{str(name): labels[name].cat.remove_unused_categories() for name in labels})


def people_table(rows: Mapping[str, Mapping[str, object]], people: Sequence[str]) -> pd.DataFrame:
    """Return what is known of the people recorded, in their order; nothing where nothing is known of any."""
    known = [person for person in people if person in rows]
    frame = pd.DataFrame([rows[person] for person in known], index=pd.Index(known, name="subject"))
    return frame.reindex(pd.Index(people, name="subject")) if known else pd.DataFrame()


def people_of_readme(file: File | None, first_heading: str) -> dict[str, dict[str, object]]:
    """Read the people from the table that a readme draws with bars.

    Args:
        file: The readme, if there is one.
        first_heading: What the table's first column is called.

    Returns:
        By person: age (years), height (cm), weight (kg) and gender.
    """
    people: dict[str, dict[str, object]] = {}
    headings: list[str] = []
    for cells in barred_rows(as_text(file.read())) if file else ():
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
    """Return a number, or a gender in words; `None` for anything else."""
    if key == "gender":
        # Typed on a Greek keyboard, the M of some men is a capital Mu, or the Latin-1 letter of its byte.
        return "male" if text in ("Μ", "Ì") else GENDER.get(text.lower())
    try:
        return float(text)
    except ValueError:
        return None


def once_each(
    matches: Sequence[Matched], key: Callable[[File, re.Match[str]], Hashable] | None = None
) -> tuple[list[Matched], tuple[Finding, ...]]:
    """Return files of which each recording is read once: a folder may hold an archive and what was in it.

    Args:
        matches: Files with what their names tell.
        key: What tells recordings apart, by default everything that the name tells.

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
    found = f"{len(copies):,} recordings are there more than once"
    return list(kept.values()), (
        Finding("warning", copies[0].path, found, "The first file of each was read."),
    )


def not_read(files: Files, used: Sequence[File], reason: str) -> tuple[Finding, ...]:
    """Report the files that were left out."""
    others = files.without(used)
    if len(others) == 0:
        return ()
    some = ", ".join(file.name for file in others.files[:5]) + (" ..." if len(others) > 5 else "")
    return (Finding("note", files.name, f"{len(others):,} more files: {some}", reason),)
