"""Is a window a copy? It is laid over all recordings, and searched for samples word for word."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from data.release import Release
from data.shared_samples import run_hashes
from data.splits import Split
from data.windows import Windows, concatenate
from synth.audit.copies.alignment_search import lay_over
from synth.audit.copies.near import HARMLESS, LINE, MAX_POOL, Copies, lines_of
from synth.audit.membership.member_sets import Sides, sides_of
from synth.core.figures import percent
from synth.core.run_context import RunContext
from synth.edit_impact.base import Case, Judge, how_many


@dataclass(frozen=True, eq=False)
class CopyJudge(Judge):
    """Is a window a copy? It is laid over all recordings, and searched for samples word for word.

    Attributes:
        why_not: Why it cannot be said.
        sides: Used and unused windows.
        lines: View -> margin that 99 of 100 unused windows stay below.
        telling: Runs of samples that only used windows have.
        like: A window of the recordings.
    """

    why_not: str
    sides: Sides | None = None
    lines: Mapping[str, float] | None = None
    telling: np.ndarray | None = None
    like: Windows | None = None
    question = "copies"

    @property
    def chance(self) -> float:
        return HARMLESS

    @property
    def basis(self) -> str:
        return (
            f"A copy fits one used recording better than {percent(LINE)} of unused windows fit any, or has samples of "
            f"one word for word; of harmless windows at most {percent(self.chance)} do."
        )

    def judge_both(self, before: Case, after: Case) -> tuple[tuple[float, str], tuple[float, str]]:
        # Looked up together: most of the work is the same for one window and for two.
        whose, verbatim = self._look_up(concatenate([before.windows, after.windows]))
        was, now = np.split(np.arange(len(whose)), 2)
        return _copies_said(whose[was], verbatim[was]), _copies_said(whose[now], verbatim[now])

    def judge(self, case: Case) -> tuple[float, str]:
        return _copies_said(*self._look_up(case.windows))

    def _look_up(self, windows: Windows) -> tuple[np.ndarray, np.ndarray]:
        """Return of whom each window is a copy (`""` where of nobody), and which share of it is word for word."""
        pool = self.sides.pool
        whose, best = np.full(len(windows), "", dtype=object), np.zeros(len(windows))
        for view, line in self.lines.items():
            fits = lay_over(windows, pool, view, place=self.sides.place)
            closer = (fits.margin > line) & (fits.margin > best) & self.sides.used[fits.nearest]
            for i in np.flatnonzero(closer):
                nearest = fits.nearest[i]
                whose[i], best[i] = f"{pool.subject[nearest]}, {pool.activity[nearest]}", fits.margin[i]
        found = run_hashes(windows, like=self.like)
        moving = found != 0
        known = np.isin(found, self.telling) & moving
        return whose, known.sum(axis=1) / np.maximum(moving.sum(axis=1), 1)


def copy_judge(split: Split, release: Release, context: RunContext) -> CopyJudge:
    obstacle = Copies().obstacle(split)
    if obstacle:
        return CopyJudge(f"Cannot be said. {obstacle}")
    sides = sides_of(split, max_windows=MAX_POOL, seed=context.seed)
    unused = concatenate([split.fresh, split.unseen])
    known, others = (run_hashes(windows, like=split.fit) for windows in (split.fit, unused))
    telling = np.setdiff1d(known[known != 0], others)
    lines = lines_of(sides, context)
    return CopyJudge("", sides, lines, telling, split.fit)


def _copies_said(whose: np.ndarray, verbatim: np.ndarray) -> tuple[float, str]:
    copied = (whose != "") | (verbatim > 0)
    if len(copied) > 1:
        return float(copied.mean()), f"{how_many(copied)} copied"
    if not copied[0]:
        return 0.0, "no copy"
    part = f"{percent(verbatim[0])} word for word" if verbatim[0] > 0 else ""
    return 1.0, f"a copy ({', '.join(filter(None, (whose[0], part)))})"
