"""Can someone tell who this is? For releases whose windows claim a person.

The attacker's story: someone knows a few released windows of each person, with names (a patient he met, an
older export), and now gets later windows without names. *Static*: he only ever saw unprotected recordings,
as in most of the literature. *Refitted*: he learnt from the release itself. *Aggregated*: he knows that a
set of windows is one person's and decides once. *Across trials*: he learnt from other repetitions.

References:
    Malekzadeh et al., Mobile sensor data anonymization, IoTDI 2019 (the static attacker).
    Elazar and Goldberg, Adversarial removal of demographic attributes, EMNLP 2018 (why it must be refitted).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from data.outside import UNKNOWN_TIMES
from data.release import Release
from data.splits import Split, cut_by_time, cut_by_trial
from data.windows import Windows
from synth.audit.attack import (
    FOREST,
    Attack,
    Baseline,
    measured,
    must_lose,
    must_win,
    stop_if_asked,
    unprotected,
)
from synth.audit.classifiers import fit_forest, log_likelihood, shuffled_forests
from synth.audit.features import features
from synth.audit.report import Result
from synth.audit.stats import Estimate, decisions, repeated, share_per_person
from synth.learner import ShouldStop, never

BY_TIME = "people; released windows after the cut, learnt from windows before it, one window's length between"
BY_ORDER = "people; released windows late in the file, learnt from early ones, two to ten between (times are unknown)"
BY_TRIAL = "people; released windows of the later trials, learnt from released windows of the earlier ones"
ELSEWHERE = (
    "people; released windows after the cut, learnt from real windows that the release was not made from"
)
TOO_FEW = "Fewer than two people have released windows on both sides of the cut."


@dataclass(frozen=True, eq=False)
class Scene:
    """What an attacker learns from and what he is shown then.

    Attributes:
        tier: What he knows.
        unit: How learning and attack were kept apart, in words.
        known: Windows with names.
        shown: Windows to be named.
    """

    tier: str
    unit: str
    known: Windows
    shown: Windows


@dataclass(frozen=True)
class Reidentification(Attack):
    """A forest on window features that names the person; every person weighs the same."""

    question = "reidentification"
    attacker = FOREST
    title = "Naming the person behind released windows"

    def applies_to(self, release: Release) -> bool:
        return release.claims_people

    def run(
        self, split: Split, release: Release, *, seed: int, should_stop: ShouldStop = never
    ) -> tuple[Result, ...]:
        results: list[Result] = []
        for scene in scenes(split, release):
            stop_if_asked(should_stop)
            results += _attack(scene, seed=seed)
        return tuple(results)

    def reference(self, split: Split, *, seed: int, should_stop: ShouldStop = never) -> Baseline:
        ceilings = self.run(split, unprotected(split), seed=seed, should_stop=should_stop)
        before, after = cut_by_time(split.fit)
        known, shown = _common(split.fit.take(before), split.fit.take(after))
        if len(known) == 0:
            return Baseline(ceilings=ceilings)
        stop_if_asked(should_stop)
        chance = 1 / len(known.subjects)
        raw, _ = _name(known, shown, seed=seed)
        nothing = _name_by_shuffled(known, shown, seed=seed)
        controls = (
            must_win(self.question, self.attacker, "unprotected recordings", raw, chance),
            must_lose(self.question, self.attacker, "names shuffled", nothing, chance),
        )
        return Baseline(ceilings=ceilings, controls=controls)


def scenes(split: Split, release: Release) -> Iterator[Scene]:
    """Yield what each tier of attacker learns from and attacks. No sample is on both sides."""
    claimed = release.windows.subject != ""
    released = release.windows.take(claimed)
    before, after = cut_by_time(released)
    later = released.take(after)
    if release.source is None and len(split.fresh):
        yield Scene("static", ELSEWHERE, split.fresh, later)
    elif release.source is not None:
        origin = release.source[claimed]
        yield Scene("static", BY_TIME, split.fit.take(origin[before]), later)
    times_known = not any(name.endswith(UNKNOWN_TIMES) for name in set(later.series.tolist()))
    yield Scene("refitted", BY_TIME if times_known else BY_ORDER, released.take(before), later)
    trials = cut_by_trial(released)
    if trials is not None:
        yield Scene("refitted, across trials", BY_TRIAL, released.take(trials[0]), released.take(trials[1]))


def _attack(scene: Scene, *, seed: int) -> list[Result]:
    """Return the result by window and, except across trials, the one with one decision a person."""
    known, shown = _common(scene.known, scene.shown)
    tiers = [scene.tier] if scene.tier.endswith("trials") else [scene.tier, f"{scene.tier}, aggregated"]
    templates = [_empty_result(tier, scene.unit) for tier in tiers]
    if len(known) == 0:
        return [measured(template, None, note=TOO_FEW) for template in templates]
    estimates = _name(known, shown, seed=seed)
    chance = 1 / len(known.subjects)
    return [
        replace(measured(template, estimate), chance=chance)
        for template, estimate in zip(templates, estimates, strict=False)
    ]


def _name(known: Windows, shown: Windows, *, seed: int) -> tuple[Estimate, Estimate]:
    """Name every window, and every person from all of their windows together."""
    forest = fit_forest(features(known), known.subject, seed=seed, balanced=True)
    evidence = log_likelihood(forest, features(shown))
    by_window = forest.classes_[evidence.argmax(axis=1)] == shown.subject
    people = shown.subjects
    together = np.stack([evidence[shown.subject == person].sum(axis=0) for person in people])
    n_right = int((forest.classes_[together.argmax(axis=1)] == np.array(people)).sum())
    return share_per_person(by_window, shown.subject), decisions(n_right, len(people))


def _name_by_shuffled(known: Windows, shown: Windows, *, seed: int) -> Estimate:
    """Name windows after learning shuffled names: mean and interval over shuffles."""
    table = features(shown)
    forests = shuffled_forests(features(known), known.subject, seed=seed, balanced=True)
    values = [share_per_person(f.predict(table) == shown.subject, shown.subject).value for f in forests]
    return repeated(np.array(values))


def _common(known: Windows, shown: Windows) -> tuple[Windows, Windows]:
    """Keep the people who are on both sides; nobody at all if that leaves fewer than two."""
    people = sorted(set(known.subjects) & set(shown.subjects))
    people = people if len(people) >= 2 else []
    return known.take(np.isin(known.subject, people)), shown.take(np.isin(shown.subject, people))


def _empty_result(tier: str, unit: str) -> Result:
    return Result(
        question="reidentification",
        metric="top-1 accuracy",
        attacker=FOREST,
        tier=tier,
        value=None,
        low=None,
        high=None,
        chance=None,
        ceiling=None,
        direction="lower",
        n=0,
        unit=unit,
    )
