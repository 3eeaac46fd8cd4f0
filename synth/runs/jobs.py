"""The job registry: one a process. Owns the futures, so that a closed tab cancels nothing.

submit -> Dask task on a worker -> progress events -> Job snapshots that pages poll -> on_result (store)
"""

import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from synth.core.errors import JobError, Stopped
from synth.core.run_context import Progress, RunContext
from synth.runs import cluster

Status = Literal["waiting", "running", "done", "stopped", "failed"]
MAX_PROGRESS = 500
MAX_FINISHED = 50
STOP_POLL_S = 0.5
SEND_TRIES, SEND_PAUSE_S = 5, 1.0
LOST = (
    "The worker process ended unexpectedly, most likely because memory ran out. Close other programs "
    "or choose a smaller preset, then start it again."
)
MAX_STARTS = 3  # of one job, where workers go that it waits for


@dataclass(frozen=True)
class Job:
    """A snapshot of one piece of background work.

    Attributes:
        key: Address of its result: the same question is never computed twice at once.
        owner: Whose workspace it belongs to; nobody else sees it.
        title: What it is, in plain words.
        topic: What kind of work, for pages to pick theirs: `"train"`, `"measure"`, `"sweep"`, `"judge"` or `"fill"`.
        batch: What it is one of many of, shown and stopped together; `""` where it stands alone.
        status: Where it is.
        progress: What was reported so far, oldest first.
        error: What went wrong, in words; `""` otherwise.
        created: Seconds since the epoch.
        began: When a worker took it up, in seconds since the epoch; `None` before.
    """

    key: str
    owner: str
    title: str
    topic: str
    batch: str = ""
    status: Status = "waiting"
    progress: tuple[Progress, ...] = ()
    error: str = ""
    created: float = field(default_factory=time.time)
    began: float | None = None

    @property
    def active(self) -> bool:
        return self.status in ("waiting", "running")


class Sent:
    """A value on its way to the workers, and again to new ones where those that had it are gone."""

    def __init__(self, value: Any) -> None:
        self._value, self._future = value, None

    def on(self, client: Any) -> Any:
        """Return what stands for it on the cluster, sent anew if it is not there (any more)."""
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


