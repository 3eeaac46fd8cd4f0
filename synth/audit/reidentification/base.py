"""Can someone tell who this is? What every attacker who names people shares. For releases that claim people.

The attacker's story: someone knows a few released windows of each person, with names (a patient he met, an
older export), and now gets later windows without names. *Static*: he only ever saw unprotected recordings,
as in most of the literature. *Refitted*: he learnt from the release itself. *Aggregated*: he knows that a
set of windows is one person's and decides once. *Across trials*: he learnt from other repetitions. *Averaged*: the
same recordings were released several times, with other random numbers, and he averages what he got before he learns;
that says nothing of a single release, and is not judged.

The refitted attacker also says who comes next: whether the right person is among his first five (top-5), and
at which place (mean reciprocal rank, 1 for the first place, 1/2 for the second). These tell how much is left to
rule out; the verdict rests on the first place, so they carry no p-value.

References:
    Malekzadeh et al., Mobile sensor data anonymization, IoTDI 2019 (the static attacker).
    Elazar and Goldberg, Adversarial removal of demographic attributes, EMNLP 2018 (why it must be refitted).
"""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from data.export.release_from_table import UNKNOWN_TIMES
from data.release import Release
from data.splits import Split, cut_by_time, cut_by_trial
from data.windows import Windows
from synth.audit.attack import (
    Attack,
    Baseline,
    measured,
    must_lose,
    must_win,
    unprotected,
)
from synth.audit.report import Result
from synth.audit.stats import Estimate, decisions, share_per_person
from synth.core.run_context import RunContext

BY_TIME = "people; released windows after the cut, learnt from windows before it, one window's length between"
BY_ORDER = "people; released windows late in the file, learnt from early ones, two to ten between (times are unknown)"
BY_TRIAL = "people; released windows of the later trials, learnt from released windows of the earlier ones"
ELSEWHERE = (
    "people; released windows after the cut, learnt from real windows that the release was not made from"
)
TOO_FEW = "Fewer than two people have released windows on both sides of the cut."
TOP_1, TOP_5, MRR = "top-1 accuracy", "top-5 accuracy", "mean reciprocal rank"
REFITTED = "refitted"
AVERAGED = "averaged over 5 releases"
N_AVERAGED = 5


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

    def of_common_people(self) -> "Scene":
        """Keep the people who are on both sides; nobody at all if that leaves fewer than two."""
        people = sorted(set(self.known.subjects) & set(self.shown.subjects))
        people = people if len(people) >= 2 else []
        known, shown = (side.take(np.isin(side.subject, people)) for side in (self.known, self.shown))
        return replace(self, known=known, shown=shown)


@dataclass(frozen=True)
class Naming:
    """Whom an attacker takes each window for.

    Attributes:
        evidence: `(n_shown, n_people)` for each person in the order of `known.subjects`; larger is likelier,
            and the sum over windows is the evidence of all together.
        subject: `(n_shown,)` the truth.
        people: The columns.
        note: One sentence more, where it is needed.
    """

    evidence: np.ndarray
    subject: np.ndarray
    people: list[str]
    note: str = ""

    def places(self) -> np.ndarray:
        """Return the place of the right person, `(n_shown,)` from 1; equals are taken in order of names."""
        order = np.argsort(-self.evidence, axis=1, kind="stable")
        truth = np.searchsorted(self.people, self.subject)
        return 1 + (order == truth[:, None]).argmax(axis=1)

    def top(self, n: int) -> Estimate:
        """Estimate how often the right person is among the first `n`; every person weighs the same."""
        return share_per_person(self.places() <= n, self.subject)

    def reciprocal_rank(self) -> Estimate:
        """Estimate the mean of one over the right person's place; every person weighs the same."""
        return share_per_person(1 / self.places(), self.subject)

    def together(self) -> Estimate:
        """Estimate how many people are named right by all of their windows together."""
        found = sorted(set(self.subject.tolist()))
        sums = np.stack([self.evidence[self.subject == person].sum(axis=0) for person in found])
        n_right = sum(self.people[i] == person for i, person in zip(sums.argmax(axis=1), found, strict=True))
        return decisions(n_right, len(found))


