"""Labels of files from their names, seen together: which details belong to the trial, and which to the person."""

from collections.abc import Sequence

import pandas as pd

from data.ingest.filename_pattern import DETAILS, FILE_NAME_ROLES, Pattern

OF_TRIALS = ("visit", "side")


def labels_from_names(pattern: Pattern, paths: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the labels of files from their names.

    A person belongs to one group: the same name in two groups is two people, `patients 01` and `controls 01`, unless
    the group stands after the name, as in `P01/affected`: then it is a condition of one person. Such a condition, a
    side or a visit that is the same in all files of every person is an attribute of people; otherwise it is part of
    the trial.

    Args:
        pattern: How the files are named.
        paths: Their paths.

    Returns:
        One row per file with `subject`, `activity` and `trial`, `""` where a name does not say; and one row per
        person (index = subject) with the details that are attributes.
    """
    found = [pattern.match(path) or {} for path in paths]
    said = pd.DataFrame(
        {name: [labels.get(name, "") for labels in found] for name in (*FILE_NAME_ROLES, *DETAILS)},
        dtype=object,
    )
    in_groups = said[said["group"] != ""].groupby("subject")["group"].nunique()
    is_condition = _within_a_person(pattern, said["subject"])
    if (in_groups > 1).any() and not is_condition:
        said["subject"] = (said["group"] + " " + said["subject"]).str.strip()
    details = [name for name in DETAILS if (said[name] != "").any()]
    varies = {name: (said.groupby("subject")[name].nunique() > 1).any() for name in details}
    of_trials = (*OF_TRIALS, "group") if is_condition else OF_TRIALS
    of_trial = [name for name in details if name in of_trials and varies[name]]
    for name in reversed(of_trial):
        said["trial"] = (said[name] + " " + said["trial"]).str.strip()
    known = said[said["subject"] != ""]
    attributes = known.groupby("subject")[[name for name in details if not varies[name]]].first()
    return said[list(FILE_NAME_ROLES)], attributes


def _within_a_person(pattern: Pattern, people: pd.Series) -> bool:
    """Return whether a group stands after the people it divides; numbers in the same name may begin anew in each."""
    before, found, _ = pattern.text.partition("{group}")
    if not found or "{subject}" not in before:
        return False
    return "/" in before.rpartition("{subject}")[2] or not people.str.fullmatch(r"\d*").all()