class Jobs:
    """Background work of this process. Thread-safe. The cluster starts with the first job."""

    def __init__(self) -> None:
        # Events arrive on the client's own thread and take _lock; so nothing may wait for the client under it.
        self._lock = threading.RLock()
        self._submitting = threading.RLock()
        self._client: Any = None
        self._jobs: dict[str, Job] = {}
        self._ids: dict[str, str] = {}
        self._futures: dict[str, Any] = {}
        self._progress: dict[str, deque[Progress]] = {}

    def submit(
        self,
        function: Callable[..., Any],
        *args: Any,
        seed: int,
        key: str,
        owner: str,
        title: str,
        topic: str,
        batch: str = "",
        on_result: Callable[[Any], None],
    ) -> Job:
        """Run `function(*args, RunContext(seed, ...))` on a worker.

        Args:
            function: A pure function in an importable module.
            *args: Its arguments; a `Job` stands for its result, which is waited for, and what `send` returned
                for what was sent.
            seed: Of its `RunContext`.
            key: Address of the result. While a job with this key is active, that one is returned.
            owner: Whose job it is.
            title: What it is, in plain words.
            topic: `"train"`, `"measure"`, `"sweep"`, `"judge"` or `"fill"`.
            batch: What it is one of many of.
            on_result: Called in this process with the result before the job counts as done.

        Raises:
            JobError: If the cluster cannot be started or reached.
        """
        with self._submitting:
            known = self._jobs.get(key)
            if known is not None and known.active:
                return known
            self._forget_oldest()
            inputs = [self._result_of(a) if isinstance(a, Job) else a for a in args]
            job = Job(key, owner, title, topic, batch)
            with self._lock:
                self._jobs[key] = job
            try:
                self._start(key, function, inputs, seed, on_result)
            except BaseException:
                self._forget(key)
                raise
        return self.get(key) or job

    def _result_of(self, job: Job) -> Any:
        with self._lock:
            if job.key not in self._futures:
                raise JobError(f"“{job.title}” was taken away before this could begin. Start it again.")
            return self._futures[job.key]

    def _start(
        self,
        key: str,
        function: Callable[..., Any],
        inputs: list[Any],
        seed: int,
        on_result: Callable[[Any], None],
        *,
        starts_left: int = MAX_STARTS,
    ) -> None:
        client = self.client()
        job_id = uuid.uuid4().hex
        with self._lock:
            if not self._wanted(key):
                return  # stopped or forgotten while the cluster started
            self._ids[key], self._progress[key] = job_id, deque(maxlen=MAX_PROGRESS)
        client.subscribe_topic(_topic(job_id), lambda event: self._heard(key, job_id, event[1]))
        future = client.submit(
            _run, function, job_id, seed, *(i.on(client) if isinstance(i, Sent) else i for i in inputs),
            key=f"penumbra-{job_id}", pure=False, workers=cluster.task_workers(client), allow_other_workers=True,
        )  # fmt: skip
        with self._lock:
            wanted = self._wanted(key)
            if key in self._jobs:
                self._futures[key] = future

        def again() -> None:
            with self._submitting:
                self._start(key, function, inputs, seed, on_result, starts_left=starts_left - 1)

        future.add_done_callback(
            lambda done: self._finished(key, job_id, done, on_result, again if starts_left > 1 else None)
        )
        if not wanted:
            future.cancel()

    def _wanted(self, key: str) -> bool:
        """Return whether a job that is being started was neither stopped nor forgotten meanwhile."""
        job = self._jobs.get(key)
        return job is not None and job.active

    def send(self, value: Any) -> "Sent":
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
        with self._lock:
            job = self._jobs.get(key)
            return None if job is None else replace(job, progress=tuple(self._progress.get(key, ())))

    def of(self, owner: str, *, topic: str | None = None) -> list[Job]:
        """Return the jobs of one owner, newest first."""
        with self._lock:
            keys = [k for k, job in self._jobs.items() if job.owner == owner and topic in (None, job.topic)]
            return sorted((self.get(k) for k in keys), key=lambda job: -job.created)

    def stop(self, key: str) -> None:
        """Ask a job to stop; it does so between two batches, or at once where it still waits."""
        with self._lock:
            job = self._jobs.get(key)
            if job is None or not job.active:
                return
            if job.status == "waiting":
                self._jobs[key] = replace(job, status="stopped")
            job_id, future = self._ids.get(key), self._futures.get(key)
        from distributed import Event

        if (
            job_id is not None
        ):  # a waiting job may have begun without our having heard: the flag stops it there
            Event(_stop_name(job_id), client=self._client).set()
        if job.status == "waiting" and future is not None:
            future.cancel()

    def stop_batch(self, batch: str) -> None:
        """Stop all jobs of a batch, those that wait first: none takes the place of one that was stopped."""
        for job in sorted(self._batch(batch), key=lambda job: job.status == "running"):
            self.stop(job.key)

    def dismiss_finished(self, batch: str) -> None:
        """Forget the finished jobs of a batch of which none is active: what comes is counted anew."""
        jobs = self._batch(batch)
        if not any(job.active for job in jobs):
            for job in jobs:
                self._forget(job.key)

    def dismiss(self, key: str) -> None:
        """Forget a finished job; its result stays in the store."""
        job = self._jobs.get(key)
        if job is not None and not job.active:
            self._forget(key)

    def forget_owner(self, owner: str) -> None:
        """Stop and forget everything of one owner."""
        for job in self.of(owner):
            self.stop(job.key)
            self._forget(job.key)

    def client(self) -> Any:
        """Return the connected client; start or reconnect it where needed."""
        with self._submitting:
            if self._client is None or self._client.status != "running":
                self._client = cluster.connect()
            return self._client

    @property
    def started(self) -> bool:
        """Whether a cluster is running."""
        return self._client is not None

    def close(self) -> None:
        """Stop the embedded cluster or leave the outside one."""
        with self._submitting:
            if self._client is not None:
                own = self._client.cluster
                self._client.close()
                self._client = None
                if own is not None:
                    with suppress(
                        KeyError
                    ):  # of a worker that died and was not yet on distributed's own list
                        own.close()

    def _heard(self, key: str, job_id: str, message: dict[str, Any]) -> None:
        with self._lock:
            if self._ids.get(key) != job_id:
                return
            job = self._jobs[key]
            if job.status == "waiting":
                self._jobs[key] = replace(job, status="running", began=time.time())
            if message["progress"] is not None:
                self._progress[key].append(Progress(**message["progress"]))

    def _finished(
        self,
        key: str,
        job_id: str,
        future: Any,
        on_result: Callable[[Any], None],
        again: Callable[[], None] | None,
    ) -> None:
        with self._lock:
            if self._ids.get(key) != job_id:
                return  # forgotten meanwhile, for example because the data were deleted
            job = self._jobs[key]
        status: Status = "done"
        error = ""
        try:
            if self._lost(job, future):
                if again is not None:
                    again()
                    return
                raise JobError(LOST)
            if future.cancelled():
                raise Stopped("Stopped before it began.")
            on_result(future.result())
        except Stopped:
            status = "stopped"
        except Exception as failure:  # whatever a worker raises is reported, never lost
            status, error = "failed", _in_words(failure)
        with self._lock:
            if self._ids.get(key) == job_id:
                self._jobs[key] = replace(self._jobs[key], status=status, error=error)

    def _lost(self, job: Job, future: Any) -> bool:
        """Return whether a job fell with a worker through no fault of its own."""
        if future.cancelled():  # and nobody stopped it: what had been sent for it is gone
            return job.active and self._client is not None and self._client.status == "running"
        # Most likely another task killed the worker that this one was queued on.
        return job.status == "waiting" and _worker_died(future.exception())

    def _batch(self, batch: str) -> list[Job]:
        with self._lock:
            return [job for job in self._jobs.values() if job.batch == batch]

    def _forget_oldest(self) -> None:
        """Forget the oldest finished jobs; a batch is kept whole for as long as some of it is to be done."""
        with self._lock:
            going_on = {job.batch for job in self._jobs.values() if job.active} - {""}
            finished = [j for j in self._jobs.values() if not j.active and j.batch not in going_on]
            finished.sort(key=lambda job: job.created)
        for job in finished[: max(0, len(finished) - MAX_FINISHED)]:
            self._forget(job.key)

    def _forget(self, key: str) -> None:
        if self._client is not None and key in self._ids:
            self._client.unsubscribe_topic(_topic(self._ids[key]))
        with self._lock:
            for register in (self._jobs, self._ids, self._futures, self._progress):
                register.pop(key, None)


