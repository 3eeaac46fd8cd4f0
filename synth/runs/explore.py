"""The whole what-if from a shell: a mechanism or a ready model -> a release and its report; a sweep -> its points.

Also a recipe of corrections by hand -> a corrected release.
"""

import time
from collections.abc import Sequence

import numpy as np

from data.release import Release
from synth.audit.report import Effort, Report
from synth.core.learner import preset
from synth.core.run_context import OnProgress, Progress, RunContext, ShouldStop, ignore, never
from synth.editing.recipe import Recipe
from synth.editing.replaying import replay
from synth.imputers.base import FittedImputer, imputers
from synth.mechanisms.base import Mechanism
from synth.runs import tasks
from synth.runs.background import Background
from synth.runs.generation_order import Order
from synth.runs.jobs import Job, Jobs
from synth.runs.learner_cards import learner_from_card
from synth.runs.repository import Shelf
from synth.runs.study import Study
from synth.runs.sweep import Point

POLL_S = 0.5
RECORDED = "The real recordings"  # the name of what is corrected where there is no release


def explore(
    study: Study,
    mechanism: Mechanism,
    shelf: Shelf,
    *,
    effort: Effort = "quick",
    on_progress: OnProgress = ignore,
    should_stop: ShouldStop = never,
) -> tuple[Release, Report]:
    """Fit, release and measure, taking from the shelf what is already there.

    Pages do the same with the same tasks in the background (synth/runs/background.py).

    Args:
        study: The data.
        mechanism: What makes the release.
        shelf: Where results are looked up and kept.
        effort: How hard the attackers try.
        on_progress: Told after every step.
        should_stop: Asked between batches.

    Returns:
        The release and its report.

    Raises:
        PenumbraError: If the data or the settings cannot work, or it was stopped.
    """
    context = RunContext(study.seed, on_progress, should_stop)
    key = shelf.release_key(study, mechanism)
    if shelf.release(key) is None:
        shelf.keep_learnt(study, mechanism, tasks.make(mechanism, study.split.fit, context))
    return shelf.release(key), measure(
        study, key, shelf, effort=effort, on_progress=on_progress, should_stop=should_stop
    )


def apply(
    study: Study,
    model_key: str,
    shelf: Shelf,
    *,
    on_progress: OnProgress = ignore,
    should_stop: ShouldStop = never,
) -> str:
    """Release with a model that learnt from other recordings, unless that is on the shelf.

    Args:
        study: The data.
        model_key: Where the model is on the shelf.
        shelf: Where the model is, and where the release is kept.
        on_progress: Told after every step.
        should_stop: Asked before the release is made.

    Returns:
        Where the release is on the shelf.

    Raises:
        PenumbraError: If there is no such model, it does not fit these windows, or it was stopped.
    """
    key = shelf.applied_key(study, model_key)
    if shelf.release(key) is None:
        model = shelf.model_for(study, model_key)
        context = RunContext(study.seed, on_progress, should_stop)
        payload = shelf.model_bytes(model_key)
        shelf.keep_applied(study, model, tasks.apply(model.mechanism, payload, study.split.fit, context))
    return key


def generate(
    study: Study,
    model_key: str,
    order: Order,
    shelf: Shelf,
    *,
    on_progress: OnProgress = ignore,
    should_stop: ShouldStop = never,
) -> str:
    """Let a generator that learnt from a study make what is ordered, unless that is on the shelf.

    Returns:
        Where the release is on the shelf.

    Raises:
        PenumbraError: If there is no such generator, it cannot make that, or it was stopped.
    """
    key = shelf.ordered_key(study, model_key, order)
    if shelf.release(key) is None:
        context = RunContext(study.seed, on_progress, should_stop)
        mechanism, payload = shelf.generator(study, model_key), shelf.model_bytes(model_key)
        shelf.keep_ordered(
            study, model_key, order, tasks.generate(mechanism, payload, study.split.fit, order, context)
        )
    return key


