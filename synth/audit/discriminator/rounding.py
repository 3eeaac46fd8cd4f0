"""Someone who looks at nothing but how values are rounded.

A converter or a file with few decimals places values on a grid, and whoever generates values seldom does. That says
nothing about the movement, and rounding a release alike undoes it; so it is measured apart, and all other
discriminators see values that are rounded alike on both sides.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from data.splits import Split
from synth.audit.discriminator.base import Discriminator
from synth.audit.discriminator.question import BY_ROUNDING
from synth.audit.models.boosting import Boosting
from synth.audit.models.grids import grids_of, on_own_grid
from synth.core.run_context import RunContext

BY_CHANCE = 0.25  # mean distance from a grid in steps
PLANTED_STEP = 0.01  # of the channel's spread


@dataclass(frozen=True)
class RoundingDiscriminator(Discriminator):
    """Boosted trees on how far values are from the grids of real and of released windows.

    Where sensors were calibrated differently, there is no common grid, and windows may still lie on grids of their own.

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
        grids = [*grids_of(known[~is_release]), *grids_of(known[is_release])]

        def seen(values: np.ndarray) -> np.ndarray:
            channels = [values[..., i % values.shape[2]] for i in range(len(grids))]
            residues = [
                grid.residue(channel).mean(axis=1) if grid else np.full(len(channel), BY_CHANCE)
                for grid, channel in zip(grids, channels, strict=True)
            ]
            return np.column_stack([*residues, on_own_grid(values)])

        return self.boosting.scores(seen(known), is_release, seen(shown), seed=context.seed)

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
