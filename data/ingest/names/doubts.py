"""Readings that need a person's word however many points they have: what else the same names could mean.

A reading that is wrong without a word merges people, splits them or invents them. Layouts that were not made for this
reader were misread in these ways; where another reading can be offered, it is asked about, otherwise none is made.

Asked about (`rivals`)
    sessions   `anna/s1/walk`, `anna-s1/walk`: codes that need not be people's recur under what may be people
    words      `squat_good/1`: words beside an activity that is always the same, and numbers beside them
    codes      `ADL/s01_D01`: codes whose letters follow from the folder of the activity
    folders    `U17/9/sprint`: numbered folders under a person that do not count
    things     `kitchen/walk`, `cam1_walk`: rooms, floors, shoes and cameras are of one person
    kinds      `ADL_1`: the number after a word for many activities may say which

Not read (`is_unclear`)
    glued      `GaCo01_01`: unknown words without a separator before the person are no activities
    pairs      `pair1/A/walk`: people that recur under numbers of something else than a trial may be others in each
    names      `de_Vries_run` beside `Kim_run`: words before an activity are part of a name
    counted    `walking1`, `walking2` beside others: the number may be the trial
    letters    `A1`, `A2`, `B1`, `B2`: the letter may be the activity and the number the trial
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from data.column_words import normalised
from data.ingest.names.columns import Column, Roles
from data.ingest.names.words import THINGS, UMBRELLAS, is_activity

CERTAIN = 4.0  # points of a code that is a person's under whatever folder, such as P01, not S1
OF_TRIALS = 3.0  # points of what surely counts trials or sessions
SIDES_AS_LETTERS = {"l", "r"}
Pair = tuple[int | None, int | None]


def rivals(columns: Sequence[Column], roles: Roles) -> set[Pair]:
    """Return which other columns could be the people and the activities; empty where nothing is in doubt."""
    return {
        *_sessions(columns, roles),
        *_words(columns, roles),
        *_codes(columns, roles),
        *_folders(columns, roles),
        *_things(columns, roles),
        *_kinds(columns, roles),
    }


def is_unclear(columns: Sequence[Column], roles: Roles, labels: pd.DataFrame, *, n_builds: int) -> bool:
    """Return whether a reading must not be made.

    Args:
        columns: The parts of the names.
        roles: The reading.
        labels: `subject` and `activity` that each file would be said to show.
        n_builds: How many kinds of names there are; a name of several words shows only beside shorter ones.
    """
    return (
        _is_glued(columns, roles)
        or _are_pairs(columns, roles)
        or (_are_lettered(columns, roles) and not any(_codes(columns, roles)))
        or (n_builds > 1 and (_has_names(labels) or _are_counted(set(labels["activity"]))))
    )


def _sessions(columns: Sequence[Column], roles: Roles) -> Iterable[Pair]:
    if roles.subject is None or not _need_not_be_people(columns[roles.subject]):
        return
    mine = columns[roles.subject]
    for i, other in enumerate(columns):
        stands_before = i < roles.subject or (
            roles.activity is not None and roles.subject < i < roles.activity
        )
        could_be = other.usual_kind == "mixed" or other.points("subject") > 0
        if stands_before and i != roles.activity and could_be and other.varies and _is_crossed(other, mine):
            yield i, roles.activity


def _need_not_be_people(column: Column) -> bool:
    return column.usual_kind in ("code", "number") and column.points("subject") < CERTAIN


def _is_crossed(outer: Column, inner: Column) -> bool:
    """Return whether most of the inner labels occur again under most of the outer ones."""
    pairs = np.unique(np.stack([outer.codes, inner.codes]), axis=1).shape[1]
    return 2 * pairs > (int(outer.codes.max()) + 1) * (int(inner.codes.max()) + 1)


def _words(columns: Sequence[Column], roles: Roles) -> Iterable[Pair]:
    if roles.subject is None or roles.activity is None or roles.trial is None:
        return
    subject, activity = columns[roles.subject], columns[roles.activity]
    is_beside = roles.subject == roles.activity + 1 and subject.level == activity.level
    if is_beside and subject.usual_kind == "word" and not activity.varies:
        yield roles.trial, roles.subject


def _codes(columns: Sequence[Column], roles: Roles) -> Iterable[Pair]:
    if roles.activity is None or roles.trial is None or columns[roles.trial].usual_kind != "code":
        return
    letters: dict[int, set[str]] = defaultdict(set)
    for activity, text in zip(columns[roles.activity].codes, columns[roles.trial].texts, strict=True):
        letters[int(activity)].add(text.rstrip("0123456789"))
    if len(letters) > 1 and len(set().union(*letters.values())) == sum(map(len, letters.values())):
        yield roles.subject, roles.trial


def _folders(columns: Sequence[Column], roles: Roles) -> Iterable[Pair]:
    subject, activity, trial = roles.subject, roles.activity, roles.trial
    if subject is None or activity is None or trial is None:
        return
    folder = columns[trial]
    is_between = columns[subject].level < folder.level < columns[activity].level
    if not is_between or folder.usual_kind != "number" or folder.points("trial") >= OF_TRIALS:
        return
    numbers = {
        tuple(np.unique(folder.numbers[columns[subject].codes == code])) for code in columns[subject].codes
    }
    if any(found != tuple(range(found[0], found[0] + len(found))) or found[0] > 1 for found in numbers):
        yield trial, activity


def _things(columns: Sequence[Column], roles: Roles) -> Iterable[Pair]:
    if roles.subject is None:
        return
    mine = columns[roles.subject]
    if normalised(mine.marker) in THINGS or all(_letters(name) in THINGS for name in mine.names):
        yield None, roles.activity


def _kinds(columns: Sequence[Column], roles: Roles) -> Iterable[Pair]:
    if roles.activity is None or roles.trial is None or roles.trial != roles.activity + 1:
        return
    activity, number = columns[roles.activity], columns[roles.trial]
    is_beside = number.level == activity.level and number.usual_kind == "number"
    if is_beside and normalised(number.marker) in ("", *UMBRELLAS) and set(activity.names) <= UMBRELLAS:
        yield roles.subject, roles.trial


def _letters(name: str) -> str:
    return name.rstrip("0123456789")


def _is_glued(columns: Sequence[Column], roles: Roles) -> bool:
    """Return whether what would be the activity is an unknown word glued to the person after it."""
    if roles.subject is None or roles.activity is None or roles.subject != roles.activity + 1:
        return False
    return columns[roles.activity].usual_kind == "word" and columns[roles.subject].before == ""


def _are_pairs(columns: Sequence[Column], roles: Roles) -> bool:
    """Return whether people recur in numbered folders around them that a word calls something else than trials."""
    if roles.subject is None or roles.trial is None:
        return False
    mine, outer = columns[roles.subject], columns[roles.trial]
    return (
        outer.level < mine.level
        and outer.usual_kind in ("number", "code")
        and outer.marker != ""
        and outer.points("trial") < OF_TRIALS
        and mine.points("subject") < CERTAIN
        and _is_crossed(outer, mine)
    )


def _are_lettered(columns: Sequence[Column], roles: Roles) -> bool:
    """Return whether single letters occur with the same numbers, as activities with their trials would."""
    is_known = roles.activity is not None and columns[roles.activity].usual_kind == "activity"
    looked_at = (roles.activity, roles.trial, *(() if is_known else (roles.subject,)))
    return any(_crosses_letters(columns[i]) for i in looked_at if i is not None)


def _crosses_letters(column: Column) -> bool:
    found = [re.fullmatch(r"([^\W\d_])(\d+)", text) for text in column.distinct]
    if not all(found):
        return False
    numbers: dict[str, set[str]] = defaultdict(set)
    for match in found:
        if match:
            numbers[match[1].casefold()].add(match[2])
    counted = set.intersection(*numbers.values()) if numbers else set()
    return len(numbers) > 1 and not set(numbers) <= SIDES_AS_LETTERS and len(counted) > 1


def _has_names(labels: pd.DataFrame) -> bool:
    """Return whether all activities of a person are those of others with the same words beside them, a name's, then."""
    of_person = {
        person: {tuple(re.split(r"[\W_]+", text.casefold())) for text in found}
        for person, found in labels[labels["activity"] != ""].groupby("subject")["activity"]
    }
    for person, mine in of_person.items():
        others = set().union(*(found for other, found in of_person.items() if other != person))
        beside = {len(words) - n for words in mine for n in range(1, len(words))} if len(mine) > 1 else set()
        for n in beside:
            first, last = {words[:n] for words in mine}, {words[-n:] for words in mine}
            if len(first) == 1 and {words[n:] for words in mine} <= others:
                return True
            if len(last) == 1 and {words[:-n] for words in mine} <= others:
                return True
    return False


def _are_counted(activities: set[str]) -> bool:
    """Return whether known activities occur with several numbers glued to them."""
    numbered: dict[str, set[str]] = defaultdict(set)
    for text in activities:
        match = re.fullmatch(r"(\D*[^\W\d_])(\d+)", text)
        if match and is_activity(normalised(match[1])):
            numbered[normalised(match[1])].add(match[2])
    return any(len(numbers) > 1 for numbers in numbered.values())
