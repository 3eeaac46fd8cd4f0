"""Can someone recognise the person? What all attackers who name people share. For releases that claim people.

The attacker's story: someone knows a few released windows of each person, with names (a patient they met, an older
export), and now gets later windows without names. *Static*: they have only seen unprotected recordings, as in most of
the literature. *Refitted*: they learnt from the release itself. *Informed*: they own the method and other recordings
of the same people; they make a release of their own from these, learn from it, and have seen no name in ours (the
semi-informed attacker of the VoicePrivacy challenge). *Aggregated*: they know that a set of windows belongs to one
person and decide once. *Across trials*: they learnt from other repetitions. *Averaged*: the same recordings were
released several times, with different random numbers, and they average these releases before they learn; this says
nothing about a single release and is not judged.

An attacker who learnt from released windows also says how far a wrong guess is off (the right person among the first
three or five; mean reciprocal rank: 1 for the first, 1/2 for the second), how well they accept or reject a name
(`verification`), and how often they recognise the person whom they recognise most (`exposure`). The verdict rests on
the first guess, on average and for the most exposed person; the others carry no p-value.

References:
    Malekzadeh et al., Mobile sensor data anonymization, IoTDI 2019 (the static attacker).
    Elazar and Goldberg, Adversarial removal of demographic attributes, EMNLP 2018 (why it must be refitted).
    Tomashenko et al., The VoicePrivacy 2024 Challenge evaluation plan (the semi-informed attacker).
"""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from data.export.release_from_table import UNKNOWN_TIMES
from data.release import Release
from data.splits import Split, cut_by_time, cut_by_trial
from data.windows import Windows
from synth.audit.attack import (
    Attack,
    Baseline,
    Evidence,
    measured,
    must_lose,
    must_win,
    unprotected,
)
from synth.audit.membership.member_sets import stretches
from synth.audit.reidentification.exposure import exposures, most_exposed
from synth.audit.reidentification.verification import FALSE_ACCEPTS, LEAST_IMPOSTORS, Trials
from synth.audit.report import Result
from synth.audit.stats import Estimate, decisions, share_per_person
from synth.audit.verdicts import EXPOSED
from synth.core.run_context import RunContext

