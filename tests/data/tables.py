"""Small tables as people would upload them."""

import numpy as np
import pandas as pd

from data.ingest.table import Table


def tidy_table(
    people: tuple = ("Ann", "Bob"),
    activities: tuple = ("walk", "sit"),
    n: int = 100,
    rate_hz: float = 50.0,
    seed: int = 0,
) -> pd.DataFrame:
    """Return one series a person and activity; time starts again with each."""
    rng = np.random.default_rng(seed)
    frames = [
        pd.DataFrame(
            {
                "subject": person,
                "activity": activity,
                "t": np.arange(n) / rate_hz,
                "acc_x": rng.normal(size=n).astype(np.float32),
                "acc_y": rng.normal(size=n).astype(np.float32),
            }
        )
        for person in people
        for activity in activities
    ]
    return pd.concat(frames, ignore_index=True)


def csv(table: pd.DataFrame, **options: object) -> bytes:
    """Return the table as CSV."""
    return table.to_csv(index=False, **options).encode()


def as_table(frame: pd.DataFrame, name: str = "file.csv") -> Table:
    """Return a frame as a reader would."""
    return Table(name, frame)
