"""What all generators share: windows that were nobody's, and words for activities that they have not learnt."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from data.windows import Windows
from synth.errors import TrainingError
from synth.mechanisms.base import WindowKind

BATCH_WINDOWS = 20  # generated windows that share one series name


def of_nobody(kind: WindowKind, activities: np.ndarray, values: np.ndarray) -> Windows:
    """Return generated windows, which claim no person, trial or time.

    Args:
        kind: Of the windows that were learnt from; the length may be another.
        activities: `(n,)` str.
        values: `(n, timesteps, channels)`, sensor units.
    """
    n = len(activities)
    nobody = np.full(n, "")
    return Windows(
        values=np.ascontiguousarray(values, dtype=np.float32),
        activity=activities,
        subject=nobody,
        series=np.array([f"batch-{i // BATCH_WINDOWS + 1:03d}" for i in range(n)], dtype=str),
        trial=nobody,
        start=np.zeros(n, np.int64),
        rate_hz=kind.rate_hz,
        channels=kind.channels,
        units=kind.units,
        attributes=pd.DataFrame(),
    )


def refuse_unlearnt(activities: np.ndarray, known: Sequence[str]) -> None:
    """Check activities before windows of them are generated.

    Raises:
        TrainingError: If there are none, or some were not in the training windows.
    """
    if len(activities) == 0:
        raise TrainingError("No windows were asked for. Choose at least one activity to generate.")
    unknown = sorted(set(activities.tolist()) - set(known))
    if unknown:
        raise TrainingError(
            f"This model has not learnt the activity {', '.join(unknown)}. It knows {', '.join(known)}."
        )
