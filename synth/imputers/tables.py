"""Tables with missing entries, for which GAIN was published."""

from typing import Protocol

import numpy as np

from synth.core.errors import TrainingError
from synth.core.run_context import RunContext
from synth.imputers.base import FittedImputer


class TableImputer(Protocol):
    """An imputer that can also be fitted to a table with missing entries.

    The fitted imputer treats a row as a window of one timestep: `(n, 1, columns)`.
    """

    def fit_table(self, table: np.ndarray, context: RunContext) -> FittedImputer:
        """Learn from a table.

        Args:
            table: `(rows, columns)` float, NaN where missing.
            context: Its seed is the only source of randomness; asked to stop now and then.
        """
        ...


def complete_table(imputer: TableImputer, table: np.ndarray, *, seed: int, n_draws: int = 1) -> np.ndarray:
    """Fit an imputer to a table, and fill in its missing entries.

    Args:
        imputer: GAIN or a baseline.
        table: `(rows, columns)`, NaN where missing.
        seed: The only source of randomness.
        n_draws: How many draws to make, >= 1.

    Returns:
        `(n_draws, rows, columns)` float32; known entries are returned exactly (as float32).

    Raises:
        TrainingError: If a column has no known entry.
    """
    empty = np.flatnonzero(~np.isfinite(table).any(axis=0))
    if len(empty):
        raise TrainingError(f"Column {empty[0] + 1} has no known entry. Remove it from the table.")
    fitted = imputer.fit_table(table, RunContext(seed))
    rows = table[:, None, :].astype(np.float32)
    return fitted.impute(rows, np.isfinite(rows), n_draws=n_draws, seed=seed)[:, :, 0, :]
