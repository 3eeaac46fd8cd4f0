"""Jobs on the cluster: one registry per process. It owns the futures, so that a closed tab cancels nothing.

submit -> Dask task on a worker -> progress events -> the job book, which pages poll -> on_result (repository)
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synth.core.checkpoints import Checkpoints
from synth.core.errors import JobError, Stopped
from synth.core.run_context import Progress, RunContext
from synth.runs.workers import cluster
from synth.runs.workers.job import Job, JobBook, Status, nothing

STOP_POLL_S = 0.5
SEND_TRIES, SEND_PAUSE_S = 5, 1.0
LOSS_NOTICED_S = 5.0  # a connection that broke is noticed a moment after what was asked over it has failed
MAX_STARTS = 3  # of one job, where workers go that it waits for
# What a person waits for goes before the attacks of an audit, which would otherwise keep it waiting for minutes.
PRIORITIES = {"train": 20, "fill": 20, "judge": 20}
LOST = (
    "The worker process ended unexpectedly, most likely because memory ran out. Close other programs "
    "or choose a smaller preset, then start it again."
)
CLUSTER_LOST = "The background processes ended unexpectedly, more than once. Start it again."


@dataclass(frozen=True, eq=False)
class Asked:
    """An input that is asked for whenever its job is started: what stood for it may be lost with the cluster.

    Attributes:
        ask: Returns the value, or the `Job` that will compute it.
    """

    ask: Callable[[], Any]


class Sent:
    """A value on its way to the workers, and again to new ones where those that had it are gone."""

    def __init__(self, value: Any) -> None:
        self._value, self._future, self._lock = value, None, threading.Lock()

    def on(self, client: Any) -> Any:
        """Return what stands for it on the cluster; send it again if it is not there (any more)."""
        with self._lock:
            known = self._future
            if known is None or known.client is not client or known.status != "finished":
                self._future = self._sent(client, SEND_TRIES)
            return self._future

    def _sent(self, client: Any, n_tries: int) -> Any:
        try:
            return client.scatter(
                self._value, workers=cluster.task_workers(client), broadcast=True, hash=False
            )
        except OSError:  # a worker is going, and is still on the list
            if n_tries == 1:
                raise
        time.sleep(SEND_PAUSE_S)
        return self._sent(client, n_tries - 1)


@dataclass(frozen=True, eq=False)
class Task:
    """What a job runs.

    Attributes:
        function: A pure function of its inputs and a `RunContext`, in an importable module.
        inputs: What it gets; a `Job` stands for its result, `Sent` for what was sent, `Asked` for what it returns.
        seed: The only source of randomness.
        priority: Of two waiting tasks, the one with the higher number goes first.
        on_result: Called in this process with the result before the job counts as done.
        checkpoints: Folder for its checkpoints; `None` where it keeps none.
    """

    function: Callable[..., Any]
    inputs: tuple[Any, ...]
    seed: int
    priority: int
    on_result: Callable[[Any], Any]
    checkpoints: Path | None = None


class Jobs:
    """Background work of this process. Thread-safe. The cluster starts with the first job."""

    def __init__(self) -> None:
        # Events arrive on the client's own thread: nothing may wait for the client while the book is locked.
        self._book = JobBook()
        self._connection = cluster.Connection()
        self._closed = False

    def submit(
        self,
        function: Callable[..., Any],
        *inputs: Any,
        key: str,
        owner: str,
        title: str,
        topic: str,
        seed: int = 0,
        batch: str = "",
        on_result: Callable[[Any], Any],
        on_begin: Callable[[], Any] = nothing,
        on_end: Callable[[], Any] = nothing,
        checkpoints: Path | None = None,
    ) -> Job:
        """Run `function(*inputs, RunContext(seed, ...))` on a worker.

        Args:
            function: A pure function in an importable module.
            *inputs: Its arguments; a `Job` stands for its result, which is waited for, what `send` returned for what
                was sent, and `Asked` for what it returns.
            key: Address of the result. While a job with this key is active, that one is returned.
            owner: Whose job it is.
            title: What it is, in plain words.
            topic: `"train"`, `"measure"`, `"sweep"`, `"judge"` or `"fill"`.
            seed: The only source of randomness.
            batch: The batch it belongs to.
            on_result: Called in this process with the result before the job counts as done.
            on_begin: Called before it is started, if it is.
            on_end: Called when it has ended by itself or is asked to stop, but not when this process ends.
            checkpoints: Folder for its checkpoints, which `on_begin` makes and `on_end` deletes.

        Raises:
            JobError: If the cluster cannot be started or reached.
        """
        for surplus in self._book.surplus():
            self._forget(surplus)
        known = self._book.enter(Job(key, owner, title, topic, batch), on_end)
        if known is not None:
            return known
        try:
            on_begin()
            self._start(key, Task(function, inputs, seed, PRIORITIES.get(topic, 0), on_result, checkpoints))
        except BaseException:
            self._forget(key)
            raise
        return self.get(key) or Job(key, owner, title, topic, batch)

    def _input(self, part: Any, client: Any) -> Any:
        """Return what stands for an input on the cluster as it is now."""
        if isinstance(part, Asked):
            return self._input(part.ask(), client)
        if isinstance(part, Job):
            return self._result_of(part)
        return part.on(client) if isinstance(part, Sent) else part

    def _result_of(self, job: Job) -> Any:
        future = self._book.future_of(job.key)
        if future is None:
            raise JobError(f"“{job.title}” was taken away before this could begin. Start it again.")
        return future

    def _start(self, key: str, task: Task, *, starts_left: int = MAX_STARTS) -> None:
        client = self.client()
        attempt = self._book.begin_attempt(key)
        if attempt is None:
            return  # stopped or forgotten while the cluster started
        client.subscribe_topic(_topic(attempt), lambda event: self._heard(key, attempt, event[1]))
        future = client.submit(
            _run, task.function, attempt, task.seed, task.checkpoints,
            *(self._input(part, client) for part in task.inputs),
            key=f"penumbra-{attempt}", pure=False, workers=cluster.task_workers(client), allow_other_workers=True,
            priority=task.priority,
        )  # fmt: skip
        is_wanted = self._book.note_future(key, attempt, future)
        future.add_done_callback(lambda done: self._finished(key, attempt, done, task, starts_left))
        if not is_wanted:
            future.cancel()

    def send(self, value: Any) -> Sent:
        """Send a value that many jobs need to the cluster once, and return what stands for it in `submit`.

        Every task worker gets it: a task goes where its arguments are, so all would queue for the only one that
        has it. Where all that had it are gone, `submit` sends it again.

        Raises:
            JobError: If the cluster cannot be started or reached.
        """
        sent = Sent(value)
        sent.on(self.client())
        return sent

    def get(self, key: str) -> Job | None:
        """Return the latest job with this key."""
        return self._book.get(key)

    def of(self, owner: str, *, topic: str | None = None) -> list[Job]:
        """Return the jobs of one owner, newest first."""
        return self._book.where(lambda job: job.owner == owner and topic in (None, job.topic))

    def stop(self, key: str) -> None:
        """Ask a job to stop; it does so between two batches, or at once if it is still waiting."""
        attempt, future, waited = self._book.ask_to_stop(key)
        self._book.on_end_of(key)()
        with self._while_connected() as client:
            if client is not None and attempt:  # a waiting job may have begun without our having heard
                cluster.stop_flag(attempt, client).set()
            if client is not None and waited and future is not None:
                future.cancel()

    def stop_batch(self, batch: str) -> None:
        """Stop all jobs of a batch, waiting ones first, so that none takes the place of a stopped one."""
        jobs = self._book.where(lambda job: job.batch == batch)
        for job in sorted(jobs, key=lambda job: job.status == "running"):
            self.stop(job.key)

    def dismiss_finished(self, batch: str) -> None:
        """Forget the finished jobs of a batch without active ones, so that counting starts again."""
        jobs = self._book.where(lambda job: job.batch == batch)
        if not any(job.active for job in jobs):
            for job in jobs:
                self._forget(job.key)

    def dismiss(self, key: str) -> None:
        """Forget a finished job; its result stays kept."""
        job = self.get(key)
        if job is not None and not job.active:
            self._forget(key)

    def forget_owner(self, owner: str) -> None:
        """Stop and forget everything of one owner. What cannot be stopped is forgotten, too: it keeps nothing.

        Raises:
            Exception: What the cluster answered first where it could not be reached.
        """
        failures = []
        for job in self.of(owner):
            for end in (self.stop, self._forget):
                try:
                    end(job.key)
                except Exception as failure:
                    failures.append(failure)
        if failures:
            raise failures[0]

    def client(self) -> Any:
        """Return the connected client; start or reconnect it where needed."""
        return self._connection.client()

    @property
    def started(self) -> bool:
        """Whether a cluster is running."""
        return self._connection.current is not None

    def close(self) -> None:
        """Stop the embedded cluster or leave the outside one; what is under way is not started again."""
        self._closed = True
        self._connection.close()

    @contextmanager
    def _while_connected(self) -> Iterator[Any]:
        """Give the client, `None` if there is none that is connected; a cluster lost meanwhile does not matter."""
        try:
            yield self._connection.current if self._connection.is_running else None
        except (OSError, RuntimeError, ValueError, TimeoutError):
            if not self._connection.is_lost(within_s=LOSS_NOTICED_S):
                raise

    def _heard(self, key: str, attempt: str, message: dict[str, Any]) -> None:
        told = message["progress"]
        self._book.note_progress(key, attempt, None if told is None else Progress(**told))

    def _finished(self, key: str, attempt: str, future: Any, task: Task, starts_left: int) -> None:
        job = self.get(key)
        if job is None or not self._book.is_last(key, attempt) or self._closed:
            return  # forgotten meanwhile, for example because the data were deleted
        outcome = _outcome(future)
        if self._lost(job, future, outcome) and starts_left > 1:
            self._start_again(key, task, starts_left)
        else:
            self._end(key, attempt, *self._landed(key, future, outcome, task))

    def _landed(self, key: str, future: Any, outcome: Any, task: Task) -> tuple[Status, str]:
        """Keep the result; return how the job ended, and what went wrong in words."""
        if future.cancelled():
            return ("stopped", "") if self._book.to_stop(key) else ("failed", CLUSTER_LOST)
        try:
            if isinstance(outcome, Exception):
                raise outcome
            task.on_result(outcome)
        except Stopped:
            return "stopped", ""
        except Exception as failure:  # whatever a worker raises is reported, never lost
            return "failed", _in_words(failure)
        return "done", ""

    def _end(self, key: str, attempt: str, status: Status, error: str) -> None:
        self._book.end(key, attempt, status, error)
        self._book.on_end_of(key)()

    def _start_again(self, key: str, task: Task, starts_left: int) -> None:
        try:
            self._start(key, task, starts_left=starts_left - 1)
        except Exception as failure:
            self._end(key, self._book.attempt_of(key), "failed", _in_words(failure))

    def _lost(self, job: Job, future: Any, outcome: Any) -> bool:
        """Return whether a job died with its worker, or with the whole cluster, through no fault of its own."""
        if future.cancelled():
            return not self._book.to_stop(job.key)
        # Most likely another task killed the worker that this one was queued on.
        return job.status == "waiting" and _worker_died(outcome)

    def _forget(self, key: str) -> None:
        self._book.on_end_of(key)()
        attempt = self._book.attempt_of(key)
        self._book.remove(key)
        with self._while_connected() as client:
            if client is not None and attempt:
                with suppress(ValueError):  # it was begun on a cluster that was lost
                    client.unsubscribe_topic(_topic(attempt))


def _run(
    function: Callable[..., Any], attempt: str, seed: int, checkpoints: Path | None, *inputs: Any
) -> Any:
    """Run on the worker: report progress as events, and look at the stop flag now and then."""
    from distributed import get_client, get_worker

    worker, should_stop = get_worker(), cluster.polled(cluster.stop_flag(attempt, get_client()), STOP_POLL_S)

    def on_progress(progress: Progress) -> None:
        worker.log_event(_topic(attempt), {"progress": _message(progress)})

    worker.log_event(_topic(attempt), {"progress": None})
    kept = None if checkpoints is None else Checkpoints(checkpoints)
    return function(*inputs, RunContext(seed, on_progress, should_stop, kept))


def _message(progress: Progress) -> dict[str, Any]:
    return {
        "step": progress.step,
        "total": progress.total,
        "text": progress.text,
        "figures": {name: float(value) for name, value in progress.figures.items()},
        "elapsed_s": progress.elapsed_s,
    }


def _outcome(future: Any) -> Any:
    """Return the result, or the exception: what a worker raised, or that the result was lost with the cluster."""
    try:
        return future.result()
    except Exception as failure:
        return failure


def _worker_died(outcome: Any) -> bool:
    return type(outcome).__name__ == "KilledWorker"


def _in_words(failure: Exception) -> str:
    from data.errors import PenumbraError

    if isinstance(failure, PenumbraError):
        return str(failure)
    if _worker_died(failure):
        return LOST
    return f"{type(failure).__name__}: {failure}. It can be started again."


def _topic(attempt: str) -> str:
    return f"penumbra-progress-{attempt}"
