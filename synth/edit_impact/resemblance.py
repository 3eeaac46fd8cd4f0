"""Whom does a window look like that claims nobody? The quick version of the audit's lookalike."""

from dataclasses import dataclass

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import concatenate
from synth.audit.models.features import features
from synth.core.figures import percent
from synth.core.run_context import RunContext
from synth.edit_impact.base import Case, Judge, how_many, some
from synth.edit_impact.forest_folds import Panel


@dataclass(frozen=True, eq=False)
class ResemblanceJudge(Judge):
    """Whom do windows look like that claim nobody: someone whose recordings were used, or someone held out?

    Attributes:
        panel: Knows the people, as many windows of each.
        members: Those whose recordings were used.
    """

    panel: Panel | None
    members: frozenset[str]
    question = "reidentification"

    @property
    def why_not(self) -> str:
        if self.panel is None or set(self.panel.names.tolist()) <= self.members:
            return "Cannot be said: nobody was held out to compare with."
        return ""

    @property
    def chance(self) -> float:
        return len(self.members & set(self.panel.names.tolist())) / len(self.panel.names)

    @property
    def basis(self) -> str:
        return (
            f"These windows claim nobody; {percent(self.chance)} of the people that the judge knows took part. It is "
            f"right about {percent(self.panel.mean_right)} of real windows."
        )

    def judge(self, case: Case) -> tuple[float, str]:
        votes = self.panel.votes(case.table, case.windows.series)
        called = self.panel.names[votes.argmax(axis=1)]
        used = np.isin(called, list(self.members))
        if len(used) == 1:
            part = "took part" if used[0] else "did not take part"
            return float(used[0]), f"most like {called[0]}, who {part} ({percent(votes.max())} of votes)"
        return float(used.mean()), f"{how_many(used)} most like someone who took part"


def resemblance_judge(split: Split, release: Release, context: RunContext) -> ResemblanceJudge:
    known = concatenate([split.fit, split.unseen])
    known = known.take(np.isin(known.activity, release.windows.activities))
    known = known.take(some(known.subject, context.seed))
    panel = Panel.fit(features(known), known.subject, known.series, context)
    return ResemblanceJudge(panel, frozenset(split.fit.subjects))
