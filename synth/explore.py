"""The whole what-if in one process: a study and a mechanism -> a release and its report."""

from data.release import Release
from synth import tasks
from synth.audit.report import Effort, Report
from synth.learner import OnProgress, ShouldStop, ignore, never
from synth.mechanisms.base import Mechanism
from synth.shelf import Shelf
from synth.study import Study


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

    Pages do the same with the same tasks in the background (synth/background.py).

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
    hooks = {"on_progress": on_progress, "should_stop": should_stop}
    key = study.release_key(mechanism)
    if shelf.release(key) is None:
        shelf.keep_learnt(study, mechanism, tasks.make(mechanism, study.split.fit, study.seed, **hooks))
    release = shelf.release(key)
    report = shelf.report(study, key, effort)
    if report is None:
        if shelf.reference(study, effort) is None:
            shelf.keep_reference(study, effort, tasks.refer(study.split, study.seed, effort, **hooks))
        known, model = shelf.reference(study, effort), shelf.model_of(key)
        measured = tasks.measure(study.split, release, known, study.seed, model, **hooks)
        shelf.keep_report(study, key, effort, measured)
        report = Report.from_json(measured)
    return release, report
