"""Is a window a copy? It is aligned with every recording, and searched for verbatim runs of samples."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.release import Release
from data.shared_samples import run_hashes
from data.splits import Split
from data.windows import Windows, concatenate
from synth.audit.copies.near import Copies, Haystack
from synth.audit.copies.search import Search
from synth.audit.copies.stand_outs import RARE, yardstick
from synth.core.figures import percent
from synth.core.run_context import RunContext
from synth.edit_impact.base import ImpactCheck, Measured, MeasuredWindows, NoCheck, in_words

LOOKED_AT = ("as a whole", "in fine detail")  # views: all of them would take too long while somebody draws


@dataclass(frozen=True, eq=False)
class CopyCheck(ImpactCheck):
    """Is a window a copy? It is aligned with every recording, and searched for verbatim runs of samples.

    Attributes:
        hay: Windows that were used, and windows that were not.
        searches: Look windows up among them, each by one view.
        lines: For each search, the margin that 99 % of unused windows stay below.
        runs_of_used: Hashes of runs of samples that occur in used windows only, `(n,)` uint64.
        reference: Recorded windows that set the length of a run and the scale of values.
    """

    hay: Haystack
    searches: Sequence[Search]
    lines: Sequence[float]
    runs_of_used: np.ndarray
    reference: Windows
    question = "copies"

    @property
    def chance(self) -> float:
        """Upper bound of the share of harmless windows that are called copies, in [0, 1]."""
        return len(self.searches) * RARE

    @property
    def basis(self) -> str:
        """What makes a window a copy, and how often a harmless one is called so."""
        return (
            f"A copy fits one used recording better than {percent(1 - RARE)} of unused windows fit any, or shares "
            f"samples with one verbatim; at most {percent(self.chance)} of harmless windows do."
        )

    def measure_both(self, before: MeasuredWindows, after: MeasuredWindows) -> tuple[Measured, Measured]:
        """Look windows up before and after at once: most of the work is the same for one window and for two."""
        whose, verbatim = self._look_up(concatenate([before.windows, after.windows]))
        was, now = np.split(np.arange(len(whose)), 2)
        return _result(whose[was], verbatim[was]), _result(whose[now], verbatim[now])

    def measure(self, edited: MeasuredWindows) -> Measured:
        """Return the share of windows that are copies, and whose; see `ImpactCheck.measure`."""
        return _result(*self._look_up(edited.windows))

    def _look_up(self, windows: Windows) -> tuple[np.ndarray, np.ndarray]:
        """Return whose copy each window is (`""` where nobody's), and which share of it is verbatim."""
        pool = self.hay.windows
        whose, best = np.full(len(windows), "", dtype=object), np.zeros(len(windows))
        for search, line in zip(self.searches, self.lines, strict=True):
            fits = search.look_up(windows)
            closer = (fits.margin > line) & (fits.margin > best) & self.hay.used[fits.nearest]
            for i in np.flatnonzero(closer):
                nearest = fits.nearest[i]
                whose[i], best[i] = f"{pool.subject[nearest]}, {pool.activity[nearest]}", fits.margin[i]
        found = run_hashes(windows, like=self.reference)
        moving = found != 0
        known = np.isin(found, self.runs_of_used) & moving
        return whose, known.sum(axis=1) / np.maximum(moving.sum(axis=1), 1)


def copy_check(split: Split, release: Release, context: RunContext) -> CopyCheck | NoCheck:
    """Prepare the check for copies of the recordings that a release was made from.

    Args:
        split: The real windows, used and unused.
        release: Not looked at: whatever is released may hold copies.
        context: Its seed draws windows where there are many.
    """
    obstacle = Copies().obstacle(split)
    if obstacle:
        return NoCheck(CopyCheck.question, f"Cannot tell. {obstacle}")
    hay = Haystack.of(split)
    searches = [Search.of(hay.pool, view) for view in hay.views if view.name in LOOKED_AT]
    harmless = np.flatnonzero(hay.harmless)
    lines = [
        yardstick(found.margin, hay.person(found)).lines[-1]
        for search in searches
        for found in [
            search.look_up(hay.windows.take(harmless), own=harmless, should_stop=context.should_stop)
        ]
    ]
    unused = concatenate([split.fresh, split.unseen])
    runs, others = (run_hashes(windows, like=split.fit) for windows in (split.fit, unused))
    return CopyCheck(hay, searches, lines, np.setdiff1d(runs[runs != 0], others), split.fit)


def _result(whose: np.ndarray, verbatim: np.ndarray) -> Measured:
    copied = (whose != "") | (verbatim > 0)
    if len(copied) > 1:
        return float(copied.mean()), f"{in_words(copied)} copied"
    if not copied[0]:
        return 0.0, "not a copy"
    part = f"{percent(verbatim[0])} verbatim" if verbatim[0] > 0 else ""
    return 1.0, f"a copy ({', '.join(filter(None, (whose[0], part)))})"
