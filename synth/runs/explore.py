"""The whole what-if in this process, for the shell: a mechanism or a ready model -> a release and its report.

Pages take the same steps as jobs (`synth.runs.background`).
"""

import time
from collections.abc import Sequence

from data.release import Release
from synth.audit.report import Effort, Report
from synth.core.errors import TrainingError
from synth.core.run_context import OnProgress, Progress, RunContext, ignore
from synth.editing.recipe import Recipe
from synth.mechanisms.base import Mechanism
from synth.runs.background import Background
from synth.runs.generation_order import Order
from synth.runs.repository import Repository
from synth.runs.step import run_here
from synth.runs.steps import Steps
from synth.runs.study import Study
from synth.runs.sweep import Point
from synth.runs.workers.job import Job
from synth.runs.workers.jobs import Jobs

POLL_S = 0.5


def explore(
    study: Study,
    mechanism: Mechanism,
    repository: Repository,
    *,
    effort: Effort = "quick",
    context: RunContext | None = None,
) -> tuple[Release, Report]:
    """Fit, release and measure, reusing results that are kept already.

    Args:
        study: The data.
        mechanism: What makes the release.
        repository: Where results are found and kept.
        effort: How hard the attackers try.
        context: Whom to tell, and whether to stop.

    Returns:
        The release and its report.

    Raises:
        PenumbraError: If the data or the settings cannot work, or it was stopped.
    """
    key = run_here(Steps(repository).make(study, mechanism), context)
    report = measure(study, key, repository, effort=effort, context=context)
    release = repository.release(key)
    if release is None:
        raise TrainingError("The version was deleted while it was measured. Make it again.")
    return release, report


def apply(study: Study, model_key: str, repository: Repository, *, context: RunContext | None = None) -> str:
    """Release with a model that learnt from other recordings, and return where the release is.

    Raises:
        PenumbraError: If there is no such model, it does not fit these windows, or it was stopped.
    """
    return run_here(Steps(repository).apply(study, model_key), context)


def generate(
    study: Study, model_key: str, order: Order, repository: Repository, *, context: RunContext | None = None
) -> str:
    """Fulfil an order with a generator that learnt from a study, and return where the release is.

    Raises:
        PenumbraError: If there is no such generator, it cannot make that, or it was stopped.
    """
    return run_here(Steps(repository).generate(study, model_key, order), context)


def edit(
    study: Study,
    recipe: Recipe,
    repository: Repository,
    *,
    release: Release | None = None,
    name: str | None = None,
    context: RunContext | None = None,
) -> str:
    """Replay corrections by hand, and return where the corrected version is.

    Args:
        study: The data.
        recipe: What is corrected.
        repository: Where models that fill in are found, and where the corrected version is kept.
        release: What is corrected; the recordings themselves if `None`.
        name: What the corrected version is called.
        context: Whom to tell, and whether to stop.

    Raises:
        PenumbraError: If a step does not fit these windows, or it was stopped.
    """
    steps = Steps(repository)
    for step in steps.learn_fillers(study, recipe):
        run_here(step, context)
    return run_here(steps.correct(study, release, recipe, name), context)


def measure(
    study: Study,
    release_key: str,
    repository: Repository,
    *,
    effort: Effort = "quick",
    context: RunContext | None = None,
) -> Report:
    """Measure a release, unless that was done.

    Raises:
        PenumbraError: If it cannot be measured, or it was stopped.
    """
    return run_here(Steps(repository).measure(study, release_key, effort), context)


def sweep(
    study: Study, points: Sequence[Point], repository: Repository, *, on_progress: OnProgress = ignore
) -> tuple[dict[Point, Report], list[str]]:
    """Make and measure the points that are not known, many at a time.

    They run in processes of this machine, or on the cluster that `PENUMBRA_SCHEDULER` names. What is done
    stays if this is interrupted.

    Args:
        study: The data.
        points: From `synth.runs.sweep.points`.
        repository: Where results are found and kept.
        on_progress: Called now and then.

    Returns:
        What was measured at each point, in their order; and in words why others could not be.

    Raises:
        JobError: If the cluster cannot be started or reached.
    """
    jobs = Jobs()
    background = Background(repository, jobs)
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
    known = {point: repository.point(study, point) for point in points}
    errors = dict.fromkeys(job.error for job in ran if job.error)
    return {point: report for point, report in known.items() if report is not None}, list(errors)


def _tell(ran: Sequence[Job], on_progress: OnProgress) -> None:
    if ran:
        ended = sum(not job.active for job in ran)
        on_progress(Progress(ended, len(ran), "points"))
