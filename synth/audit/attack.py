"""The contract of every attack: what is measured, and what shows that the attacker can win and lose.

Attack.reference(split)         once per data set: ceilings and controls
Attack.run(split, release)      once per release: results, without ceilings
Attack.examine(split, release)  the same, with exhibits to look at
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

import numpy as np

from data.discovery import classes_in
from data.release import Release
from data.splits import Split
from data.windows import concatenate
from synth.audit.question import questions
from synth.audit.report import EFFORTS, Control, Effort, Result
from synth.audit.stats import Estimate
from synth.core.run_context import RunContext

FOREST = "extra-trees forest"
ALPHA_OF_CONTROL = 0.01


@dataclass(frozen=True)
class Baseline:
    """What an attack yields on real data alone.

    Attributes:
        ceilings: The results of the same attack on unprotected data; `audit` copies their values into
            the `ceiling` of the release's results of the same metric, attacker and tier.
        shown: Results on real data that every report shows (train on real, test on real).
        controls: Cases with a known answer.
        calibration: What else the attack has to know of the real data when it measures releases: plain JSON values.
    """

    ceilings: tuple[Result, ...] = ()
    shown: tuple[Result, ...] = ()
    controls: tuple[Control, ...] = ()
    calibration: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Evidence:
    """What an attack found on a release.

    Attributes:
        results: The numbers.
        exhibits: What to show along with them: plain JSON values by name.
    """

    results: tuple[Result, ...]
    exhibits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Attack(ABC):
    """An attacker, in a file of its own. Subclasses are frozen dataclasses that work with their defaults.

    Attributes:
        question: Key of the question it answers.
        attacker: Its name in results; one attacker may answer several questions.
        title: What it does, for the progress line.
        efforts: The audits in which it runs.
        version: To be raised when the same split, release and seed give different results.
    """

    question: ClassVar[str]
    attacker: ClassVar[str]
    title: ClassVar[str]
    efforts: ClassVar[tuple[Effort, ...]] = EFFORTS
    version: ClassVar[int] = 1

    @classmethod
    def unmeasured(
        cls,
        metric: str,
        tier: str,
        *,
        unit: str,
        chance: float | None = None,
        direction: Literal["lower", "higher", "chance"] = "lower",
        note: str = "",
        applies: bool = True,
    ) -> Result:
        """Return an empty result of this attack, to be filled with a number."""
        return Result(
            question=cls.question,
            metric=metric,
            attacker=cls.attacker,
            tier=tier,
            value=None,
            low=None,
            high=None,
            chance=chance,
            ceiling=None,
            direction=direction,
            n=0,
            unit=unit,
            note=note,
            applies=applies,
        )

    def for_effort(self, effort: Effort) -> "Attack":
        """Return the attack as configured for an audit; some try harder in a thorough one."""
        return self

    def calibrated(self, calibration: Mapping[str, Any] | None) -> "Attack":
        """Return the attack with what its `reference` found out about the real data; most need nothing of it."""
        return self

    def applies_to(self, release: Release) -> bool:
        """Whether this attack applies to such a release."""
        return True

    def obstacle(self, split: Split) -> str:
        """Return in one sentence why these recordings cannot support the attack; `""` where they can.

        Neither `reference` nor `run` is called then.
        """
        return ""

    def is_ruled_out(self, split: Split) -> bool:
        """Whether an `obstacle` means that there is nothing to find, instead of too little to find it."""
        return False

    @abstractmethod
    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Measure ceilings and controls, which depend on the real data only."""

    @abstractmethod
    def run(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Measure a release. Results that the data cannot support have value `None` and a note.

        Raises:
            Stopped: If the context asked it to stop.
        """

    def examine(self, split: Split, release: Release, context: RunContext) -> Evidence:
        """Measure a release, and collect exhibits."""
        return Evidence(self.run(split, release, context))


def attacks(effort: Effort | None = None) -> tuple[Attack, ...]:
    """Return every attack below this folder, by question and attacker: a new attack is one new file.

    Args:
        effort: Only the attacks of such an audit; all by default.
    """
    import synth.audit

    # `classes_in` leaves abstract classes out.
    every = [attack() for attack in classes_in(synth.audit, Attack)]  # pyright: ignore[reportAbstractUsage]
    chosen = (
        every
        if effort is None
        else [attack.for_effort(effort) for attack in every if effort in attack.efforts]
    )
    order = list(questions())
    return tuple(sorted(chosen, key=lambda attack: (order.index(attack.question), attack.attacker)))


NOTHING_FRESH = (
    "This needs real recordings of the same people that the release was not made from. Add some as the "
    "holdout."
)
NOBODY_UNSEEN = (
    "This needs real recordings of people that the release was not made from. Add some as the holdout."
)


def unprotected(split: Split) -> Release:
    """Return the private windows as a release of their own: the ceiling. The method is to change nothing."""
    others = [part for part in (split.fresh, split.unseen) if len(part)]
    made = Release("unprotected recordings", concatenate(others)) if others else None
    return Release("unprotected recordings", split.fit, np.arange(len(split.fit)), made_for_attackers=made)


def measured(template: Result, estimate: Estimate | None, *, note: str = "") -> Result:
    """Fill an empty result with an estimate, or with the reason why there is none."""
    if estimate is None:
        return replace(template, note=note)
    return replace(
        template,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        n=estimate.n_clusters,
        note=note,
        p=None if template.chance is None else estimate.p_above(template.chance),
    )


def must_win(question: str, attacker: str, planted: str, got: Estimate | Result, chance: float) -> Control:
    """Judge a positive control: a working attacker's interval lies above guessing."""
    value, low, high = _value_and_ends(got)
    return Control(question, attacker, planted, "win", value, low, high, chance, passed=low > chance)


def must_lose(question: str, attacker: str, planted: str, got: Estimate | Result, chance: float) -> Control:
    """Judge a negative control: with nothing to find, the interval must not lie above guessing, tested at 1 %.

    A control that fails by chance spoils the answer for every release, so the level is not the usual 2.5 %.
    """
    p = got.p_above(chance) if isinstance(got, Estimate) else got.p
    value, low, high = _value_and_ends(got)
    passed = low <= chance or (p is not None and p > ALPHA_OF_CONTROL)
    return Control(question, attacker, planted, "lose", value, low, high, chance, passed)


def _value_and_ends(got: Estimate | Result) -> tuple[float, float, float]:
    """Return the value and both ends of the interval; raises `ValueError` for a result that was not measured."""
    return (got.value, got.low, got.high) if isinstance(got, Estimate) else (got.number, *got.ends)
