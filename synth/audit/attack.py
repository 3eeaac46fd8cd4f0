"""The contract of every attack: what is measured, and what shows that the attacker can win and lose.

Attack.reference(split)     once a data set: ceilings and controls
Attack.run(split, release)  once a release: results, without ceilings
"""

import importlib
import inspect
import pkgutil
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from data.release import Release
from data.splits import Split
from synth.audit.report import Control, Question, Result
from synth.audit.stats import Estimate
from synth.errors import Stopped
from synth.learner import ShouldStop, never

FOREST = "extra-trees forest"


@dataclass(frozen=True)
class Baseline:
    """What an attack gets on real data alone.

    Attributes:
        ceilings: The results of the same attack on unprotected data; `audit` copies their values into
            the `ceiling` of the release's results of the same metric, attacker and tier.
        shown: Results on real data that belong into every report (train on real, test on real).
        controls: Cases with a known answer.
    """

    ceilings: tuple[Result, ...] = ()
    shown: tuple[Result, ...] = ()
    controls: tuple[Control, ...] = ()


@dataclass(frozen=True)
class Attack(ABC):
    """One attacker, one file. Subclasses are frozen dataclasses that work with their defaults."""

    question: ClassVar[Question]
    attacker: ClassVar[str]
    title: ClassVar[str]

    def applies_to(self, release: Release) -> bool:
        """Whether this attack has anything to say about such a release."""
        return True

    @abstractmethod
    def reference(self, split: Split, *, seed: int, should_stop: ShouldStop = never) -> Baseline:
        """Measure what depends on the real data only."""

    @abstractmethod
    def run(
        self, split: Split, release: Release, *, seed: int, should_stop: ShouldStop = never
    ) -> tuple[Result, ...]:
        """Measure a release. What the data cannot support has value `None` and a note.

        Raises:
            Stopped: If `should_stop` said so.
        """


def attacks() -> tuple[Attack, ...]:
    """Return every attack in this folder, by question and attacker: a new one is one new file."""
    import synth.audit

    found: list[Attack] = []
    for info in pkgutil.iter_modules(synth.audit.__path__):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"synth.audit.{info.name}")
        for candidate in vars(module).values():
            if (
                inspect.isclass(candidate)
                and issubclass(candidate, Attack)
                and candidate.__module__ == module.__name__
                and not inspect.isabstract(candidate)
            ):
                found.append(candidate())
    return tuple(sorted(found, key=lambda attack: (attack.question, attack.attacker)))


def unprotected(split: Split) -> Release:
    """Return the private windows as if they were released as they are."""
    return Release(name="unprotected recordings", windows=split.fit, source=np.arange(len(split.fit)))


def measured(template: Result, estimate: Estimate | None, *, note: str = "") -> Result:
    """Fill an empty result with what was measured, or with the reason why nothing was."""
    if estimate is None:
        return replace(template, note=note)
    return replace(
        template,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        n=estimate.n_clusters,
        note=note,
    )


def must_win(question: Question, attacker: str, planted: str, got: Estimate, chance: float) -> Control:
    """A case that a working attacker wins: its interval lies above guessing."""
    passed = got.low > chance
    return Control(question, attacker, planted, "win", got.value, got.low, got.high, chance, passed)


def must_lose(question: Question, attacker: str, planted: str, got: Estimate, chance: float) -> Control:
    """A case in which there is nothing to find: the interval does not lie above guessing."""
    passed = got.low <= chance
    return Control(question, attacker, planted, "lose", got.value, got.low, got.high, chance, passed)


def stop_if_asked(should_stop: ShouldStop) -> None:
    if should_stop():
        raise Stopped("The audit was stopped. Nothing was kept of it; earlier reports are unchanged.")
