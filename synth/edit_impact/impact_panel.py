"""What hand edits changed: quick versions of the audit's attacks, on the edited windows only.

ImpactPanel.fit(split, release)  ->  panel.compare(before, after, indices)  ->  one EditImpact per question

The audit measures a whole release, which a handful of edited windows would hardly change. Here each edited window is
measured by itself, before and after, by models that were fitted once. None of them learnt from the window it measures,
or from anything that overlaps it: activities are recognised by models that do not know the person, people by models
that do not know the series, and realism by models that do not know the person's recordings of that activity.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from data.release import Release
from data.splits import Split
from synth.audit.models.classifiers import at_most
from synth.audit.models.features import features
from synth.core.run_context import RunContext
from synth.edit_impact.base import ImpactCheck, MeasuredWindows, NoCheck
from synth.edit_impact.copied import copy_check
from synth.edit_impact.impact import EditImpact
from synth.edit_impact.realism import realism_check
from synth.edit_impact.recognition import activity_check, person_check
from synth.edit_impact.resemblance import resemblance_check

MAX_MEASURED = 30  # edited windows; where there are more, a sample is measured


@dataclass(frozen=True, eq=False)
class ImpactPanel:
    """The impact checks of one release of one study, fitted once and kept.

    Attributes:
        release: The release before the edits.
        checks: One per question: realism, activity, person, copies.
        seed: Drew what each check learnt from, and draws a sample where many windows were edited.
    """

    release: Release
    checks: tuple[ImpactCheck | NoCheck, ...]
    seed: int

    @classmethod
    def fit(cls, split: Split, release: Release, context: RunContext) -> Self:
        """Fit all checks; takes a few seconds.

        Args:
            split: The real windows.
            release: The release before the edits.
            context: Told before every check; asked to stop between pieces.

        Raises:
            Stopped: If it was asked to stop.
        """
        began, checks = time.perf_counter(), []
        fits = {
            "what is real": realism_check,
            "activities": activity_check,
            "people": person_check if release.claims_people else resemblance_check,
            "copies": copy_check,
        }
        for number, (what, fit) in enumerate(fits.items()):
            context.stop_if_asked()
            context.tell(number, len(fits), f"Learning {what} for quick checks", began=began)
            checks.append(fit(split, release, context.quiet()))
        context.tell(len(fits), len(fits), "done", began=began)
        return cls(release, tuple(checks), context.seed)

    def compare(
        self, before: np.ndarray, after: np.ndarray, indices: Sequence[int] | np.ndarray
    ) -> tuple[EditImpact, ...]:
        """Measure what edits changed. The same input gives the same answer.

        Args:
            before: `(n, timesteps, channels)` in sensor units, n >= 1.
            after: The same windows, edited.
            indices: `(n,)` int, their positions in the release.

        Returns:
            Realism, activity, person, copies.

        Raises:
            ValueError: If there is no window, or not one before and one after for each index.
        """
        positions = np.asarray(indices, dtype=np.int64)
        if not len(positions) or not len(before) == len(after) == len(positions):
            raise ValueError(
                f"one window before and after an index, at least one. Received: {len(before)}, {len(after)}, "
                f"{len(positions)}"
            )
        kept = at_most(self.release.windows.activity[positions], MAX_MEASURED, seed=self.seed)
        was, now = (self._measured(values[kept], positions[kept]) for values in (before, after))
        return tuple(check.compare(was, now) for check in self.checks)

    def compare_edits(self, edits: Mapping[int, np.ndarray]) -> tuple[EditImpact, ...]:
        """Measure what edits of this release changed.

        Args:
            edits: Position of a window -> its new values, `(timesteps, channels)` in sensor units.
        """
        indices = sorted(edits)
        before = self.release.windows.values[indices]
        return self.compare(before, np.stack([edits[index] for index in indices]), indices)

    def _measured(self, values: np.ndarray, indices: np.ndarray) -> MeasuredWindows:
        windows = self.release.windows.take(indices).with_values(values)
        return MeasuredWindows(windows, features(windows), indices)
