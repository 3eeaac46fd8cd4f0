"""What a correction by hand changed: quick versions of the audit's attacks, on the corrected windows only.

Judges.fit(split, release)  ->  judges.compare(before, after, indices)  ->  a Consequence a question

The audit says how much a whole version gives away; a handful of corrected windows would hardly move it. Here
every corrected window is judged by itself, before and after, by attackers that were taught once. None of them
learnt from the window that it judges or from anything that overlaps it: activities are judged by those who do not
know the person, people by those who do not know the series, realism by those who know neither person nor activity
together.
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
from synth.edit_impact.base import Case, Judge
from synth.edit_impact.consequence import Consequence
from synth.edit_impact.copied import copy_judge
from synth.edit_impact.realism import realism_judge
from synth.edit_impact.recognition import activity_judge, person_judge
from synth.edit_impact.resemblance import resemblance_judge

MAX_JUDGED = 30  # corrected windows; of more so many are drawn


@dataclass(frozen=True, eq=False)
class Judges:
    """Judges of one version of one study, taught once and kept.

    Attributes:
        release: The version.
        judges: One a question, in the order of the strip.
        seed: Drew whom each learnt from, and draws windows where many were corrected.
    """

    release: Release
    judges: tuple[Judge, ...]
    seed: int

    @classmethod
    def fit(cls, split: Split, release: Release, context: RunContext) -> Self:
        """Teach all judges; a few seconds.

        Args:
            split: The real windows.
            release: The version before the corrections.
            context: Told before every judge; asked to stop between pieces.

        Raises:
            Stopped: If it was asked to stop.
        """
        began, judges = time.perf_counter(), []
        teach = {
            "what is real": realism_judge,
            "activities": activity_judge,
            "people": person_judge if release.claims_people else resemblance_judge,
            "copies": copy_judge,
        }
        for number, (what, taught) in enumerate(teach.items()):
            context.stop_if_asked()
            context.tell(number, len(teach), f"Teaching quick judges: {what}", began=began)
            judges.append(taught(split, release, context.quiet()))
        context.tell(len(teach), len(teach), "done", began=began)
        return cls(release, tuple(judges), context.seed)

    def compare(
        self, before: np.ndarray, after: np.ndarray, indices: Sequence[int]
    ) -> tuple[Consequence, ...]:
        """Say what corrections changed. The same input gives the same answer.

        Args:
            before: `(n, timesteps, channels)` in sensor units, n >= 1.
            after: The same windows corrected.
            indices: `(n,)` which windows of the version they are.

        Returns:
            Told from real, activity, person, copies.
        """
        indices = np.asarray(indices, dtype=np.int64)
        if not len(indices) or not len(before) == len(after) == len(indices):
            raise ValueError(
                f"one window before and after an index, at least one. Received: {len(before)}, {len(after)}, "
                f"{len(indices)}"
            )
        kept = at_most(self.release.windows.activity[indices], MAX_JUDGED, seed=self.seed)
        sides = [self._case(values[kept], indices[kept]) for values in (before, after)]
        return tuple(judge.compare(*sides) for judge in self.judges)

    def compare_edits(self, edits: Mapping[int, np.ndarray]) -> tuple[Consequence, ...]:
        """Say what corrections of this version changed: window -> its new values `(timesteps, channels)`."""
        indices = sorted(edits)
        before = self.release.windows.values[indices]
        return self.compare(before, np.stack([edits[index] for index in indices]), indices)

    def _case(self, values: np.ndarray, indices: np.ndarray) -> Case:
        windows = self.release.windows.take(indices).with_values(values)
        return Case(windows, features(windows), indices)
