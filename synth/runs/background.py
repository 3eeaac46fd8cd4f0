"""The what-if in the background: the tasks of explore(), each as a job whose result lands on the shelf."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from data.release import Release
from synth.audit.report import Effort
from synth.imputers.base import Imputer
from synth.mechanisms.base import Mechanism
from synth.runs import tasks
from synth.runs.gap_filling import Way, fill_gaps
from synth.runs.generation_order import Order
from synth.runs.jobs import Job, Jobs
from synth.runs.repository import Shelf
from synth.runs.study import Study
from synth.runs.sweep import EFFORT, Point

SWEEP_TITLE = "Strength sweep"
Topic = Literal["train", "measure"]


@dataclass(frozen=True)
class Background:
    """Starts jobs for one person.

    Attributes:
        shelf: Where results land.
        jobs: The registry of this process.
    """

    shelf: Shelf
    jobs: Jobs

    def make(self, study: Study, mechanism: Mechanism) -> Job | None:
        """Fit, release, then measure; `None` if the release is already on the shelf."""
        key = self.shelf.release_key(study, mechanism)
        if key in self.shelf.releases(study):
            self.measure(study, key)
            return None

        def land(learnt: tasks.Learnt) -> None:
            self.shelf.keep_learnt(study, mechanism, learnt)
            self.measure(study, key)

        return self.jobs.submit(
            tasks.make,
            mechanism,
            study.split.fit,
            seed=study.seed,
            key=self._own(key),
            owner=self.shelf.owner,
            title=f"Making {mechanism.label()}",
            topic="train",
            on_result=land,
        )

    def apply(self, study: Study, model_key: str) -> Job | None:
        """Release with a model that learnt from other recordings, then measure; `None` if that was done.

        Raises:
            TrainingError: If there is no such model, or it does not fit these windows.
        """
        key = self.shelf.applied_key(study, model_key)
        if key in self.shelf.releases(study):
            self.measure(study, key)
            return None
        model = self.shelf.model_for(study, model_key)

        def land(release: Release) -> None:
            self.shelf.keep_applied(study, model, release)
            self.measure(study, key)

        return self.jobs.submit(
            tasks.apply,
            model.mechanism,
            self.shelf.model_bytes(model_key),
            study.split.fit,
            seed=study.seed,
            key=self._own(key),
            owner=self.shelf.owner,
            title=f"Applying {model.name}",
            topic="train",
            on_result=land,
        )

    def generate(self, study: Study, model_key: str, order: Order) -> Job | None:
        """Let a generator of this study make what is ordered, then measure; `None` if that was done.

        Raises:
            TrainingError: If there is no such generator, or it cannot make that.
        """
        key = self.shelf.ordered_key(study, model_key, order)
        if key in self.shelf.releases(study):
            self.measure(study, key)
            return None
        order.counts(study.split.fit)
        mechanism = self.shelf.generator(study, model_key)

        def land(release: Release) -> None:
            self.shelf.keep_ordered(study, model_key, order, release)
            self.measure(study, key)

        return self.jobs.submit(
            tasks.generate,
            mechanism,
            self.shelf.model_bytes(model_key),
            study.split.fit,
            order,
            seed=order.seed,
            key=self._own(key),
            owner=self.shelf.owner,
            title=f"Generating with {mechanism.label()}",
            topic="train",
            on_result=land,
        )

    def learn_to_fill(self, study: Study, imputer: Imputer) -> Job | None:
        """Fit an imputer; `None` if it is already on the shelf."""
        key = self.shelf.model_key(study, imputer)
        if key in self.shelf.models(study):
            return None
        return self.jobs.submit(
            tasks.learn_to_fill,
            imputer,
            study.split,
            seed=study.seed,
            key=self._own(key),
            owner=self.shelf.owner,
            title=f"Learning to fill gaps: {imputer.label()}",
            topic="train",
            on_result=lambda learnt: self.shelf.keep_learnt(study, imputer, learnt),
        )

    def judges(self, study: Study, release: Release, keep: Callable[[Any], None]) -> Job:
        """Teach the quick judges of a version (`judge_panel.Judges`), which `keep` gets: no shelf holds them."""
        return self.jobs.submit(
            tasks.judges,
            study.split,
            release,
            seed=study.seed,
            key=self.judges_key(study, release),
            owner=self.shelf.owner,
            title=f"Getting ready to judge corrections of {release.name}",
            topic="judge",
            on_result=keep,
        )

    def judges_key(self, study: Study, release: Release) -> str:
        """Return what the quick judges of a version are found by."""
        return self._own(f"judges {study.key} {release.windows.fingerprint}")

    def fill_gaps(self, study: Study, recordings_key: str, ways: Mapping[str, Way]) -> Job:
        """Fill in short gaps of recordings with the best of some ways; the result lands beside them on the shelf."""
        return self.jobs.submit(
            fill_gaps,
            self.shelf.recordings(recordings_key),
            study.split,
            ways,
            seed=study.seed,
            key=self._own(f"fill gaps {recordings_key} {study.key} {sorted(ways)}"),
            owner=self.shelf.owner,
            title="Filling in missing samples",
            topic="fill",
            on_result=lambda filled: self.shelf.keep_recordings(filled, filled_from=recordings_key),
        )

    def measure(self, study: Study, release_key: str, effort: Effort = "quick") -> Job | None:
        """Measure a release on the shelf; `None` if that was done."""
        if self.shelf.report(study, release_key, effort) is not None:
            return None
        release = self.shelf.release(release_key)
        return self.jobs.submit(
            tasks.measure,
            study.split,
            release,
            self._referred(study, effort),
            self.shelf.model_of(release_key),
            seed=study.seed,
            key=self._own(f"measure {effort} {release_key}"),
            owner=self.shelf.owner,
            title=f"Measuring {release.name}" + (" thoroughly" if effort == "thorough" else ""),
            topic="measure",
            on_result=lambda report_json: self.shelf.keep_report(study, release_key, effort, report_json),
        )

    def to_measure(self, study: Study, release_key: str, effort: Effort = "quick") -> bool:
        """Return whether a release was not measured, and is not being measured either."""
        job = self.jobs.get(self._own(f"measure {effort} {release_key}"))
        return self.shelf.report(study, release_key, effort) is None and not (job and job.active)

    def sweep(self, study: Study, points: Sequence[Point]) -> int:
        """Make and measure the points that are neither known nor being measured; return how many these are."""
        batch = self._batch(study)
        missing = [point for point in points if self.to_sweep(study, point)]
        if not missing:
            return 0
        self.jobs.dismiss_finished(batch)
        split = self.jobs.send(study.split)
        for point in missing:
            self.jobs.submit(
                tasks.sweep_point,
                point.turned,
                split,
                self._referred(study, EFFORT),
                seed=point.seed,
                key=self._own(study.keys.point(point.turned, point.seed)),
                owner=self.shelf.owner,
                title=SWEEP_TITLE,
                topic="sweep",
                batch=batch,
                on_result=lambda swept, point=point: self.shelf.keep_point(study, point, swept),
            )
        return len(missing)

    def stop_sweep(self, study: Study) -> None:
        """Stop what is not done yet; what is done stays on the shelf, and `sweep` goes on from there."""
        self.jobs.stop_batch(self._batch(study))

    def swept(self, study: Study) -> list[Job]:
        """Return the jobs of this study's sweep: of the last run, and those of one that goes on."""
        return [
            job for job in self.jobs.of(self.shelf.owner, topic="sweep") if job.batch == self._batch(study)
        ]

    def to_sweep(self, study: Study, point: Point) -> bool:
        """Return whether a point is not known, and not being measured either."""
        job = self.jobs.get(self._own(study.keys.point(point.turned, point.seed)))
        return self.shelf.point(study, point) is None and not (job and job.active)

    def _referred(self, study: Study, effort: Effort) -> str | Job:
        return self.shelf.reference(study, effort) or self._refer(study, effort)

    def _refer(self, study: Study, effort: Effort) -> Job:
        return self.jobs.submit(
            tasks.refer,
            study.split,
            effort,
            seed=study.seed,
            key=self._own(study.keys.reference(effort)),
            owner=self.shelf.owner,
            title="Measuring the unprotected recordings, for comparison",
            topic="measure",
            on_result=lambda reference_json: self.shelf.keep_reference(study, effort, reference_json),
        )

    def _batch(self, study: Study) -> str:
        return self._own(f"sweep {study.key}")

    def _own(self, key: str) -> str:
        """Two people may ask the same question; each gets the answer on their own shelf."""
        return f"{self.shelf.owner} {key}"
