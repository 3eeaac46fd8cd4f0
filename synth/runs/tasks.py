"""Pure functions of (windows, settings, seed) that the shell calls and workers run. Results are plain bytes.

What a task needs is imported inside it: a page that only starts tasks stays light.
"""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import Windows, concatenate
from synth.audit.report import Effort
from synth.core.errors import TrainingError
from synth.core.learner import Fitted
from synth.core.run_context import RunContext
from synth.editing.recipe import Recipe
from synth.imputers.base import Imputer
from synth.mechanisms.base import FittedGenerator, FittedMechanism, Mechanism
from synth.runs.gap_filling import Way
from synth.runs.generation_order import Order, fulfil


@dataclass(frozen=True, eq=False)
class Learnt:
    """A fitted model on its way to the store.

    Attributes:
        payload: For `Learner.load`.
        card: Settings, learning curves and the device it was fitted on, as plain JSON values.
        release: What a mechanism made of the windows it learnt from; `None` for an imputer.
    """

    payload: bytes
    card: dict[str, Any]
    release: Release | None = None


@dataclass(frozen=True, eq=False)
class Model:
    """A stored mechanism on its way to a worker.

    Attributes:
        mechanism: Its settings.
        payload: What it learnt.
    """

    mechanism: Mechanism
    payload: bytes


@dataclass(frozen=True)
class Swept:
    """One point of a strength sweep on its way to the store.

    Attributes:
        report_json: What was measured.
        seconds: How long it took to make and measure.
    """

    report_json: str
    seconds: float


def make(mechanism: Mechanism, private: Windows, context: RunContext) -> Learnt:
    """Fit a mechanism to windows and release a version of the same windows."""
    fitted, release = _fitted_and_released(mechanism, private, context)
    return Learnt(fitted.to_bytes(), _card(mechanism, fitted), release)


def _fitted_and_released(
    mechanism: Mechanism, private: Windows, context: RunContext
) -> tuple[FittedMechanism, Release]:
    fitted = mechanism.fit(private, context)
    return fitted, fitted.release(private, seed=context.seed).renamed(mechanism.label())


def one_window(mechanism: Mechanism, private: Windows, index: int, context: RunContext) -> Windows:
    """Return a single window as a rule releases it, in a moment; what is drawn at random is drawn for it alone.

    Args:
        mechanism: One that does not learn.
        private: What the rule takes its scales from.
        index: Which of these windows.
        context: Its seed draws the release.

    Returns:
        The window; none where it is withheld.

    Raises:
        ValueError: If the mechanism learns.
        TrainingError: If it cannot be applied to these windows.
    """
    if mechanism.learns:
        raise ValueError(f"one_window needs a rule. Received: {mechanism.kind!r}")
    return mechanism.fit(private, context).release(private.take(np.array([index])), seed=context.seed).windows


def apply(mechanism: Mechanism, payload: bytes, private: Windows, context: RunContext) -> Release:
    """Release a version of windows with a model that has learnt already, mostly from other people.

    Args:
        mechanism: The settings it learnt with.
        payload: What it learnt.
        private: Windows of the length, rate and channels that it learnt from.
        context: Its seed draws the release.

    Raises:
        TrainingError: If it cannot work on these windows.
        Stopped: If it was asked to stop.
    """
    context.tell(0, 2, "Opening the model")
    fitted = mechanism.load(payload)
    context.stop_if_asked()
    context.tell(1, 2, "Making the version")
    return fitted.release(private, seed=context.seed)


def generate(
    mechanism: Mechanism, payload: bytes, private: Windows, order: Order, context: RunContext
) -> Release:
    """Fulfil an order with a generator that has learnt from these windows (`generation_order.fulfil`)."""
    context.tell(0, 1, "Opening the model")
    model = mechanism.load(payload)
    if not isinstance(model, FittedGenerator):
        raise TrainingError(f"{mechanism.title} changes recordings and cannot be asked for more windows.")
    return fulfil(model, private, order, context)


def impact_panel(split: Split, release: Release, context: RunContext) -> Any:
    """Fit the impact panel of a version (`synth.edit_impact.impact_panel.ImpactPanel`): it stays in memory."""
    from synth.edit_impact.impact_panel import ImpactPanel

    return ImpactPanel.fit(split, release, context)


def learn_to_fill(imputer: Imputer, split: Split, context: RunContext) -> Learnt:
    """Fit an imputer, and measure it alongside the plain baselines on windows that nothing was fitted to."""
    from synth.imputers.base import imputers
    from synth.imputers.comparison import compare

    fitted = imputer.fit(split.fit, context)
    beside = {imputer.title: fitted}
    others = [learner() for kind, learner in imputers().items() if kind != imputer.kind]
    began = time.perf_counter()
    for number, other in enumerate(others):
        context.tell(number, len(others), f"Comparing with: {other.title}", began=began)
        beside[other.title] = other.fit(split.fit, context.quiet())
    errors = compare(beside, split.fresh, seed=context.seed, yardstick=split.fit)
    return Learnt(
        fitted.to_bytes(), {**_card(imputer, fitted), "errors": [asdict(error) for error in errors]}
    )


