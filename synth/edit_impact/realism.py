"""Is a window told from real? Learnt from real windows, from counterfeits of them, and from the version itself."""

from dataclasses import dataclass

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import concatenate
from synth.audit.discriminator.base import batches
from synth.audit.models.features import features
from synth.core.figures import percent
from synth.core.run_context import RunContext
from synth.edit_impact.base import Case, Judge, how_many, origin_of, some
from synth.edit_impact.counterfeits import counterfeits
from synth.edit_impact.forest_folds import Panel

REAL, MADE = "real", "made"


@dataclass(frozen=True, eq=False)
class RealismJudge(Judge):
    """Told from real? Learnt from real windows, from counterfeits of them, and from this version.

    Attributes:
        panel: Knows `REAL` and `MADE`.
        group: `(n,)` of every window of the version.
    """

    panel: Panel | None
    group: np.ndarray
    question = "discriminator"

    @property
    def why_not(self) -> str:
        return "" if self.panel else "Cannot be said: too few recordings to learn what real ones look like."

    @property
    def chance(self) -> float:
        return 1 - self.panel.right[REAL]

    @property
    def basis(self) -> str:
        return (
            f"The judge finds {percent(self.panel.right[MADE])} of windows that were made up on purpose, and takes "
            f"{percent(self.chance)} of real ones for made up, too; it learnt from neither this person's recordings "
            "of this activity nor this window."
        )

    def judge(self, case: Case) -> tuple[float, str]:
        made = self.panel.votes(case.table, self.group[case.indices])[:, list(self.panel.names).index(MADE)]
        told = made > 0.5
        if len(told) == 1:
            return float(told[0]), (
                f"told from real ({percent(made[0])} of votes)"
                if told[0]
                else f"taken for real ({percent(1 - made[0])} of votes)"
            )
        return float(told.mean()), f"{how_many(told)} told from real"


def realism_judge(split: Split, release: Release, context: RunContext) -> RealismJudge:
    origin = origin_of(split, release)
    group = batches(release.windows if origin is None else origin)
    real = concatenate([split.fit, split.fresh, split.unseen])
    real = real.take(some(real.activity, context.seed))
    of_real = batches(real)
    forged, _ = counterfeits(real.values, of_real, seed=context.seed)
    changed = np.ones(len(release.windows), bool)
    if origin is not None:
        changed = (release.windows.values != origin.values).any(axis=(1, 2))
    made = np.flatnonzero(changed)
    made = made[some(release.windows.activity[made], context.seed)]
    parts = [real, real.with_values(forged), release.windows.take(made)]
    labels = np.repeat([REAL, MADE, MADE], [len(part) for part in parts])
    groups = np.concatenate([of_real, of_real, group[made]])
    table = features(concatenate(parts))
    return RealismJudge(Panel.fit(table, labels, groups, context), group)
