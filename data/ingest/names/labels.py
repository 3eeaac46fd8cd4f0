"""Labels of files from their names, seen together: which details belong to the trial, and which to the person."""

from collections.abc import Sequence

import pandas as pd

from data.ingest.filename_pattern import DETAILS, FILE_NAME_ROLES, Pattern

OF_TRIALS = ("visit", "side")


def labels_from_names(pattern: Pattern, paths: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the labels of files from their names.

    A person belongs to one group: the same name in two groups is two people, `patients 01` and `controls 01`. A side or
    visit that is the same in all files of every person is an attribute of people; otherwise it is part of the trial.

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
    if (in_groups > 1).any():
        said["subject"] = (said["group"] + " " + said["subject"]).str.strip()
    details = [name for name in DETAILS if (said[name] != "").any()]
    varies = {name: (said.groupby("subject")[name].nunique() > 1).any() for name in details}
    of_trial = [name for name in details if name in OF_TRIALS and varies[name]]
    for name in reversed(of_trial):
        said["trial"] = (said[name] + " " + said["trial"]).str.strip()
    known = said[said["subject"] != ""]
    attributes = known.groupby("subject")[[name for name in details if not varies[name]]].first()
    return said[list(FILE_NAME_ROLES)], attributes
