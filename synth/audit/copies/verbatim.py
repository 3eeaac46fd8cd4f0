"""Is anyone's recording copied verbatim, even if only for part of a window?

The attacker's story: someone searches the released file for runs of samples that they know. A few consecutive samples
that agree in every channel to within a thousandth of the movement never agree by chance, unless nothing moves; so runs
without movement are left out, and so are runs that also occur in unused recordings. Where there are such recordings,
the negative control checks that they contain no run of the used ones.

References:
    Carlini et al., Extracting training data from large language models, USENIX Security 2021 (verbatim
    memorisation, there of text).
"""

from dataclasses import dataclass

import numpy as np

from data.release import Release
from data.shared_samples import run_hashes, run_length
from data.splits import Split
from data.windows import Windows, concatenate
from synth.audit.attack import Attack, Baseline, measured, must_lose, must_win, unprotected
from synth.audit.report import Result
from synth.audit.stats import Estimate, counted
from synth.core.run_context import RunContext

MAX_WINDOWS = 20_000  # of each kind; their runs take about half a gigabyte


@dataclass(frozen=True)
class VerbatimCopies(Attack):
    """Find runs of samples that a release shares with the used recordings and with no others."""

    question = "copies"
    attacker = "word for word"
    title = "Looking for runs of samples that were copied"

    def run(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Return the share of released windows that hold a run of samples from used recordings only."""
        context.stop_if_asked()
        got = _share_with_runs(release.windows, split.fit, _unused(split))
        return (measured(_empty_result(release.windows), got),)

    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Measure the unprotected windows, windows with a copied half, and unused windows."""
        ceilings = self.run(split, unprotected(split), context)
        values = split.unseen.values if len(split.unseen) else split.fit.values[::-1]
        planted = _with_a_second_of(split.fit, values)
        context.stop_if_asked()
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


def _share_with_runs(released: Windows, used: Windows, unused: Windows) -> Estimate:
    some = used.take(np.arange(min(len(used), MAX_WINDOWS)))
    known, others, theirs = (
        run_hashes(w.take(np.arange(min(len(w), MAX_WINDOWS))), like=some) for w in (used, unused, released)
    )
    telling = np.setdiff1d(known[known != 0], others)
    has_run = np.asarray(np.isin(theirs, telling).any(axis=1))
    return counted(int(has_run.sum()), len(has_run))


def _with_a_second_of(private: Windows, others: np.ndarray) -> Windows:
    """Replace half of another person's windows by half of each private window."""
    values = np.resize(others, private.values.shape).copy()
    half = private.n_timesteps // 2
    values[:, :half] = private.values[:, half : 2 * half]
    return private.with_values(values)


def _unused(split: Split) -> Windows:
    return concatenate([split.fresh, split.unseen])


def _empty_result(released: Windows) -> Result:
    seconds = run_length(released) / released.rate_hz
    return VerbatimCopies.unmeasured(
        "share of copies",
        "word for word",
        unit=f"windows; those with at least {seconds:.2g} s in a row of a used recording and of no other",
        chance=0.0,
    )
