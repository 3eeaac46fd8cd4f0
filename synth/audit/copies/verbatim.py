"""Is anyone's recording copied verbatim, even if only for part of a window?

The attacker's story: someone searches the released file for runs of samples that they know. A few consecutive samples
that agree in every channel to within a thousandth of the movement never agree by chance, unless nothing moves; so runs
without movement are left out, and so are runs that also occur in unused recordings. Where there are such recordings,
the negative control checks that they contain no run of the used ones. They then search for runs that agree to within a
fiftieth, as rounded or slightly noisy copies do; slow movements may agree so well by chance, so released windows that
hold such runs are compared with unused windows that do.

References:
    Carlini et al., Extracting training data from large language models, USENIX Security 2021 (verbatim
    memorisation, there of text).
"""

from dataclasses import dataclass, replace

import numpy as np

from data.release import Release
from data.shared_samples import RESOLUTION, run_hashes, run_length
from data.splits import Split
from data.windows import Windows, concatenate
from synth.audit.attack import Attack, Baseline, measured, must_lose, must_win, unprotected
from synth.audit.report import Result
from synth.audit.stats import Estimate, counted
from synth.core.run_context import RunContext

COARSE = 0.02  # of the movement: values this close count as nearly equal
EXACTLY, NEARLY = "word for word", "nearly word for word"


@dataclass(frozen=True)
class VerbatimCopies(Attack):
    """Find runs of samples that a release shares with the used recordings and with no others."""

    question = "copies"
    attacker = "word for word"
    title = "Looking for runs of samples that were copied"
    version = 2

    def run(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Return the share of released windows that hold a run of samples from used recordings only."""
        context.stop_if_asked()
        unused = _unused(split)
        exact = _with_runs(release.windows, split.fit, unused, RESOLUTION)
        exactly = measured(_empty_result(release.windows, EXACTLY), _share(exact))
        if len(unused) == 0:
            return (exactly,)
        context.stop_if_asked()
        empty = _empty_result(release.windows, NEARLY)
        return exactly, _compared(empty, *_nearly(release.windows, split.fit, unused))

    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Measure the unprotected windows, windows with a copied half, and unused windows."""
        ceilings = self.run(split, unprotected(split), context)
        unused = _unused(split)
        values = split.unseen.values if len(split.unseen) else split.fit.values[::-1]
        planted = _with_a_second_of(split.fit, values)
        context.stop_if_asked()
        found = _share(_with_runs(planted, split.fit, unused, RESOLUTION))
        half = "half a window copied, the rest another person's"
        controls = [must_win(self.question, self.attacker, half, found, 0.0)]
        if len(unused):
            nobody = unused.take(np.zeros(0, np.int64))
            nothing = _share(_with_runs(unused, split.fit, nobody, RESOLUTION))
            controls.append(must_lose(self.question, self.attacker, "unused real windows", nothing, 0.0))
        return Baseline(ceilings=ceilings, controls=tuple(controls))


def _with_runs(released: Windows, used: Windows, unused: Windows, resolution: float) -> np.ndarray:
    """Return which windows hold a run of used recordings that no unused one holds, `(n,)` bool."""
    known, others, theirs = (
        run_hashes(w, like=used, resolution=resolution) for w in (used, unused, released)
    )
    telling = np.setdiff1d(known[known != 0], others)
    return np.asarray(np.isin(theirs, telling).any(axis=1))


def _nearly(released: Windows, used: Windows, unused: Windows) -> tuple[np.ndarray, np.ndarray]:
    """Return which released and which unused windows hold runs nearly as in used recordings."""
    nobody = unused.take(np.zeros(0, np.int64))
    both = _with_runs(concatenate([released, unused]), used, nobody, COARSE)
    return both[: len(released)], both[len(released) :]


def _compared(template: Result, found: np.ndarray, of_unused: np.ndarray) -> Result:
    """Fill a result with the share beyond that of unused windows, tested by Fisher's exact test."""
    from scipy import stats

    share, by_chance = _share(found), float(of_unused.mean())
    ends = (max(0.0, end - by_chance) for end in (share.value, share.low, share.high))
    value, low, high = ends
    table = [[part.sum(), (~part).sum()] for part in (found, of_unused)]
    p = float(stats.fisher_exact(table, alternative="greater")[1])  # pyright: ignore[reportArgumentType]  # stub
    return replace(template, value=value, low=low, high=high, n=share.n_clusters, p=p)


def _share(found: np.ndarray) -> Estimate:
    return counted(int(found.sum()), len(found))


def _with_a_second_of(private: Windows, others: np.ndarray) -> Windows:
    """Replace half of another person's windows by half of each private window."""
    values = np.resize(others, private.values.shape).copy()
    half = private.n_timesteps // 2
    values[:, :half] = private.values[:, half : 2 * half]
    return private.with_values(values)


def _unused(split: Split) -> Windows:
    return concatenate([split.fresh, split.unseen])


def _empty_result(released: Windows, tier: str) -> Result:
    seconds = run_length(released) / released.rate_hz
    return VerbatimCopies.unmeasured(
        "share of copies",
        tier,
        unit=f"windows; those with at least {seconds:.2g} s in a row of a used recording and of no other",
        chance=0.0,
    )
