"""Labels of rows (subject, activity, trial), and the series and attributes of people derived from them."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.ingest.column_mapping import ColumnMapping, is_attribute
from data.ingest.names.labels import labels_from_names
from data.ingest.table import Table

MAX_LABEL = 200  # characters of a name
WORDS = {"subject": "person"}
SPACES = re.compile(r"[^\S\t\n\r]")  # no-break and other spaces
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
UNLABELLED = "unlabelled"  # the activity of recordings without activities


def label_codes(frame: pd.DataFrame, column: str | None) -> tuple[np.ndarray, list[str]]:
    """Return the code of each row's label (-1 where missing) and the sorted labels as text.

    Whole numbers are written without decimals, even if missing values turned their column into floats; text keeps its
    zeros. Spellings that look the same (`visible`) or differ only in case or spaces are one label, written as the first
    of them in sorted order.
    Without a column, all rows have the label `""`.
    """
    if column is None:
        return np.zeros(len(frame), dtype=np.int64), [""]
    codes, uniques = pd.factorize(frame[column])
    texts = pd.Series([_as_text(label) for label in uniques], dtype=object)
    recoded, labels = _joined(texts)
    return np.append(recoded, -1)[codes], labels


def _joined(texts: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Number texts by their sorted joined labels, -1 for `""`."""
    one_of = {text: spellings[0] for spellings in spellings_of(texts) for text in spellings}
    codes, labels = pd.factorize(texts.map(one_of), sort=True)
    return codes, list(labels)


def spellings_of(texts: Iterable[str]) -> list[list[str]]:
    """Group texts that differ only in case or spaces, each group sorted; `""` is left out."""
    groups: dict[str, list[str]] = {}
    for text in sorted(set(texts) - {""}):
        # A space between digits separates two numbers: "1 1" is not 11.
        key = re.sub(r"(?<!\d)\s+|\s+(?!\d)", "", text).casefold()
        groups.setdefault(key, []).append(text)
    return list(groups.values())


def _as_text(label: object) -> str:
    if isinstance(label, float | np.floating) and float(label).is_integer():
        return str(int(label))
    return visible(str(label))


def visible(text: str) -> str:
    """Return a label as it looks: signs that nobody sees must not make two people of one.

    Composed and decomposed letters become the same (NFC), no-break spaces and control characters become spaces, and
    signs without width or that only set the direction of writing are left out.

    References:
        Unicode Standard Annex 15 (normalisation forms); category Cf (format characters).
    """
    text = unicodedata.normalize("NFC", text)
    if not text.isascii():
        text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return CONTROL.sub(" ", SPACES.sub(" ", text)).strip()


def role_codes(table: Table, mapping: ColumnMapping, role: str) -> tuple[np.ndarray, list[str]]:
    """Return the codes and labels of a role, from its column or from the file names.

    Rows of files whose names do not match the pattern have no label (-1). Without activities, all rows are unlabelled.
    """
    if mapping.pattern is not None and mapping.is_in_file_names(role):
        labels, _ = labels_from_names(mapping.pattern, [part.path for part in table.parts])
        codes, texts = _joined(labels[role].map(visible))
        return codes[table.part_of_row()], texts
    codes, texts = label_codes(table.frame, mapping.column_of(role))
    return codes, [UNLABELLED] if role == "activity" and mapping.activity is None else texts


def other_spellings(table: Table, mapping: ColumnMapping, role: str) -> list[list[str]]:
    """Return the labels of a role that are one although their case or spaces differ, as written."""
    if mapping.pattern is not None and mapping.is_in_file_names(role):
        texts = labels_from_names(mapping.pattern, [part.path for part in table.parts])[0][role].map(visible)
    elif (column := mapping.column_of(role)) is not None:
        texts = [_as_text(label) for label in table.frame[column].dropna().unique()]
    else:
        texts = []
    return [spellings for spellings in spellings_of(texts) if len(spellings) > 1]


def refuse_labels(table: Table, role: str, column: str | None) -> None:
    """Refuse labels that are too long to be names.

    Raises:
        RecordingError: If one is; the message names file, row and column.
    """
    if column is None:
        return
    codes, uniques = pd.factorize(table.frame[column])
    long = next((code for code, label in enumerate(uniques) if len(str(label)) > MAX_LABEL), None)
    if long is not None:
        place = table.place(int(np.argmax(codes == long)))
        raise RecordingError(
            f"{table.name}, column {column}, {place}: this {WORDS.get(role, role)} has "
            f"{len(str(uniques[long])):,} characters ({str(uniques[long])[:20]!r} ...); at most {MAX_LABEL} are read. "
            "Shorten it, or choose another column."
        )


