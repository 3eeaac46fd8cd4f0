"""The question that is asked where two readings of the names are about as good."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.ingest.names.readings import ONE_PERSON, NamesRead, Reading

N_EXAMPLES = 3
N_NAMED = 4  # people or activities named in a summary


@dataclass(frozen=True)
class NameQuestion:
    """Two ways of reading the names, for a person to choose.

    Attributes:
        paths: The files.
        readings: The readings, the better one first.
    """

    paths: tuple[str, ...]
    readings: tuple[Reading, Reading]

    def summary(self, reading: Reading) -> str:
        """Say in a line whom and what a reading finds."""
        labels = reading.labels[reading.labels["subject"] != ""]
        people = _counted(labels["subject"], "person", "people")
        named = f"; put the person's name in place of {ONE_PERSON}" if _names_nobody(reading) else ""
        activities = sorted(set(labels["activity"]) - {""})
        done = _counted(labels["activity"], "activity", "activities") if activities else "no activities"
        return f"{people}, {done}{named}"

    def examples(self, reading: Reading) -> pd.DataFrame:
        """Return what a reading says of three files, one row each."""
        rows = np.unique(np.linspace(0, len(self.paths) - 1, N_EXAMPLES).round().astype(int))
        labels = reading.labels.iloc[rows]
        return pd.DataFrame(
            {
                "File": [self.paths[row] for row in rows],
                "Person": labels["subject"].to_list(),
                "Activity": labels["activity"].to_list(),
                "Repetition": labels["trial"].to_list(),
            }
        )


class NamesUnclear(RecordingError):
    """The names of files can be read in two ways."""

    def __init__(self, question: NameQuestion) -> None:
        ways = [
            f'{question.summary(reading)}, as with --pattern "{reading.pattern.text}"'
            for reading in question.readings
        ]
        super().__init__(
            f"The file names can be read in two ways: {'; or '.join(ways)}. Choose the right one."
        )
        self.question = question
        self.add_note(_examples_as_text(question))


def question_of(names: NamesRead | None, paths: Sequence[str]) -> NameQuestion | None:
    """Return the question to ask, `None` if the names are clear or say nothing."""
    if names is None or names.other is None:
        return None
    return NameQuestion(tuple(paths), (names.best, names.other))


def _examples_as_text(question: NameQuestion) -> str:
    """Write what the readings say of three files, for a terminal."""
    lines = []
    for reading in question.readings:
        lines.append(f'With --pattern "{reading.pattern.text}":')
        for _, row in question.examples(reading).iterrows():
            said = [
                f"{name.lower()} {row[name]}" for name in ("Person", "Activity", "Repetition") if row[name]
            ]
            lines.append(f"    {row['File']}: {', '.join(said)}")
    return "\n".join(lines)


def _counted(labels: pd.Series, one: str, several: str) -> str:
    names = sorted(set(labels) - {""})
    listed = ", ".join(names[:N_NAMED]) + (", ..." if len(names) > N_NAMED else "")
    return f"{len(names):,} {one if len(names) == 1 else several} ({listed})"


def _names_nobody(reading: Reading) -> bool:
    return f"{{subject={ONE_PERSON}}}" in reading.pattern.text
