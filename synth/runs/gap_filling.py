"""Missing samples of real recordings: which way of filling them in is nearest to the truth, and filling them in.

Every way is fitted to the windows that may be learnt from, and compared on windows that were kept aside, in which
the very gaps of these recordings are hidden.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from data.gaps import Gaps, fill_missing, gaps_of
from data.recordings import Recordings
from data.splits import Split
from synth.core.run_context import RunContext
from synth.imputers.base import FittedImputer, Imputer, imputers
from synth.imputers.gain.scaling import MinMax

# Kinds that need no training, the simplest first. Not the nearest window: it would carry samples of windows that may be
# used into recordings that are held out, where an audit takes them for copies.
PLAIN = ("linear", "cubic")
MAX_COMPARED = 300  # gaps


@dataclass(frozen=True, eq=False)
class Way:
    """A way to fill in.

    Attributes:
        learner: Its settings.
        payload: What it learnt; `None` for one that is fitted when it is needed.
    """

    learner: Imputer
    payload: bytes | None = None

    def fitted(self, split: Split, seed: int) -> FittedImputer:
        """Return it ready to fill in."""
        if self.payload is None:
            return self.learner.fit(split.fit, RunContext(seed))
        return self.learner.load(self.payload)


def plain_ways() -> dict[str, Way]:
    """Return the ways that need no training, by title."""
    known = imputers()
    learners = [known[kind]() for kind in PLAIN if kind in known]
    return {learner.title: Way(learner) for learner in learners}


def fill_gaps(
    recordings: Recordings, split: Split, ways: Mapping[str, Way], context: RunContext
) -> Recordings:
    """Fill in the short gaps of recordings with the method that comes closest to the truth.

    Args:
        recordings: With NaN where a value is missing.
        split: Their windows, cut and split.
        ways: By title, at least one; with one there is nothing to compare.
        context: Its seed draws the windows in which gaps are hidden, and the fillings. Told while comparing and
            filling in; asked to stop between pieces.

    Raises:
        RecordingError: If no gap is short enough.
        Stopped: If it was asked to stop.
    """
    began = time.perf_counter()
    total = len(ways) + 1

    def tell(done: int, text: str) -> None:
        context.stop_if_asked("Stopped. The recordings are as they were.")
        context.tell(done, total, text, began=began)

    gaps = gaps_of(recordings, split.fit.n_timesteps)
    fitted: dict[str, FittedImputer] = {}
    for number, (title, way) in enumerate(ways.items()):
        tell(number, f"Trying: {title}")
        fitted[title] = way.fitted(split, context.seed)
    errors = hidden_errors(recordings, gaps, split, fitted, seed=context.seed) if len(ways) > 1 else {}
    title = min(errors, key=lambda title: errors[title]) if errors else next(iter(fitted))
    tell(len(ways), f"Filling in: {title}")
    return fill_missing(
        recordings,
        lambda values, mask: fitted[title].expect(values, mask, seed=context.seed),
        by=title,
        why=_why(errors),
        n_timesteps=split.fit.n_timesteps,
        on_progress=lambda done, n: tell(len(ways), f"Filling in: {title}, {done:,} of {n:,} gaps"),
    )


def hidden_errors(
    recordings: Recordings, gaps: Gaps, split: Split, fitted: Mapping[str, FittedImputer], *, seed: int
) -> dict[str, float]:
    """Hide the recordings' own gaps in complete windows that nothing learnt from, and measure each way's error.

    Returns:
        By title, the root mean squared error of hidden samples where each channel's range is 1. Empty where no
        complete window was kept aside.
    """
    held_out = split.fresh if len(split.fresh) else split.unseen
    which = np.flatnonzero(gaps.fillable)
    if len(held_out) == 0 or len(which) == 0:
        return {}
    rng = np.random.default_rng(seed)
    which = rng.choice(which, min(len(which), MAX_COMPARED), replace=False)
    values = recordings.samples[list(recordings.channels)].to_numpy(np.float32)
    mask = ~np.isnan(values[gaps.rows(which)])
    truth = held_out.values[rng.integers(len(held_out), size=len(which))]
    span = MinMax.of(split.fit.values).span
    errors = {}
    for title, imputer in fitted.items():
        guessed = imputer.expect(np.where(mask, truth, np.nan), mask, seed=seed)
        errors[title] = float(np.sqrt((((guessed - truth) / span)[~mask] ** 2).mean()))
    return errors


def _why(errors: Mapping[str, float]) -> str:
    """Say how far each method was from the truth, the closest first."""
    if not errors:
        return ""
    told = ", ".join(
        f"{title} {errors[title]:.3f}" for title in sorted(errors, key=lambda title: errors[title])
    )
    return f"Chosen by its error where the same gaps were hidden in other windows (of a channel's range): {told}."