def edit(
    study: Study,
    recipe: Recipe,
    shelf: Shelf,
    *,
    release: Release | None = None,
    name: str | None = None,
    on_progress: OnProgress = ignore,
    should_stop: ShouldStop = never,
) -> str:
    """Replay corrections by hand, and keep what comes out.

    Args:
        study: The data.
        recipe: What is corrected.
        shelf: Where models that fill in are looked up, and where the corrected version is kept.
        release: What is corrected; the recordings themselves if `None`.
        name: What the corrected version is called.
        on_progress: Told after every step.
        should_stop: Asked between batches.

    Returns:
        Where the corrected version is on the shelf.

    Raises:
        PenumbraError: If a step does not fit these windows, or it was stopped.
    """
    if release is None:
        release = Release(RECORDED, study.split.fit, np.arange(len(study.split.fit)), {"kind": "unprotected"})
    context = RunContext(study.seed, on_progress, should_stop)
    imputer = filler(study, recipe.filler, shelf, on_progress=on_progress, should_stop=should_stop)
    others = {
        k: filler(study, k, shelf, on_progress=on_progress, should_stop=should_stop)
        for k in recipe.fillers
        if k != recipe.filler
    }
    named = name or f"{release.name}, corrected"
    corrected = replay(release, recipe, imputer, context, name=named, others=others)
    return shelf.keep_corrected(study, corrected)


def filler(
    study: Study,
    kind: str,
    shelf: Shelf,
    *,
    on_progress: OnProgress = ignore,
    should_stop: ShouldStop = never,
) -> FittedImputer:
    """Return what fills in: the newest network of a kind on the shelf, a quick new one, or a plain method.

    Raises:
        PenumbraError: If it cannot be fitted to these windows, or it was stopped.
    """
    learner = preset(imputers()[kind], "quick")
    context = RunContext(study.seed, on_progress, should_stop)
    if not learner.presets:
        return learner.fit(study.split.fit, context)
    if not shelf.models(study, kind):
        shelf.keep_learnt(study, learner, tasks.learn_to_fill(learner, study.split, context))
    key, card = list(shelf.models(study, kind).items())[-1]
    return learner_from_card(card["learner"]).load(shelf.model_bytes(key))


def measure(
    study: Study,
    release_key: str,
    shelf: Shelf,
    *,
    effort: Effort = "quick",
    on_progress: OnProgress = ignore,
    should_stop: ShouldStop = never,
) -> Report:
    """Measure a release on the shelf, unless that was done.

    Args:
        study: The data.
        release_key: Where the release is on the shelf.
        shelf: Where results are looked up and kept.
        effort: How hard the attackers try.
        on_progress: Told after every step.
        should_stop: Asked between batches.

    Raises:
        PenumbraError: If it cannot be measured, or it was stopped.
    """
    context = RunContext(study.seed, on_progress, should_stop)
    report = shelf.report(study, release_key, effort)
    if report is not None:
        return report
    if shelf.reference(study, effort) is None:
        shelf.keep_reference(study, effort, tasks.refer(study.split, effort, context))
    release, reference = shelf.release(release_key), shelf.reference(study, effort)
    model = shelf.model_of(release_key)
    measured = tasks.measure(study.split, release, reference, model, context)
    shelf.keep_report(study, release_key, effort, measured)
    return Report.from_json(measured)


def sweep(
    study: Study, points: Sequence[Point], shelf: Shelf, *, on_progress: OnProgress = ignore
) -> tuple[dict[Point, Report], list[str]]:
    """Make and measure the points that are not on the shelf, many beside each other.

    They run in processes of this machine, or on the cluster that `PENUMBRA_SCHEDULER` names. What is done
    stays on the shelf if this is interrupted.

    Args:
        study: The data.
        points: From `synth.runs.sweep.points`.
        shelf: Where results are looked up and kept.
        on_progress: Told now and then.

    Returns:
        What was measured at each point, in their order; and in words why others could not be.

    Raises:
        JobError: If the cluster cannot be started or reached.
    """
    jobs = Jobs()
    background = Background(shelf, jobs)
    try:
        background.sweep(study, points)
        ran = background.swept(study)
        while any(job.active for job in ran):
            _tell(ran, on_progress)
            time.sleep(POLL_S)
            ran = background.swept(study)
        _tell(ran, on_progress)
    finally:
        jobs.close()
    known = {point: shelf.point(study, point) for point in points}
    errors = dict.fromkeys(job.error for job in ran if job.error)
    return {point: report for point, report in known.items() if report is not None}, list(errors)


def _tell(ran: Sequence[Job], on_progress: OnProgress) -> None:
    if ran:
        ended = sum(not job.active for job in ran)
        on_progress(Progress(ended, len(ran), "points"))
