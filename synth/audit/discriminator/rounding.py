"""Someone who looks at nothing but how values are rounded.

A converter or a file with few decimals places values on a grid, and whoever generates values seldom does. That says
nothing about the movement, and rounding a release alike undoes it; so it is measured apart, and all other
discriminators see values that are rounded alike on both sides.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from data.splits import Split
from synth.audit.discriminator.base import Discriminator
from synth.audit.discriminator.question import BY_ROUNDING
from synth.audit.models.boosting import Boosting
from synth.audit.models.grids import Grid, grids_of, on_own_grid
from synth.core.run_context import RunContext

PLANTED_STEP = 0.01  # of the channel's spread


@dataclass(frozen=True)
class RoundingDiscriminator(Discriminator):
    """Boosted trees on whether each channel lies on the grid of real windows, on that of released ones, or on its own.

    Where sensors were calibrated differently, there is no common grid, and windows may still lie on grids of their own.
    Where a channel hardly moves, nothing can be said about its grid: what other windows show is drawn instead, so that
    movement gives nothing away.

    Attributes:
        boosting: How the trees are grown.
    """

    attacker = "rounding discriminator"
    title = "Distinguishing released windows from real ones by rounding alone"
    max_per_side = 3000
    n_folds = 3
    tier = f"refitted, {BY_ROUNDING}"
    sees_rounding = True
    boosting: Boosting = field(default_factory=lambda: Boosting(n_trees=20))

    def score(
        self, known: np.ndarray, is_release: np.ndarray, shown: np.ndarray, context: RunContext
    ) -> np.ndarray:
        """Return the estimated probability of a release."""
        grids = (grids_of(known[~is_release]), grids_of(known[is_release]))
        rng = np.random.default_rng(context.seed)
        example = _on_grids(known, grids)
        tables = [_drawn_where_unknown(table, example, rng) for table in (example, _on_grids(shown, grids))]
        return self.boosting.scores(tables[0], is_release, tables[1], seed=context.seed)

    def planted(self, split: Split, context: RunContext) -> Iterator[tuple[str, np.ndarray]]:
        """Yield windows moved off the grid by less than a step; where there is none, windows rounded onto one."""
        values = split.fit.values
        steps = [grid.step if grid else 0.0 for grid in grids_of(values)]
        if any(steps):
            between = np.random.default_rng(context.seed).uniform(-0.5, 0.5, values.shape) * steps
            yield "real windows moved off their grid", values + between
        else:
            step = np.maximum(PLANTED_STEP * values.std(axis=(0, 1)), np.finfo(np.float32).tiny)
            yield "rounded real windows", np.round(values / step) * step


def _on_grids(values: np.ndarray, grids: Sequence[Sequence[Grid | None]]) -> np.ndarray:
    """Return whether each channel lies on each side's grid and on its own: `(n, features)` 1, 0, or NaN if unknown."""
    columns = [
        grid.holds(values[..., channel])
        for side in grids
        for channel, grid in enumerate(side)
        if grid is not None
    ]
    return np.column_stack([*columns, on_own_grid(values)])


def _drawn_where_unknown(table: np.ndarray, example: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Fill unknown entries of each column with entries of the example's; 0 where all of these are unknown."""
    filled = table.copy()
    for column, seen in zip(filled.T, example.T, strict=True):
        unknown, seen = np.isnan(column), seen[~np.isnan(seen)]
        column[unknown] = rng.choice(seen, unknown.sum()) if len(seen) else 0.0
    return filled
