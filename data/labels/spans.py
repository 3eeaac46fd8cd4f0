"""Spans of time with an activity each."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.ingest.row_labels import MAX_LABEL, visible
from data.recordings import Finding

COLUMNS = ("subject", "series", "begin_s", "end_s", "activity")


@dataclass(frozen=True, eq=False)
class LabelSpans:
    """Who did what from when to when.

    Names are those that a person sees (`data.ingest.row_labels.visible`), wherever they come from.

    Attributes:
        name: Where they come from, for messages.
        table: One row per span: `subject` (str, `""` for everybody), `series` (str, `""` for all recordings of the
            subject), `begin_s` and `end_s` (float64, `begin_s < end_s`), `activity` (str).
        clock: What times count from: `"recording"` (the start of the subject's first recording, or of the series
            where one is named) or `"date"` (1970, as the recording's own clock counts).
        findings: Observations made while reading.

    Raises:
        RecordingError: If a name is longer than 200 characters.
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
        names = {column: self.table[column].astype(str).map(visible) for column in ("subject", "activity")}
        object.__setattr__(self, "table", self.table.assign(**names))
        longest = max((len(text) for column in names.values() for text in column), default=0)
        if longest > MAX_LABEL:
            raise RecordingError(
                f"{self.name}: a name has {longest:,} characters; at most {MAX_LABEL} are read. Shorten it."
            )

    def __len__(self) -> int:
        return len(self.table)

    @property
    def activities(self) -> list[str]:
        """The activities, sorted."""
        return sorted(self.table["activity"].unique())
