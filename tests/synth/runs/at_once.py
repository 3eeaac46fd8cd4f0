"""A registry that runs jobs in this process when they are submitted, as far as it has room; the others wait."""

from concurrent.futures import Future
from typing import Any

from synth.core.run_context import RunContext
from synth.runs.workers.jobs import Jobs, Task


class AtOnce(Jobs):
    """Jobs without a cluster.

    Args:
        room: How many jobs are run before the rest is left waiting, as when the process ends; all by default.
    """

    def __init__(self, room: int | None = None) -> None:
        super().__init__()
        self._room = room

    def client(self) -> Any:
        return None

    def send(self, value: Any) -> Any:
        return value

    def _start(self, key: str, task: Task, *, starts_left: int = 1) -> None:
        attempt = self._book.begin_attempt(key)
        future: Future = Future()  # for whatever waits for it
        self._book.note_future(key, attempt, future)
        if self._room == 0:
            return
        self._room = None if self._room is None else self._room - 1
        try:
            needed = [self._input(part, None) for part in task.inputs]
            inputs = [part.result(0) if isinstance(part, Future) else part for part in needed]
            future.set_result(task.function(*inputs, RunContext(task.seed)))
        except Exception as failure:
            future.set_exception(failure)
        self._finished(key, attempt, future, task, 1)
