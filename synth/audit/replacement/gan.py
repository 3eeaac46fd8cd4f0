"""An attacker who knows genuine recordings only, and takes for replaced what does not look like them.

The attacker's story: someone has other recordings of the people, in which nothing was replaced, but no example of a
replaced window. They train a generative adversarial network on these recordings and ask its discriminator about the
released windows: the less real half of each kind is called replaced. This is the attack of the authors
of the replacement autoencoder.

It finds windows that are smoother than recorded ones, as networks that learn to give random neutral windows make them,
and misses others: on the sample it does not see real windows with scrambled phases, which the forest does
(docs/figures/gan-attacks.md). The forest, who has examples of both, is the stronger attacker, so this one is shown and
not judged. What it reaches on planted windows, means of five of the same activity, stands next to each of its numbers.

References:
    Malekzadeh, Clegg and Haddadi, Replacement AutoEncoder, IoTDI 2018.
    Radford, Metz and Chintala, Unsupervised representation learning with deep convolutional generative adversarial
    networks, ICLR 2016.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import Windows
from synth.audit.attack import Attack, Baseline, measured
from synth.audit.models.classifiers import at_most
from synth.audit.models.gan import taken_for_real
from synth.audit.replacement.forest import (
    MAX_PER_SIDE,
    equally_many,
    paired,
    people_or_series,
    replaced_in,
    why_too_few,
)
from synth.audit.report import Result
from synth.audit.stats import Estimate, balanced_share
from synth.core.figures import figure
from synth.core.run_context import RunContext

N_MEAN = 5  # windows whose mean is planted
PLANTED = "Where means of five windows of the same activity are planted, it rightly calls {}."


@dataclass(frozen=True)
class GanReplacement(Attack):
    """The discriminator of a generative adversarial network trained on unused recordings of the same people.

    Attributes:
        n_updates: Steps of both networks, whatever the number of windows.
        on_planted: What it reached on planted windows, in words.
    """

    question = "replacement"
    attacker = "discriminator of a GAN"
    title = "Distinguishing replaced windows by a discriminator that knows genuine ones only"
    efforts = ("thorough",)
    n_updates: int = 600
    on_planted: str = ""

    def calibrated(self, calibration: Mapping[str, Any] | None) -> "GanReplacement":
        """Return the attack with what it reached on planted windows."""
        return replace(self, on_planted=calibration["on planted"]) if calibration else self

    def run(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Return the balanced accuracy of distinguishing replaced windows; nothing without other recordings."""
        context.stop_if_asked()
        if not len(_known(split)):
            return ()
        is_replaced = replaced_in(release, split.fit)
        reason = why_too_few(is_replaced)
        if reason:
            return (measured(self._empty_result(), None, note=reason),)
        pairs = paired(split.fit, release.windows, is_replaced, context)
        shown = release.windows.take(pairs.index)
        real = self._looks_real(split, shown, context)
        estimate = told_apart(real, pairs.is_replaced, pairs.kind, people_or_series(shown))
        note = " ".join(filter(None, (pairs.note, self.on_planted)))
        return (replace(measured(self._empty_result(), estimate, note=note), p=None),)

    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Say what is found of planted means of windows of the same activity, and by chance."""
        rng = np.random.default_rng(context.seed)
        genuine = split.fit.take(at_most(split.fit.subject, 2 * MAX_PER_SIDE, seed=context.seed))
        is_replaced = rng.random(len(genuine)) < 1 / 3
        if why_too_few(is_replaced) or not len(_known(split)):
            return Baseline()
        values = np.where(is_replaced[:, None, None], means_of_some(genuine, rng), genuine.values)
        pairs = equally_many(genuine.activity, is_replaced, seed=context.seed)
        planted = genuine.with_values(values).take(pairs.index)
        real = self._looks_real(split, planted, context)
        found = told_apart(real, pairs.is_replaced, pairs.kind, planted.subject)
        return Baseline(
            calibration={"on planted": PLANTED.format(figure(found.value, found.low, found.high))}
        )

    def _looks_real(self, split: Split, shown: Windows, context: RunContext) -> np.ndarray:
        """Return how much each window looks like unused recordings of the activities shown, `(n,)`."""
        known = _known(split)
        same = np.isin(known.activity, shown.activities)
        known = known.take(same) if same.any() else known
        return taken_for_real(known.values, shown.values, context, n_updates=self.n_updates)

    def _empty_result(self) -> Result:
        return self.unmeasured(
            "balanced accuracy",
            "knows genuine recordings only",
            unit="people; released windows, equally many of both kinds of each activity",
            chance=0.5,
        )


def _known(split: Split) -> Windows:
    """Return recordings in which nothing was replaced: of the same people where there are any, else of others."""
    return split.fresh if len(split.fresh) else split.unseen


def told_apart(real: np.ndarray, is_replaced: np.ndarray, kind: np.ndarray, cluster: np.ndarray) -> Estimate:
    """Estimate the balanced accuracy of calling the less real half of each kind replaced.

    Args:
        real: `(n,)`, higher looks more real.
        is_replaced: `(n,)` bool, the truth.
        kind: `(n,)` what genuine and replaced windows were paired by.
        cluster: `(n,)` str, people.
    """
    called = np.zeros(len(real), bool)
    for one in np.unique(kind):
        own = kind == one
        called[own] = real[own] < np.median(real[own])
    return balanced_share(called == is_replaced, is_replaced, cluster)


def means_of_some(windows: Windows, rng: np.random.Generator) -> np.ndarray:
    """Return for each window the mean of a few windows of its activity: what a network with random targets learns."""
    rows = {name: np.flatnonzero(windows.activity == name) for name in windows.activities}
    chosen = np.stack([rng.choice(rows[name], N_MEAN) for name in windows.activity.tolist()])
    return windows.values[chosen].mean(axis=1)
