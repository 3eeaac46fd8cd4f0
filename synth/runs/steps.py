"""All that can be computed from a study, as steps: which task, on what, and where its result is kept."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import partial
from typing import Any

import numpy as np

from data.release import Release
from synth.audit.report import Effort, Report
from synth.core.errors import TrainingError
from synth.core.learner import preset
from synth.editing.recipe import Recipe
from synth.imputers.base import Imputer, imputers
from synth.mechanisms.base import Mechanism, mechanisms
from synth.runs import tasks, versions
from synth.runs.gap_filling import Way, fill_gaps, plain_ways
from synth.runs.generation_order import Order
from synth.runs.learner_cards import imputer_from_card
from synth.runs.repository import Repository
from synth.runs.step import Step
from synth.runs.study import Study
from synth.runs.sweep import EFFORT, Point

SWEEP_TITLE = "Strength sweep"
RECORDED = "The real recordings"  # the name of what is corrected where there is no release


@dataclass(frozen=True)
class Steps:
    """The steps of one person's work.

    Attributes:
        repository: Where results are found and kept.
    """

    repository: Repository

    def make(self, study: Study, mechanism: Mechanism) -> Step:
        """Fit a mechanism and release a version; found by the release's key."""
        key = self.repository.release_key(study, mechanism)
        return Step(
            key=key,
            title=f"Making {mechanism.label()}",
            topic="train",
            function=tasks.make,
            inputs=lambda: (mechanism, study.split.fit),
            keep=lambda learnt: self.repository.keep_learnt(study, mechanism, learnt),
            find=partial(self._key_if_kept, key),
            seed=study.seed,
            asked={"study": study.key, "do": "make", "mechanism": mechanism.card()},
        )

    def apply(self, study: Study, model_key: str) -> Step:
        """Release with a model that learnt from other recordings; found by the release's key."""
        key = self.repository.applied_key(study, model_key)

        def inputs() -> tuple[Any, ...]:
            model = self.repository.model_for(study, model_key)
            return model.mechanism, self.repository.model_bytes(model_key), study.split.fit

        return Step(
            key=key,
            title=f"Applying {self.repository.model_name(model_key)}",
            topic="train",
            function=tasks.apply,
            inputs=inputs,
            keep=lambda release: self.repository.keep_applied(study, model_key, release),
            find=partial(self._key_if_kept, key),
            seed=study.seed,
            asked={"study": study.key, "do": "apply", "model_key": model_key},
        )

    def generate(self, study: Study, model_key: str, order: Order) -> Step:
        """Fulfil an order with a generator of this study; found by the release's key."""
        key = self.repository.ordered_key(study, model_key, order)

        def inputs() -> tuple[Any, ...]:
            order.counts(study.split.fit)  # says at once what cannot be made
            mechanism = self.repository.generator(study, model_key)
            return mechanism, self.repository.model_bytes(model_key), study.split.fit, order

        return Step(
            key=key,
            title=f"Generating with {self.repository.model_name(model_key)}",
            topic="train",
            function=tasks.generate,
            inputs=inputs,
            keep=lambda release: self.repository.keep_ordered(study, model_key, order, release),
            find=partial(self._key_if_kept, key),
            seed=order.seed,
            asked={"study": study.key, "do": "generate", "model_key": model_key, "order": asdict(order)},
        )

    def correct(self, study: Study, release: Release | None, recipe: Recipe, name: str | None = None) -> Step:
        """Replay corrections by hand on a release, or on the recordings where there is none.

        The key of the result follows from its content, so it is always computed. What fills in must be ready
        (`learn_fillers`).
        """
        original = release or recorded(study)
        named = name or f"{original.name}, corrected"
        return Step(
            key=f"correct {study.key} {original.windows.fingerprint} {named} {recipe.to_json()}",
            title=f"Correcting {original.name}",
            topic="train",
            function=tasks.correct,
            inputs=lambda: (original, recipe, named, study.split, self._fillers(study, recipe)),
            keep=lambda corrected: self.repository.keep_corrected(study, corrected),
            seed=study.seed,
        )

    def learn_fillers(self, study: Study, recipe: Recipe) -> list[Step]:
        """Fit the networks that a recipe needs, quickly, where none of their kind is ready."""
        learners = [preset(imputers()[kind], "quick") for kind in _kinds_of_fillers(recipe)]
        missing = [one for one in learners if one.presets and not self.repository.models(study, one.kind)]
        return [self.learn_to_fill(study, learner) for learner in missing]

    def again(self, study: Study, release_key: str) -> list[Callable[[], Step]]:
        """Return the steps that remake a release of an earlier version, one after the other.

        Each step is described when the ones before it are done.

        Raises:
            TrainingError: If what it was made from is not there any more.
        """
        card = self.repository.releases(study)[release_key]
        made = card["made"]
        if "corrected_from" in made:
            return self._corrected_again(study, card)
        if "model" in made:
            return [lambda: self.apply(study, made["model"]["key"])]
        if "mechanism" not in made:
            raise TrainingError(
                f"“{card['name']}” was brought from elsewhere; only its file can make it again."
            )
        mechanism = _learner_like(made["mechanism"])
        steps: list[Callable[[], Step]] = [lambda: self.make(study, mechanism)]
        if "order" in made:
            model_key = self.repository.model_key(study, mechanism)
            steps.append(lambda: self.generate(study, model_key, Order(**made["order"])))
        return steps

    def learn_to_fill(self, study: Study, imputer: Imputer) -> Step:
        """Fit an imputer; found by the model's key."""
        key = self.repository.model_key(study, imputer)
        return Step(
            key=key,
            title=f"Learning to fill gaps: {imputer.label()}",
            topic="train",
            function=tasks.learn_to_fill,
            inputs=lambda: (imputer, study.split),
            keep=lambda learnt: self.repository.keep_learnt(study, imputer, learnt),
            find=lambda: key if key in self.repository.models(study) else None,
            seed=study.seed,
            asked={"study": study.key, "do": "learn_to_fill", "imputer": imputer.card()},
        )

    def fill_gaps(self, study: Study, recordings_key: str, ways: Mapping[str, Way]) -> Step:
        """Fill in short gaps of recordings with the best of some ways; found by the new recordings' key."""
        return Step(
            key=f"fill gaps {recordings_key} {study.key} {sorted(ways)}",
            title="Filling in missing samples",
            topic="fill",
            function=fill_gaps,
            inputs=lambda: (self.repository.recordings(recordings_key), study.split, ways),
            keep=lambda filled: self.repository.keep_recordings(filled, filled_from=recordings_key),
            seed=study.seed,
            asked={
                "study": study.key,
                "do": "fill_gaps",
                "recordings_key": recordings_key,
                "ways": list(ways),
            },
        )

    def ways_to_fill(self, study: Study) -> dict[str, Way]:
        """Return the ways to fill in gaps by title: those that need no training, and every GAIN of a study."""
        ways = plain_ways()
        for key, card in self.repository.models(study, "gain").items():
            learner = imputer_from_card(card["learner"])
            ways[str(card["label"])] = Way(learner, self.repository.model_bytes(key))
        return ways

    def impact_panel(self, study: Study, release: Release, keep: Callable[[Any], None]) -> Step:
        """Fit the impact panel of a version, which `keep` gets: it stays in memory."""
        return Step(
            key=impact_panel_key(study, release),
            title=f"Preparing quick checks of corrections to {release.name}",
            topic="judge",
            function=tasks.impact_panel,
            inputs=lambda: (study.split, release),
            keep=keep,
            seed=study.seed,
        )

    def refer(self, study: Study, effort: Effort) -> Step:
        """Measure ceilings and controls on the real windows, once for all releases; found as JSON text."""
        return Step(
            key=study.keys.reference(effort),
            title="Measuring the unprotected recordings, for comparison",
            topic="measure",
            function=tasks.refer,
            inputs=lambda: (study.split, effort),
            keep=lambda reference: self.repository.keep_reference(study, effort, reference),
            find=lambda: self.repository.reference(study, effort),
            seed=study.seed,
        )

    def measure(self, study: Study, release_key: str, effort: Effort = "quick") -> Step:
        """Measure a release; found as its report."""
        release = self.repository.releases(study).get(release_key, {})

        def inputs() -> tuple[Any, ...]:
            model = self.repository.model_of(release_key)
            return study.split, self.repository.release(release_key), self.refer(study, effort), model

        def keep(report_json: str) -> Report:
            self.repository.keep_report(study, release_key, effort, report_json)
            return Report.from_json(report_json)

        return Step(
            key=f"measure {effort} {release_key}",
            title=f"Measuring {release.get('name', '')}" + (" thoroughly" if effort == "thorough" else ""),
            topic="measure",
            function=tasks.measure,
            inputs=inputs,
            keep=keep,
            find=lambda: self.repository.report(study, release_key, effort),
            seed=study.seed,
            asked={"study": study.key, "do": "measure", "release_key": release_key, "effort": effort},
        )

    def point(self, study: Study, point: Point) -> Step:
        """Make and measure one point of a strength sweep; found as its report."""
        return Step(
            key=study.keys.point(point.turned, point.seed),
            title=SWEEP_TITLE,
            topic="sweep",
            function=tasks.sweep_point,
            inputs=lambda: (point.turned, study.split, self.refer(study, EFFORT)),
            keep=lambda swept: self.repository.keep_point(study, point, swept),
            find=lambda: self.repository.point(study, point),
            seed=point.seed,
            batch=sweep_batch(study),
            asked={
                "study": study.key,
                "do": "sweep",
                "mechanism": point.mechanism.card(),
                "strength": point.strength,
                "seed": point.seed,
            },
        )

    def _corrected_again(self, study: Study, card: Mapping[str, Any]) -> list[Callable[[], Step]]:
        """Make the original again where it is of an earlier version, then replay the recipe on it."""
        made = card["made"]
        name, recipe = versions.plain_name(card["name"]), Recipe.from_card(made["recipe"])
        before: list[Callable[[], Step]] = [lambda s=step: s for step in self.learn_fillers(study, recipe)]
        if made["corrected_from"] == RECORDED:
            return [*before, lambda: self.correct(study, None, recipe, name)]
        original = versions.plain_name(made["corrected_from"])
        named = {c["name"]: key for key, c in self.repository.releases(study).items()}
        earlier = named.get(versions.earlier_name(original))
        if original not in named and earlier is None:
            raise TrainingError(
                f"“{original}”, from which “{name}” was corrected, is not there any more. Make it first."
            )
        if original not in named:
            before += self.again(study, str(earlier))

        def replayed() -> Step:
            now = {c["name"]: key for key, c in self.repository.releases(study).items()}
            return self.correct(study, self.repository.release(now[original]), recipe, name)

        return [*before, replayed]

    def _fillers(self, study: Study, recipe: Recipe) -> dict[str, Way]:
        """Return what fills in, by kind: the newest network where there is one, else what is fitted when needed."""
        found = {}
        for kind in _kinds_of_fillers(recipe):
            ready = list(self.repository.models(study, kind).items())[-1:]
            ways = [Way(imputer_from_card(c["learner"]), self.repository.model_bytes(k)) for k, c in ready]
            found[kind] = next(iter(ways), Way(preset(imputers()[kind], "quick")))
        return found

    def _key_if_kept(self, key: str) -> str | None:
        return key if self.repository.store.has("release", key) else None


def recorded(study: Study) -> Release:
    """Return the recordings as a release, for correcting them."""
    return Release(RECORDED, study.split.fit, np.arange(len(study.split.fit)), {"kind": "unprotected"})


def impact_panel_key(study: Study, release: Release) -> str:
    """Return what the impact panel of a version is found by."""
    return f"judges {study.key} {release.windows.fingerprint}"


def sweep_batch(study: Study) -> str:
    """Return what all points of a study's sweep belong to."""
    return f"sweep {study.key}"


def _kinds_of_fillers(recipe: Recipe) -> list[str]:
    return sorted({recipe.imputer_kind, *recipe.imputer_kinds})


def _learner_like(card: Mapping[str, Any]) -> Mechanism:
    """Return the mechanism that a card of an earlier version describes, by the settings that still exist.

    Raises:
        TrainingError: If there is no longer such a mechanism.
    """
    kind = mechanisms().get(card["kind"])
    if kind is None:
        raise TrainingError(f"The method {card['kind']!r} does not exist any more.")
    known = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in card.items() if name in known})