BY_TIME = "people; released windows after the cut, learnt from windows before it, one window's length between"
BY_ORDER = "people; released windows late in the file, learnt from early ones, two to ten between (times are unknown)"
BY_TRIAL = "people; released windows of the later trials, learnt from released windows of the earlier ones"
ELSEWHERE = (
    "people; released windows after the cut, learnt from real windows that the release was not made from"
)
BY_METHOD = (
    "people; released windows after the cut, learnt from what the same method made of their other recordings"
)
OF_ONE = "stretches of recording of the person recognised most; the interval holds for everybody at once"
TOO_FEW = "Fewer than two people have released windows on both sides of the cut."
FEW_IMPOSTORS = f"Accepting 1 in 100 wrongly takes at least {LEAST_IMPOSTORS} comparisons with other people."
TOP_1, MRR = "top-1 accuracy", "mean reciprocal rank"
GUESSES = (3, 5)
ACCEPTED, EER = "accepted at 1 % false acceptance", "equal error rate"
MOST_EXPOSED = f"{TOP_1}, {EXPOSED}"
REFITTED, INFORMED = "refitted", "informed"
RANKED = (REFITTED, INFORMED)
STRANGERS = "informed, strangers"
AVERAGED = "averaged over 5 releases"
N_AVERAGED = 5
PEOPLE, GUESSED = "people, ", "guesses, "  # exhibits, followed by the attacker


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
        looked_up: `(n_shown,)` int, where the attacker took a sample of the shown windows: which ones; else `None`.
    """

    evidence: np.ndarray
    subject: np.ndarray
    people: list[str]
    note: str = ""
    looked_up: np.ndarray | None = None

    @property
    def truth(self) -> np.ndarray:
        """The column of the right person, `(n_shown,)`."""
        return np.searchsorted(self.people, self.subject)

    def places(self) -> np.ndarray:
        """Return the rank of the right person, `(n_shown,)` from 1; ties are broken by name."""
        order = np.argsort(-self.evidence, axis=1, kind="stable")
        return 1 + (order == self.truth[:, None]).argmax(axis=1)

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
        tiers: The tiers that it tries, to save time; `None` for all of them.
        manner: How windows are compared, in words that follow the unit.
    """

    question = "reidentification"
    tiers: ClassVar[tuple[str, ...] | None] = None
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
        return self.examine(split, release, context).results

    def examine(self, split: Split, release: Release, context: RunContext) -> Evidence:
        """Measure every tier, and show who is recognised how often, and by how many guesses."""
        results: list[Result] = []
        people: list[dict[str, Any]] = []
        guesses: list[dict[str, Any]] = []
        for scenario in scenarios(split, release):
            if self.tiers is not None and scenario.tier not in self.tiers:
                continue
            context.stop_if_asked()
            common = scenario.of_common_people()
            if len(common.known) == 0:
                results += self._without_result(common)
                continue
            naming = self.name(common.known, common.shown, context)
            results += self._results(common, naming, context)
            if common.tier in RANKED:
                people += _people(common, naming)
                guesses += _guesses(common, naming)
        exhibits = {f"{PEOPLE}{self.attacker}": people, f"{GUESSED}{self.attacker}": guesses}
        return Evidence(tuple(results), {name: rows for name, rows in exhibits.items() if rows})

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

    def _without_result(self, scenario: Scenario) -> list[Result]:
        """Say for every tier of a scenario that there are too few people."""
        tiers = (
            [scenario.tier] if _across_trials(scenario) else [scenario.tier, f"{scenario.tier}, aggregated"]
        )
        return [measured(self._empty_result(tier, scenario.unit), None, note=TOO_FEW) for tier in tiers]

    def _results(self, scenario: Scenario, naming: Naming, context: RunContext) -> list[Result]:
        """Return the results by window and, except across trials, the one with one decision per person."""
        n = len(naming.people)
        found = [self._result(scenario.tier, scenario.unit, TOP_1, naming.top(1), 1 / n, naming.note)]
        if scenario.tier in (*RANKED, STRANGERS):
            found += self._beyond_the_first_guess(scenario, naming, context)
        if not _across_trials(scenario):
            tier = f"{scenario.tier}, aggregated"
            found.append(self._result(tier, scenario.unit, TOP_1, naming.together(), 1 / n, naming.note))
        return found

    def _beyond_the_first_guess(
        self, scenario: Scenario, naming: Naming, context: RunContext
    ) -> Iterator[Result]:
        """Yield later guesses and acceptance of a claimed name, which are not judged, and the most exposed person."""
        tier, unit, n = scenario.tier, scenario.unit, len(naming.people)
        for k in GUESSES:
            if n > k:
                yield self._result(tier, unit, f"top-{k} accuracy", naming.top(k), k / n, naming.note)
        by_guessing = float(np.mean(1 / np.arange(1, n + 1)))
        yield self._result(tier, unit, MRR, naming.reciprocal_rank(), by_guessing, naming.note)
        trials = Trials.of(naming.evidence, naming.truth)
        errors, accepted = trials.estimates(seed=context.seed)
        if trials.n_impostors >= LEAST_IMPOSTORS:
            yield self._result(tier, unit, ACCEPTED, accepted, FALSE_ACCEPTS, naming.note)
        else:
            yield self._result(tier, unit, ACCEPTED, None, FALSE_ACCEPTS, FEW_IMPOSTORS)
        yield replace(self._result(tier, unit, EER, errors, 0.5, naming.note), direction="higher")
        worst = most_exposed(*_called(scenario, naming), n_known=n)
        of_one = self._result(tier, OF_ONE, MOST_EXPOSED, worst.estimate, worst.chance, naming.note)
        yield replace(of_one, p=worst.p if tier in RANKED else None)

    def _result(
        self, tier: str, unit: str, metric: str, estimate: Estimate | None, chance: float, note: str
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
    if release.made_for_attackers is not None:
        made = release.made_for_attackers.windows
        informed = Scenario(INFORMED, BY_METHOD, made.take(made.subject != ""), later)
        if len(informed.of_common_people().known):  # the method may have withheld people
            yield informed
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


def _called(scenario: Scenario, naming: Naming) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each shown window the first guess, whose it is, and its stretch of recording."""
    shown = scenario.shown if naming.looked_up is None else scenario.shown.take(naming.looked_up)
    first = np.array(naming.people)[naming.evidence.argmax(axis=1)]
    return first, naming.subject, stretches(shown, np.zeros(len(shown), bool))


def _people(scenario: Scenario, naming: Naming) -> list[dict[str, Any]]:
    """Return how often each person is recognised, by name: for the owner of the recordings only."""
    chance = 1 / len(naming.people)
    everyone = exposures(*_called(scenario, naming))
    return [{"tier": scenario.tier, "chance": chance, **one.card()} for one in everyone]


def _guesses(scenario: Scenario, naming: Naming) -> list[dict[str, Any]]:
    """Return how often the right person is among the first `k` guesses, for every `k`."""
    n = len(naming.people)
    top = {k: naming.top(k) for k in range(1, n + 1)}
    return [
        {"tier": scenario.tier, "k": k, "value": e.value, "low": e.low, "high": e.high, "chance": k / n}
        for k, e in top.items()
    ]