def _run(function: Callable[..., Any], job_id: str, seed: int, *args: Any) -> Any:
    """Run on the worker: report progress as events, and look at the stop flag now and then."""
    from distributed import Event, get_client, get_worker

    worker, stop_flag = get_worker(), Event(_stop_name(job_id), client=get_client())
    last_look = 0.0
    stop = False

    def on_progress(progress: Progress) -> None:
        worker.log_event(_topic(job_id), {"progress": _message(progress)})

    def should_stop() -> bool:
        nonlocal last_look, stop
        if not stop and time.monotonic() - last_look > STOP_POLL_S:
            last_look = time.monotonic()
            stop = stop_flag.is_set()
        return stop

    worker.log_event(_topic(job_id), {"progress": None})
    return function(*args, RunContext(seed, on_progress, should_stop))


def _message(progress: Progress) -> dict[str, Any]:
    return {
        "step": progress.step,
        "total": progress.total,
        "text": progress.text,
        "figures": {name: float(value) for name, value in progress.figures.items()},
        "elapsed_s": progress.elapsed_s,
    }


def _worker_died(failure: BaseException | None) -> bool:
    return type(failure).__name__ == "KilledWorker"


def _in_words(failure: Exception) -> str:
    from data.errors import PenumbraError

    if isinstance(failure, PenumbraError):
        return str(failure)
    if _worker_died(failure):
        return LOST
    return f"{type(failure).__name__}: {failure}. It can be started again."


def _topic(job_id: str) -> str:
    return f"penumbra-progress-{job_id}"


def _stop_name(job_id: str) -> str:
    return f"penumbra-stop-{job_id}"