def joined_spellings(table: Table, mapping: ColumnMapping, role: str) -> list[str]:
    """Return the labels of a role that are spelt in several ways which look the same."""
    column = mapping.column_of(role)
    if column is not None:
        spellings = {str(label).strip() for label in table.frame[column].dropna().unique()}
    elif mapping.pattern is not None and mapping.is_in_file_names(role):
        matches = (mapping.pattern.match(part.path) for part in table.parts)
        spellings = {match[role].strip() for match in matches if match}
    else:
        return []
    counts = Counter(map(visible, spellings))
    return sorted(label for label, n in counts.items() if n > 1)


def number_groups(table: Table, mapping: ColumnMapping) -> tuple[np.ndarray, pd.DataFrame]:
    """Number the combinations of subject, activity and trial, sorted by label.

    Returns:
        `(n,)` number of each row's combination, -1 without subject or activity; and a frame with one row per
        combination and the columns `subject`, `activity` and `trial` as text.
    """
    codes, labels = {}, {}
    for role in ("subject", "activity", "trial"):
        codes[role], labels[role] = role_codes(table, mapping, role)
    n_activities, n_trials = len(labels["activity"]), len(labels["trial"]) + 1
    numbers = (codes["subject"] * n_activities + codes["activity"]) * n_trials + codes["trial"] + 1
    numbers[(codes["subject"] < 0) | (codes["activity"] < 0)] = -1
    group, present = _numbered(numbers)
    rest, trial = np.divmod(present, n_trials)
    subject, activity = np.divmod(rest, n_activities) if n_activities else (rest, rest)
    found = {"subject": subject, "activity": activity, "trial": trial - 1}
    texts = {role: [labels[role][code] if code >= 0 else "" for code in found[role]] for role in found}
    return group, pd.DataFrame(texts)


def _numbered(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number sorted keys from 0, keeping -1; return the numbers and the corresponding keys."""
    codes, present = pd.factorize(keys)
    known = np.sort(present[present >= 0])
    place = np.searchsorted(known, present).astype(np.int32)
    place[present < 0] = -1
    return place[codes], known


def with_series_names(groups: pd.DataFrame) -> pd.DataFrame:
    """Add a column `series`: subject, activity, trial and, if there are several, a number.

    Args:
        groups: One row per series with `subject`, `activity` and `trial`.
    """
    has_trial = (groups["trial"] != "").any()
    parts = ["subject", "activity", "trial"] if has_trial else ["subject", "activity"]
    names = groups[parts].replace("", "-").agg("/".join, axis=1)
    number = names.groupby(names).cumcount() + 1
    several = names.map(names.value_counts()) > 1
    names = names.where(~several, names + "/" + number.astype(str))
    clashes = names.duplicated()
    return groups.assign(series=names.where(~clashes, names + " #" + (clashes.cumsum() + 1).astype(str)))


def people_attributes(table: Table, mapping: ColumnMapping, people: Sequence[str]) -> pd.DataFrame:
    """Collect attributes of people (age, gender, ...) from columns constant per person and from a separate table.

    Args:
        table: The table as read.
        mapping: What its columns mean.
        people: The subjects in the recordings.

    Returns:
        One row per person (index = subject), one column per attribute.
    """
    index = pd.Index(list(people), name="subject", dtype="object")
    columns = [c for c in table.frame.columns if c not in mapping.used_columns and is_attribute(c)]
    described = _of_people(table.attributes, index)
    if mapping.pattern is not None and mapping.is_in_file_names("subject"):
        said = labels_from_names(mapping.pattern, [part.path for part in table.parts])[1]
        described = described.join(said[said.columns.difference(described.columns)])
    columns = [c for c in columns if c not in described.columns]  # the table of attributes takes precedence
    if not columns:
        return described
    codes, labels = role_codes(table, mapping, "subject")
    known = codes >= 0
    by_person = table.frame[columns][known].groupby(codes[known])
    constant = [c for c in columns if (by_person[c].nunique() <= 1).all()]
    first = by_person[constant].first()
    first = first.set_axis(pd.Index([labels[code] for code in first.index], name="subject", dtype=object))
    return first.reindex(index).join(described)


def _of_people(attributes: pd.DataFrame, people: pd.Index) -> pd.DataFrame:
    """Look people up in a table of attributes, by name or else by the number in it if that is unambiguous.

    `03` and `sub3` are the same person if no other name on either side has the number 3.
    """
    if attributes.empty:
        return pd.DataFrame(index=people)
    listed = attributes[~attributes.index.duplicated()]
    of_number = pd.Series(listed.index, index=_numbers(listed.index))
    of_number = of_number[~of_number.index.duplicated(keep=False)]
    numbers = pd.Series(_numbers(people), index=people)
    alone = ~numbers.duplicated(keep=False)
    rows = [
        person if person in listed.index else of_number.get(numbers[person]) if alone[person] else None
        for person in people
    ]
    return listed.reindex(rows).set_axis(people)


def _numbers(labels: pd.Index) -> list[str]:
    """Strip letters and zeros before the number of each label."""
    return [re.sub(r"^\D*0*(?=\d)", "", str(label)) for label in labels]
