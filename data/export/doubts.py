"""What could name somebody in a file for sharing: shown to the owner before anything is shared."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd
from pandas.api import types

from data.column_words import name_words
from data.export.code_list import CodeList

N_SHOWN = 3  # values of an attribute
LONG = 20  # characters: longer texts are rarely categories
OWN_SHARE = 0.8  # of people with a value of their own
DATE = re.compile(r"^\s*(?:\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|\d{1,2}\.?\s+[^\W\d]{3,}\.?\s+\d{4})\b")
BIRTH = {"birth", "birthday", "birthdate", "dob", "born", "geburt", "geburtstag", "geburtsdatum", "naissance"}


@dataclass(frozen=True)
class Doubt:
    """Something that could name somebody.

    Attributes:
        name: Of the attribute, activity or channel.
        what: `"attribute"`, `"activity"` or `"channel"`.
        reason: Why it could name somebody.
        shown: What stands in it; for an activity or channel, what stands for it in a shared file.
    """

    name: str
    what: str
    reason: str
    shown: str


def doubtful_attributes(attributes: pd.DataFrame, codes: CodeList) -> list[Doubt]:
    """Return the attributes of people that could name somebody.

    Args:
        attributes: One row per person.
        codes: The codes of these people.
    """
    found = []
    for name in attributes.columns:
        cells = attributes[name].dropna()
        reason = _reason(str(name), cells, codes) if len(cells) else ""
        if reason:
            shown = ", ".join(str(cell)[: 2 * LONG] for cell in cells.unique()[:N_SHOWN])
            found.append(Doubt(str(name), "attribute", reason, shown))
    return found


def doubtful_labels(what: str, labels: Iterable[str], codes: CodeList) -> list[Doubt]:
    """Return the activities or channels that have part of a person's name in them."""
    reason = "part of a person's name is in it"
    return [Doubt(n, what, reason, codes.in_label(n)) for n in labels if codes.in_label(n) != n]


def _reason(name: str, cells: pd.Series, codes: CodeList) -> str:
    texts = cells.astype(str)
    is_text = not types.is_numeric_dtype(cells)
    if types.is_datetime64_any_dtype(cells) or (is_text and texts.str.contains(DATE).mean() > 0.5):
        return "dates, such as dates of birth"
    if BIRTH & {*name_words(name)}:
        return "says when people were born"
    if is_text and any(codes.in_label(text) != text for text in texts):
        return "names of people are in it"
    if is_text and (texts.str.len().max() > LONG or texts.str.count(r"\S+").max() > 3):
        return "free text"
    if len(cells) > 1 and cells.nunique() >= OWN_SHARE * len(cells):
        return "nearly every person has a value of their own"
    return ""
