"""Can someone recognise the person? What all attackers who name people share. For releases that claim people.

The attacker's story: someone knows a few released windows of each person, with names (a patient they met, an older
export), and now gets later windows without names. *Static*: they have only seen unprotected recordings, as in most of
the literature. *Refitted*: they learnt from the release itself. *Aggregated*: they know that a set of windows belongs
to one person and decide once. *Across trials*: they learnt from other repetitions. *Averaged*: the same recordings
were released several times, with different random numbers, and they average these releases before they learn; this
says nothing about a single release and is not judged.

The refitted attacker also ranks people: whether the right person is among the first five (top-5), and at which rank
(mean reciprocal rank: 1 for the first, 1/2 for the second). These show how much is left to rule out; the verdict
rests on the first rank, so they carry no p-value.

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
class Scenario:
    """What an attacker learns from and what they have to name.

    Attributes:
        tier: What they know.
        unit: How learning and attack were kept apart, in words.
        known: Windows with names.
        shown: Windows to be named.
    """

    tier: str
    unit: str
    known: Windows
    shown: Windows

    def of_common_people(self) -> "Scenario":
        """Keep the people who are on both sides; none if fewer than two are."""
        people = sorted(set(self.known.subjects) & set(self.shown.subjects))
        people = people if len(people) >= 2 else []
        known, shown = (side.take(np.isin(side.subject, people)) for side in (self.known, self.shown))
        return replace(self, known=known, shown=shown)


@dataclass(frozen=True)
class Naming:
    """Whom an attacker takes each window to be.

    Attributes:
        evidence: `(n_shown, n_people)` for each person in the order of `known.subjects`; larger is likelier,
            and evidence adds up over windows.
        subject: `(n_shown,)` the truth.
        people: The names of the columns.
        note: An additional sentence where needed.
    """

    evidence: np.ndarray
    subject: np.ndarray
    people: list[str]
    note: str = ""

    def places(self) -> np.ndarray:
        """Return the rank of the right person, `(n_shown,)` from 1; ties are broken by name."""
        order = np.argsort(-self.evidence, axis=1, kind="stable")
        truth = np.searchsorted(self.people, self.subject)
        return 1 + (order == truth[:, None]).argmax(axis=1)

    def top(self, n: int) -> Estimate:
        """Estimate how often the right person is among the first `n`; every person has the same weight."""
        return share_per_person(self.places() <= n, self.subject)

    def reciprocal_rank(self) -> Estimate:
        """Estimate the mean reciprocal rank of the right person; every person has the same weight."""
        return share_per_person(1 / self.places(), self.subject)

    def together(self) -> Estimate:
        """Estimate the share of people who are named correctly from all of their windows together."""
        found = sorted(set(self.subject.tolist()))
        sums = np.stack([self.evidence[self.subject == person].sum(axis=0) for person in found])
        n_right = sum(self.people[i] == person for i, person in zip(sums.argmax(axis=1), found, strict=True))
        return decisions(n_right, len(found))


@dataclass(frozen=True)
class Reidentification(Attack):
    """An attacker who names the person behind each released window; every person has the same weight.

    Attributes:
        refitted_only: Whether to skip the other tiers, to save time.
        manner: How windows are compared, in words that follow the unit.
    """

    question = "reidentification"
    refitted_only: ClassVar[bool] = False
    manner: ClassVar[str] = ""

    def applies_to(self, release: Release) -> bool:
        """Apply to releases whose windows claim people."""
        return release.claims_people

    @abstractmethod
    def name(self, known: Windows, shown: Windows, context: RunContext) -> Naming:
        """Learn from `known`, and rank the people that each window of `shown` (or of a sample of it) resembles."""

    @abstractmethod
    def name_by_shuffled(self, known: Windows, shown: Windows, context: RunContext) -> Estimate:
        """Estimate the top-1 accuracy after learning shuffled names."""

    def run(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Return the results of every tier that the release and the data allow."""
        results: list[Result] = []
        for scenario in scenarios(split, release):
            if scenario.tier == REFITTED or not self.refitted_only:
                context.stop_if_asked()
                results += self._attack(scenario, context)
        return tuple(results)

    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Measure the unprotected windows, and an attacker who learnt shuffled names."""
        ceilings = self.run(split, unprotected(split), context)
        scenario = next(
            scenario for scenario in scenarios(split, unprotected(split)) if scenario.tier == REFITTED
        )
        scenario = scenario.of_common_people()
        if len(scenario.known) == 0:
            return Baseline(ceilings=ceilings)
        context.stop_if_asked()
        nothing = self.name_by_shuffled(scenario.known, scenario.shown, context)
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

    def _attack(self, scenario: Scenario, context: RunContext) -> list[Result]:
        """Return the results by window and, except across trials, the one with one decision per person."""
        scenario = scenario.of_common_people()
        if len(scenario.known) == 0:
            tiers = (
                [scenario.tier]
                if _across_trials(scenario)
                else [scenario.tier, f"{scenario.tier}, aggregated"]
            )
            return [measured(self._empty_result(tier, scenario.unit), None, note=TOO_FEW) for tier in tiers]
        naming = self.name(scenario.known, scenario.shown, context)
        n = len(naming.people)
        found = [(scenario.tier, TOP_1, naming.top(1), 1 / n)]
        if scenario.tier == REFITTED and n > 5:
            found.append((scenario.tier, TOP_5, naming.top(5), 5 / n))
        if scenario.tier == REFITTED:
            by_guessing = float(np.mean(1 / np.arange(1, n + 1)))
            found.append((scenario.tier, MRR, naming.reciprocal_rank(), by_guessing))
        if not _across_trials(scenario):
            found.append((f"{scenario.tier}, aggregated", TOP_1, naming.together(), 1 / n))
        return [
            self._result(tier, scenario.unit, metric, estimate, chance, naming.note)
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


def scenarios(split: Split, release: Release) -> Iterator[Scenario]:
    """Yield what each tier of attacker learns from and attacks, without overlap."""
    claimed = release.windows.subject != ""
    released = release.windows.take(claimed)
    before, after = cut_by_time(released)
    later = released.take(after)
    if release.source is None and len(split.fresh):
        yield Scenario("static", ELSEWHERE, split.fresh, later)
    elif release.source is not None:
        origin = release.source[claimed]
        yield Scenario("static", BY_TIME, split.fit.take(origin[before]), later)
    times_known = not any(name.endswith(UNKNOWN_TIMES) for name in set(later.series.tolist()))
    yield Scenario(REFITTED, BY_TIME if times_known else BY_ORDER, released.take(before), later)
    if release.average is not None:
        average = release.average.take(claimed)
        yield Scenario(
            AVERAGED, BY_TIME if times_known else BY_ORDER, average.take(before), average.take(after)
        )
    trials = cut_by_trial(released)
    if trials is not None:
        yield Scenario(
            "refitted, across trials", BY_TRIAL, released.take(trials[0]), released.take(trials[1])
        )


def _across_trials(scenario: Scenario) -> bool:
    return scenario.tier.endswith("trials")
