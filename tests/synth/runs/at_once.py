"""A registry that runs jobs in this process when they are submitted, as far as it has room; the others wait."""

from collections import deque
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from synth.core.run_context import RunContext
from synth.runs.jobs import Jobs


class AtOnce(Jobs):
    """Jobs without a cluster.

    Args:
        room: How many jobs are run before the rest is left waiting, as when the process ends; all by default.
    """

    def __init__(self, room: int | None = None) -> None:
        super().__init__()
        self._room = room

    def send(self, value: Any) -> Any:
        return value

    def stop(self, key: str) -> None:
        if self._jobs[key].active:
            self._jobs[key] = replace(self._jobs[key], status="stopped")

    def _start(self, key, function, inputs, seed, on_result, *, starts_left=1) -> None:
        self._ids[key], self._progress[key] = key, deque()
        if self._room == 0:
            self._futures[key] = Future()  # for whatever waits for it
            return
        self._room = None if self._room is None else self._room - 1
        future = Future()
        try:
            future.set_result(function(*inputs, RunContext(seed)))
        except Exception as failure:
            future.set_exception(failure)
        self._finished(key, key, future, on_result, None)
