"""Pure functions of (windows, settings, seed) that the shell calls and workers run. Results are plain bytes.

What a task needs is imported inside it: a page that only starts tasks stays light.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import Windows
from synth.audit.report import Effort
from synth.core.errors import Stopped
from synth.core.learner import Fitted, OnProgress, Progress, ShouldStop
from synth.imputers.base import Imputer
from synth.mechanisms.base import Mechanism
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


def make(
    mechanism: Mechanism, private: Windows, seed: int, *, on_progress: OnProgress, should_stop: ShouldStop
) -> Learnt:
    """Fit a mechanism to windows and release a version of the same windows."""
    fitted = mechanism.fit(private, seed=seed, on_progress=on_progress, should_stop=should_stop)
    release = fitted.release(private, seed=seed).renamed(mechanism.label())
    return Learnt(fitted.to_bytes(), _card(mechanism, fitted), release)


def apply(
    mechanism: Mechanism,
    payload: bytes,
    private: Windows,
    seed: int,
    *,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> Release:
    """Release a version of windows with a model that has learnt already, mostly from other people.

    Args:
        mechanism: The settings it learnt with.
        payload: What it learnt.
        private: Windows of the length, rate and channels that it learnt from.
        seed: Of the release.

    Raises:
        TrainingError: If it cannot work on these windows.
        Stopped: If `should_stop` said so.
    """
    on_progress(Progress(0, 2, "Opening the model"))
    fitted = mechanism.load(payload)
    if should_stop():
        raise Stopped("Stopped. Nothing was kept of this run; earlier results are unchanged.")
    on_progress(Progress(1, 2, "Making the version"))
    return fitted.release(private, seed=seed)


def generate(
    mechanism: Mechanism,
    payload: bytes,
    private: Windows,
    order: Order,
    *,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> Release:
    """Let a generator that has learnt from these windows make what is ordered (`generation_order.fulfil`)."""
    on_progress(Progress(0, 1, "Opening the model"))
    return fulfil(mechanism.load(payload), private, order, on_progress=on_progress, should_stop=should_stop)


def judges(
    split: Split, release: Release, seed: int, *, on_progress: OnProgress, should_stop: ShouldStop
) -> Any:
    """Teach the quick judges of a version (`synth.edit_impact.judge_panel.Judges`): they stay in memory."""
    from synth.edit_impact.judge_panel import Judges

    return Judges.fit(split, release, seed, on_progress=on_progress, should_stop=should_stop)


def learn_to_fill(
    imputer: Imputer, split: Split, seed: int, *, on_progress: OnProgress, should_stop: ShouldStop
) -> Learnt:
    """Fit an imputer, and measure it beside the plain baselines on windows that nothing was fitted to."""
    from synth.imputers.base import imputers
    from synth.imputers.comparison import compare

    fitted = imputer.fit(split.fit, seed=seed, on_progress=on_progress, should_stop=should_stop)
    beside = {imputer.title: fitted}
    others = [learner() for kind, learner in imputers().items() if kind != imputer.kind]
    began = time.perf_counter()
    for number, other in enumerate(others):
        elapsed_s = time.perf_counter() - began
        on_progress(Progress(number, len(others), f"Comparing with: {other.title}", elapsed_s=elapsed_s))
        beside[other.title] = other.fit(split.fit, seed=seed, should_stop=should_stop)
    errors = compare(beside, split.fresh, seed=seed, yardstick=split.fit)
    return Learnt(
        fitted.to_bytes(), {**_card(imputer, fitted), "errors": [asdict(error) for error in errors]}
    )


def refer(
    split: Split, seed: int, effort: Effort, *, on_progress: OnProgress, should_stop: ShouldStop
) -> str:
    """Measure ceilings and controls on the real windows, once for all releases."""
    from synth.audit.audit import reference

    return reference(
        split, seed=seed, effort=effort, each=_each(), on_progress=on_progress, should_stop=should_stop
    ).to_json()


def measure(
    split: Split,
    release: Release,
    reference_json: str,
    seed: int,
    model: Model | None = None,
    *,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> str:
    """Measure one release; with the model that made it also what several releases give away together."""
    from synth.audit.audit import Reference, audit

    if model is not None:
        release = _with_average(release, model, split.fit, seed)

    known = Reference.from_json(reference_json)
    report = audit(
        split,
        release,
        seed=seed,
        effort=known.effort,
        reference=known,
        each=_each(),
        on_progress=on_progress,
        should_stop=should_stop,
    )
    return report.to_json(private=True)


def _with_average(release: Release, model: Model, private: Windows, seed: int) -> Release:
    """Release the same windows several times and keep the mean; nothing where all releases are the same."""
    from synth.audit.reidentification.base import N_AVERAGED

    if release.source is None:
        return release
    fitted = model.mechanism.load(model.payload)
    total = release.windows.values.astype(np.float64)
    for i in range(1, N_AVERAGED):
        other = fitted.release(private, seed=seed + i)
        alike = other.source is not None and np.array_equal(other.source, release.source)
        if not alike or np.array_equal(other.windows.values, release.windows.values):
            return release
        total += other.windows.values
    return replace(release, average=release.windows.with_values(total / N_AVERAGED))


def sweep_point(
    mechanism: Mechanism,
    split: Split,
    reference_json: str,
    seed: int,
    *,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> Swept:
    """Make a release and ask of it what a sweep asks, on one core: many of these run beside each other.

    Args:
        mechanism: At its strength.
        split: The real windows.
        reference_json: A `Reference` of this split; the audit has its seed.
        seed: Of the fit and the release.
    """
    from joblib import parallel_config

    from synth.audit.audit import Reference, audit
    from synth.runs.sweep import ASKED

    began = time.perf_counter()
    known = Reference.from_json(reference_json)
    with parallel_config("sequential"):
        made = make(mechanism, split.fit, seed, on_progress=on_progress, should_stop=should_stop)
        report = audit(
            split,
            made.release,
            seed=known.seed,
            effort=known.effort,
            reference=known,
            questions=ASKED,
            on_progress=on_progress,
            should_stop=should_stop,
        )
    return Swept(report.to_json(), time.perf_counter() - began)


def _each() -> Callable | None:
    """Run attacks beside each other where this is a task on a worker."""
    try:
        from distributed import get_worker

        get_worker()
    except ValueError:
        return None
    from synth.runs.parallel_audit import on_all_workers

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
