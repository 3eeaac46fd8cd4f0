"""Is anyone's recording copied word for word, even if only for part of a window?

The attacker's story: someone searches the released file for runs of samples that he knows. A handful of samples
that agree in every channel to a thousandth of the movement never agrees by chance, unless nothing moves; so runs
in which nothing moves are left out, and so are runs that also occur in recordings that were not used. Where such
recordings are at hand, the control is that they hold no run of the used ones.

References:
    Carlini et al., Extracting training data from large language models, USENIX Security 2021 (verbatim
    memorisation, there of text).
"""

from dataclasses import dataclass

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import Windows, concatenate
from synth.audit.attack import Attack, Baseline, measured, must_lose, must_win, stop_if_asked, unprotected
from synth.audit.report import Result
from synth.audit.stats import Estimate, counted
from synth.learner import ShouldStop, never

N_NUMBERS = 24  # a run holds at least so many numbers
MIN_RUN = 6  # samples
RESOLUTION = 1e-3  # of a channel's spread; what agrees so far agrees
STILL = 0.02  # of a channel's spread; a run that moves less is left out
MAX_WINDOWS = 20_000  # of each kind; their runs take about half a gigabyte


@dataclass(frozen=True)
class VerbatimCopies(Attack):
    """Runs of samples that a release has in common with the used recordings and with no others."""

    question = "copies"
    attacker = "word for word"
    title = "Looking for runs of samples that were copied"

    def run(
        self, split: Split, release: Release, *, seed: int, should_stop: ShouldStop = never
    ) -> tuple[Result, ...]:
        stop_if_asked(should_stop)
        got = _share_with_runs(release.windows, split.fit, _unused(split))
        return (measured(_empty_result(release.windows), got),)

    def reference(self, split: Split, *, seed: int, should_stop: ShouldStop = never) -> Baseline:
        ceilings = self.run(split, unprotected(split), seed=seed, should_stop=should_stop)
        values = split.unseen.values if len(split.unseen) else split.fit.values[::-1]
        planted = _with_a_second_of(split.fit, values)
        stop_if_asked(should_stop)
        found = _share_with_runs(planted, split.fit, _unused(split))
        controls = [
            must_win(
                self.question, self.attacker, "half a window copied, the rest another person's", found, 0.0
            )
        ]
        unused = _unused(split)
        if len(unused):
            nothing = _share_with_runs(unused, split.fit, unused.take(np.zeros(0, np.int64)))
            controls.append(must_lose(self.question, self.attacker, "unused real windows", nothing, 0.0))
        return Baseline(ceilings=ceilings, controls=tuple(controls))


def run_length(windows: Windows) -> int:
    """Return how many samples in a row count as a run: at most half a window."""
    n_timesteps, n_channels = windows.values.shape[1:]
    return max(2, min(max(MIN_RUN, -(-N_NUMBERS // n_channels)), n_timesteps // 2))


def _share_with_runs(released: Windows, used: Windows, unused: Windows) -> Estimate:
    spread = np.maximum(used.values.std(axis=(0, 1), dtype=np.float64), 1e-9)
    known, others = (_runs(w.values[:MAX_WINDOWS], spread, run_length(used)) for w in (used, unused))
    theirs = _runs(released.values[:MAX_WINDOWS], spread, run_length(used))
    telling = np.setdiff1d(known[known != 0], others)
    has_run = np.isin(theirs, telling).any(axis=1)
    return counted(int(has_run.sum()), len(has_run))


def _runs(values: np.ndarray, spread: np.ndarray, length: int) -> np.ndarray:
    """Return a hash of every run of `length` samples, `(n, timesteps - length + 1)` uint64; 0 where nothing moves."""
    scaled = values / spread
    rng = np.random.default_rng(0)
    offset = rng.random(values.shape[2])  # rounding must not begin where an instrument's steps do
    steps = np.round(scaled / RESOLUTION + offset).astype(np.int64).view(np.uint64)
    factors = rng.integers(1, 2**63, (length, values.shape[2]), dtype=np.uint64) | np.uint64(1)
    n_runs = values.shape[1] - length + 1
    hashes = np.zeros((len(values), n_runs), np.uint64)
    for k in range(length):
        hashes += (steps[:, k : k + n_runs] * factors[k]).sum(axis=2, dtype=np.uint64)
    moves = np.abs(np.diff(scaled, axis=1)) > STILL
    n_moves = np.cumsum(np.pad(moves.any(axis=2), ((0, 0), (1, 0))), axis=1)
    still = n_moves[:, length - 1 :] - n_moves[:, :n_runs] < (length - 1) / 2
    return np.where(still, np.uint64(0), hashes)


def _with_a_second_of(private: Windows, others: np.ndarray) -> Windows:
    """Put half of each private window into a window of somebody else."""
    values = np.resize(others, private.values.shape).copy()
    half = private.n_timesteps // 2
    values[:, :half] = private.values[:, half : 2 * half]
    return private.with_values(values)


def _unused(split: Split) -> Windows:
    return concatenate([split.fresh, split.unseen])


def _empty_result(released: Windows) -> Result:
    seconds = run_length(released) / released.rate_hz
    return Result(
        question="copies",
        metric="share of copies",
        attacker=VerbatimCopies.attacker,
        tier="word for word",
        value=None,
        low=None,
        high=None,
        chance=0.0,
        ceiling=None,
        direction="lower",
        n=0,
        unit=f"windows; those with at least {seconds:.2g} s in a row of a used recording and of no other",
    )
