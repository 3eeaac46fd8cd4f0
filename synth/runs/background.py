"""Steps as jobs: each result goes into the repository, and then whatever depends on it is started."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from data.release import Release
from synth.audit.report import Effort
from synth.core.errors import JobError
from synth.imputers.base import Imputer
from synth.mechanisms.base import Mechanism
from synth.runs.generation_order import Order
from synth.runs.learner_cards import imputer_from_card, mechanism_from_card
from synth.runs.repository import Repository
from synth.runs.step import Step
from synth.runs.steps import Steps, impact_panel_key, sweep_batch
from synth.runs.study import Study
from synth.runs.sweep import Point
from synth.runs.unfinished import Note, Unfinished
from synth.runs.workers.job import Job
from synth.runs.workers.jobs import Asked, Jobs, Sent

Described = Callable[[], Step]


@dataclass(frozen=True)
class Background:
    """Starts jobs for one person.

    Attributes:
        repository: Where results land.
        jobs: The registry of this process.
    """

    repository: Repository
    jobs: Jobs

    @cached_property
    def steps(self) -> Steps:
        return Steps(self.repository)

    @cached_property
    def unfinished(self) -> Unfinished:
        return Unfinished(self.repository.store.root)

    def make(self, study: Study, mechanism: Mechanism) -> Job | None:
        """Fit, release, then measure; `None` if the release is there already."""
        return self._make_and_measure(study, [lambda: self.steps.make(study, mechanism)])

    def apply(self, study: Study, model_key: str) -> Job | None:
        """Release with a model that learnt from other recordings, then measure; `None` if that was done.

        Raises:
            TrainingError: If there is no such model, or it does not fit these windows.
        """
        return self._make_and_measure(study, [lambda: self.steps.apply(study, model_key)])

    def generate(self, study: Study, model_key: str, order: Order) -> Job | None:
        """Fulfil an order with a generator of this study, then measure; `None` if that was done.

        Raises:
            TrainingError: If there is no such generator, or it cannot make that.
        """
        return self._make_and_measure(study, [lambda: self.steps.generate(study, model_key, order)])

    def make_again(self, study: Study, release_key: str) -> Job | None:
        """Remake a release of an earlier version with the current method, then measure; `None` if that was done.

        Raises:
            TrainingError: If what it was made from no longer exists.
        """
        return self._make_and_measure(study, self.steps.again(study, release_key))

    def learn_to_fill(self, study: Study, imputer: Imputer) -> Job | None:
        """Fit an imputer; `None` if it is ready."""
        return self.start(self.steps.learn_to_fill(study, imputer))

    def impact_panel(self, study: Study, release: Release, keep: Callable[[Any], None]) -> Job | None:
        """Fit the impact panel of a version (`synth.edit_impact`), which `keep` gets."""
        return self.start(self.steps.impact_panel(study, release, keep))

    def impact_panel_key(self, study: Study, release: Release) -> str:
        """Return the key of the job that fits the impact panel of a version."""
        return self._own(impact_panel_key(study, release))

    def fill_gaps(self, study: Study, recordings_key: str, ways: Any) -> Job | None:
        """Fill in short gaps of recordings with the best of some ways."""
        return self.start(self.steps.fill_gaps(study, recordings_key, ways))

    def measure(self, study: Study, release_key: str, effort: Effort = "quick") -> Job | None:
        """Measure a release; `None` if that was done."""
        return self.start(self.steps.measure(study, release_key, effort))

    def to_measure(self, study: Study, release_key: str, effort: Effort = "quick") -> bool:
        """Return whether a release has not been measured and is not being measured either."""
        return self._is_open(self.steps.measure(study, release_key, effort))

    def sweep(self, study: Study, points: Sequence[Point]) -> int:
        """Make and measure the points that are neither known nor being measured; return how many these are."""
        missing = [point for point in points if self.to_sweep(study, point)]
        if not missing:
            return 0
        self.jobs.dismiss_finished(self._own(sweep_batch(study)))
        split = self.jobs.send(study.split)
        for point in missing:
            self.start(self.steps.point(study, point), sent={id(study.split): split})
        return len(missing)

    def stop_sweep(self, study: Study) -> None:
        """Stop what is unfinished; finished points are kept, and `sweep` continues from there."""
        self.jobs.stop_batch(self._own(sweep_batch(study)))

    def swept(self, study: Study) -> list[Job]:
        """Return the jobs of this study's sweep: of the last run, and those of one that goes on."""
        batch = self._own(sweep_batch(study))
        return [job for job in self.jobs.of(self.repository.owner, topic="sweep") if job.batch == batch]

    def to_sweep(self, study: Study, point: Point) -> bool:
        """Return whether a point is not known, and not being measured either."""
        return self._is_open(self.steps.point(study, point))

    def interrupted(self, study: Study) -> list[list[Note]]:
        """Return what was under way on this study when its process ended; the points of a sweep are one."""
        return self.unfinished.interrupted(study.key, self._is_active)

    def go_on(self, study: Study, notes: Sequence[Note]) -> Job | int | None:
        """Start again what was interrupted. What had been finished of it is kept, and not computed again.

        Args:
            study: The study that it was under way on.
            notes: One of what `interrupted` returned.

        Raises:
            JobError: If this version does not know how, or the cluster cannot be started.
            TrainingError: If what is needed is no longer there.
        """
        try:
            begin = self._asked_again(study, [dict(note.asked) for note in notes])
        except (KeyError, TypeError, ValueError) as error:
            raise JobError(
                f"“{notes[0].title}” was begun by another version of Penumbra. Dismiss it, and start it anew."
            ) from error
        begun = begin()
        self.dismiss([note for note in notes if not self._is_active(note.key)])  # known by now
        return begun

    def dismiss(self, notes: Sequence[Note]) -> None:
        """Forget what was interrupted; what had been finished of it is kept."""
        for note in notes:
            self.unfinished.forget(note.key)

    def _asked_again(
        self, study: Study, asked: Sequence[Mapping[str, Any]]
    ) -> Callable[[], Job | int | None]:
        first = asked[0]
        match first["do"]:
            case "make":
                return partial(self.make, study, mechanism_from_card(first["mechanism"]))
            case "apply":
                return partial(self.apply, study, first["model_key"])
            case "generate":
                return partial(self.generate, study, first["model_key"], Order(**first["order"]))
            case "learn_to_fill":
                return partial(self.learn_to_fill, study, imputer_from_card(first["imputer"]))
            case "fill_gaps":
                known = self.steps.ways_to_fill(study)
                ways = {title: known[title] for title in first["ways"]}
                return partial(self.fill_gaps, study, first["recordings_key"], ways)
            case "measure":
                return partial(self.measure, study, first["release_key"], first["effort"])
            case "sweep":
                left = [Point(mechanism_from_card(a["mechanism"]), a["strength"], a["seed"]) for a in asked]
                return partial(self.sweep, study, left)
        raise ValueError(f"do must be a way of asking. Received: {first['do']!r}")

    def start(
        self,
        step: Step,
        *,
        then: Callable[[Any], object] | None = None,
        sent: dict[int, Sent] | None = None,
    ) -> Job | None:
        """Start a step as a job, with what it needs before it; `None` if its result is kept.

        Args:
            step: What to do.
            then: Called with what the result is found by, when it is kept.
            sent: By `id`, inputs that were sent to the cluster once for many jobs.
        """
        if step.find() is not None:
            return None
        key = self._own(step.key)

        def land(result: Any) -> None:
            found = step.keep(result)
            if then is not None:
                then(found)

        return self.jobs.submit(
            step.function,
            *(self._input(part, sent or {}) for part in step.inputs()),
            key=key,
            owner=self.repository.owner,
            title=step.title,
            topic=step.topic,
            seed=step.seed,
            batch=self._own(step.batch) if step.batch else "",
            on_result=land,
            on_begin=lambda: self.unfinished.note(key, step),
            on_end=lambda: self.unfinished.forget(key),
            checkpoints=self.unfinished.checkpoints(key),
        )

    def _make_and_measure(self, study: Study, described: Sequence[Described]) -> Job | None:
        """Do steps one after the other, and measure the release that the last one makes."""
        first, rest = described[0](), described[1:]

        def go_on(found: str) -> Job | None:
            return self._make_and_measure(study, rest) if rest else self.measure(study, found)

        job = self.start(first, then=go_on)
        if job is None:
            go_on(first.find())
        return job

    def _input(self, part: Any, sent: dict[int, Sent]) -> Any:
        return (
            Asked(partial(self._found_or_begun, part)) if isinstance(part, Step) else sent.get(id(part), part)
        )

    def _found_or_begun(self, step: Step) -> Any:
        job = self.start(step)
        return step.find() if job is None else job

    def _is_open(self, step: Step) -> bool:
        return not self._is_active(self._own(step.key)) and step.find() is None

    def _is_active(self, key: str) -> bool:
        job = self.jobs.get(key)
        return job is not None and job.active

    def _own(self, key: str) -> str:
        """Two people may ask the same question; each gets an answer of their own."""
        return f"{self.repository.owner} {key}"