def correct(
    release: Release,
    recipe: Recipe,
    name: str,
    split: Split,
    fillers: Mapping[str, Way],
    context: RunContext,
) -> Release:
    """Replay corrections by hand on a release.

    Args:
        release: What is corrected.
        recipe: The corrections.
        name: What the corrected version is called.
        split: What plain imputers are fitted to.
        fillers: What fills in, by kind: every kind that the recipe needs.

    Raises:
        EditError: If a step cannot be done.
        Stopped: If the context asked it to stop.
    """
    from synth.editing.replaying import replay

    fitted = {kind: way.fitted(split, context.seed) for kind, way in fillers.items()}
    return replay(release, recipe, fitted[recipe.imputer_kind], context, name=name, others=fitted)


def refer(split: Split, effort: Effort, context: RunContext) -> str:
    """Measure ceilings and controls on the real windows, once for all releases."""
    from synth.audit.audit import reference

    return reference(split, context, effort=effort, each=_each()).to_json()


def measure(
    split: Split, release: Release, reference_json: str, model: Model | None, context: RunContext
) -> str:
    """Measure one release; with the model that made it also what its owner, or several releases, would give away."""
    from synth.audit.audit import Reference, audit

    if model is not None:
        fitted = model.mechanism.load(model.payload)
        release = _with_practice(release, fitted, split, context.seed)
        if "corrected_from" not in release.card:  # what was corrected by hand is not released again
            release = _with_average(release, fitted, split.fit, context.seed)
    known = Reference.from_json(reference_json)
    report = audit(split, release, context, effort=known.effort, reference=known, each=_each())
    return report.to_json(private=True)


def _with_practice(release: Release, fitted: FittedMechanism, split: Split, seed: int) -> Release:
    """Add what the same method makes of the recordings kept aside, with other random numbers than those of the release.

    Generated windows show no person, so there is nothing to learn for whoever owns the method. Some methods cannot work
    on these recordings; without other ones of the same people, the report says that nobody who owns it was tried.
    """
    if not release.claims_people:
        return release
    made = [_practice(fitted, part, split.fit.activities, seed) for part in (split.fresh, split.unseen)]
    windows = [part for part in made if part is not None]
    if not windows:
        return release
    return replace(release, made_for_attackers=Release(release.name, concatenate(windows)))


def _practice(
    fitted: FittedMechanism, kept_aside: Windows, activities: Sequence[str], seed: int
) -> Windows | None:
    """Return what a method makes of recordings that it did not learn from; `None` where it can make nothing."""
    from synth.audit.reidentification.base import N_AVERAGED

    known = kept_aside.take(np.isin(kept_aside.activity, activities))
    if len(known) == 0:
        return None
    try:
        return fitted.release(known, seed=seed + N_AVERAGED).windows
    except TrainingError:
        return None


def _with_average(release: Release, fitted: FittedMechanism, private: Windows, seed: int) -> Release:
    """Release the same windows several times and keep the mean; nothing where all releases are the same."""
    from synth.audit.reidentification.base import N_AVERAGED

    if release.source is None:
        return release
    total = release.windows.values.astype(np.float64)
    for i in range(1, N_AVERAGED):
        other = fitted.release(private, seed=seed + i)
        alike = other.source is not None and np.array_equal(other.source, release.source)
        if not alike or np.array_equal(other.windows.values, release.windows.values):
            return release
        total += other.windows.values
    return replace(release, average=release.windows.with_values(total / N_AVERAGED))


def sweep_point(mechanism: Mechanism, split: Split, reference_json: str, context: RunContext) -> Swept:
    """Make a release and ask of it what a sweep asks, on one core: many of these run in parallel.

    Args:
        mechanism: At its strength.
        split: The real windows.
        reference_json: A `Reference` of this split; the audit has its seed.
        context: Its seed draws the fit and the release.
    """
    from joblib import parallel_config

    from synth.audit.audit import Reference, audit
    from synth.runs.sweep import ASKED

    began = time.perf_counter()
    known = Reference.from_json(reference_json)
    with parallel_config("sequential"):
        fitted, release = _fitted_and_released(mechanism, split.fit, context)
        report = audit(
            split,
            _with_practice(release, fitted, split, context.seed),
            context.with_seed(known.seed),
            effort=known.effort,
            reference=known,
            questions=ASKED,
        )
    return Swept(report.to_json(), time.perf_counter() - began)


def _each() -> Callable | None:
    """Run attacks in parallel if this is a task on a worker."""
    try:
        from distributed import get_worker

        get_worker()
    except ValueError:
        return None
    from synth.runs.workers.parallel_audit import on_all_workers

    return on_all_workers


def _card(learner: Mechanism | Imputer, fitted: Fitted) -> dict[str, Any]:
    return {
        "learner": learner.card(),
        "label": learner.label(),
        "history": fitted.history,
        "device": _device(),
        **({"promise": fitted.guarantee.card()} if fitted.guarantee else {}),
    }


def _device() -> str:
    """Name the device without loading TensorFlow for a learner that did not need it."""
    if "tensorflow" not in sys.modules:
        return "processor"
    from synth.keras_support.tensorflow_backend import device

    return device()