@dataclass(frozen=True)
class Reidentification(Attack):
    """Someone who names the person behind each released window; every person weighs the same.

    Attributes:
        refitted_only: Whether he leaves the other tiers to others, to be quick.
        manner: How he goes about it, in words that follow the unit.
    """

    question = "reidentification"
    refitted_only: ClassVar[bool] = False
    manner: ClassVar[str] = ""

    def applies_to(self, release: Release) -> bool:
        """Apply to releases whose windows claim people."""
        return release.claims_people

    @abstractmethod
    def name(self, known: Windows, shown: Windows, context: RunContext) -> Naming:
        """Learn from `known`, and say whom each of `shown` (or of a draw of them) resembles."""

    @abstractmethod
    def name_by_shuffled(self, known: Windows, shown: Windows, context: RunContext) -> Estimate:
        """Estimate the top-1 accuracy after learning names that mean nothing."""

    def run(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Return the results of every tier that the release and the data allow."""
        results: list[Result] = []
        for scene in scenes(split, release):
            if scene.tier == REFITTED or not self.refitted_only:
                context.stop_if_asked()
                results += self._attack(scene, context)
        return tuple(results)

    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Measure the unprotected windows, and an attacker who learnt shuffled names."""
        ceilings = self.run(split, unprotected(split), context)
        scene = next(scene for scene in scenes(split, unprotected(split)) if scene.tier == REFITTED)
        scene = scene.of_common_people()
        if len(scene.known) == 0:
            return Baseline(ceilings=ceilings)
        context.stop_if_asked()
        nothing = self.name_by_shuffled(scene.known, scene.shown, context)
        raw = next(r for r in ceilings if r.tier == REFITTED)
        controls = (
            must_win(
                self.question,
                self.attacker,
                "unprotected recordings",
                raw,
                raw.by_guessing,
            ),
            must_lose(self.question, self.attacker, "names shuffled", nothing, raw.by_guessing),
        )
        return Baseline(ceilings=ceilings, controls=controls)

    def _attack(self, scene: Scene, context: RunContext) -> list[Result]:
        """Return the result by window and, except across trials, the one with one decision a person."""
        scene = scene.of_common_people()
        if len(scene.known) == 0:
            tiers = [scene.tier] if _across_trials(scene) else [scene.tier, f"{scene.tier}, aggregated"]
            return [measured(self._empty_result(tier, scene.unit), None, note=TOO_FEW) for tier in tiers]
        told = self.name(scene.known, scene.shown, context)
        n = len(told.people)
        found = [(scene.tier, TOP_1, told.top(1), 1 / n)]
        if scene.tier == REFITTED and n > 5:
            found.append((scene.tier, TOP_5, told.top(5), 5 / n))
        if scene.tier == REFITTED:
            by_guessing = float(np.mean(1 / np.arange(1, n + 1)))
            found.append((scene.tier, MRR, told.reciprocal_rank(), by_guessing))
        if not _across_trials(scene):
            found.append((f"{scene.tier}, aggregated", TOP_1, told.together(), 1 / n))
        return [
            self._result(tier, scene.unit, metric, estimate, chance, told.note)
            for tier, metric, estimate, chance in found
        ]

    def _result(
        self, tier: str, unit: str, metric: str, estimate: Estimate, chance: float, note: str
    ) -> Result:
        template = replace(self._empty_result(tier, unit), metric=metric, chance=chance)
        result = measured(template, estimate, note=note)
        return result if metric == TOP_1 and not tier.startswith(AVERAGED) else replace(result, p=None)

    def _empty_result(self, tier: str, unit: str) -> Result:
        return self.unmeasured(TOP_1, tier, unit=unit + self.manner)


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
    yield Scene(REFITTED, BY_TIME if times_known else BY_ORDER, released.take(before), later)
    if release.average is not None:
        average = release.average.take(claimed)
        yield Scene(AVERAGED, BY_TIME if times_known else BY_ORDER, average.take(before), average.take(after))
    trials = cut_by_trial(released)
    if trials is not None:
        yield Scene("refitted, across trials", BY_TRIAL, released.take(trials[0]), released.take(trials[1]))


def _across_trials(scene: Scene) -> bool:
    return scene.tier.endswith("trials")
