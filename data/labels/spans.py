"""Spans of time with an activity each."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from data.recordings import Finding

COLUMNS = ("subject", "series", "begin_s", "end_s", "activity")


@dataclass(frozen=True, eq=False)
class LabelSpans:
    """Who did what from when to when.

    Attributes:
        name: Where they come from, for messages.
        table: One row per span: `subject` (str, `""` for everybody), `series` (str, `""` for all recordings of the
            subject), `begin_s` and `end_s` (float64, `begin_s < end_s`), `activity` (str).
        clock: What times count from: `"recording"` (the start of the subject's first recording, or of the series
            where one is named) or `"date"` (1970, as the recording's own clock counts).
        findings: Observations made while reading.
    """

    name: str
    table: pd.DataFrame
    clock: Literal["recording", "date"] = "recording"
    findings: tuple[Finding, ...] = field(default=())

    def __post_init__(self) -> None:
        if list(self.table.columns) != list(COLUMNS):
            raise ValueError(f"spans need the columns {COLUMNS}. Received: {list(self.table.columns)}")
        if not np.all(self.table["begin_s"].to_numpy() < self.table["end_s"].to_numpy()):
            raise ValueError("every span must end after it begins")

    def __len__(self) -> int:
        return len(self.table)

    @property
    def activities(self) -> list[str]:
        """The activities, sorted."""
        return sorted(self.table["activity"].unique())
