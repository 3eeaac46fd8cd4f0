"""Attacks in parallel: on all workers of the cluster that an audit runs on, or in processes of a shell's own."""

import multiprocessing
import os
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor
from concurrent.futures import wait as wait_for
from types import TracebackType
from typing import Any

from data.child_process import end_with_parent
from data.release import Release
from data.splits import Split
from synth.audit.attack import Attack, Baseline, Evidence
from synth.audit.audit import attack_once
from synth.core.run_context import RunContext
from synth.runs.workers import cluster

LOOK_S = 0.5
MAX_PROCESSES = 4
PRIORITY = 10  # before other audits, after what a person waits for (synth.runs.workers.jobs)


class Processes:
    """Processes of this machine that run attacks; they start with the first one and end with the block.

    Use as `with Processes() as on_processes: audit(..., each=on_processes)`.
    """

    def __enter__(self) -> "Processes":
        context = multiprocessing.get_context("spawn")  # TensorFlow does not survive a fork
        n_processes = min(os.cpu_count() or 1, MAX_PROCESSES)
        self._pool = ProcessPoolExecutor(
            n_processes, mp_context=context, initializer=end_with_parent, initargs=(os.getpid(),)
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=error is None, cancel_futures=True)

    def __call__(
        self, chosen: Sequence[Attack], split: Split, release: Release | None, context: RunContext
    ) -> Iterator[tuple[int, Baseline | Evidence]]:
        """Yield the number of each attack with what it found, in the order in which they end."""
        pending = {
            self._pool.submit(attack_once, attack, split, release, RunContext(context.seed)): number
            for number, attack in enumerate(chosen)
        }
        while pending:
            context.stop_if_asked()
            for future in wait_for(list(pending), timeout=LOOK_S, return_when=FIRST_COMPLETED).done:
                yield pending.pop(future), future.result()


def on_all_workers(
    chosen: Sequence[Attack], split: Split, release: Release | None, context: RunContext
) -> Iterator[tuple[int, Baseline | Evidence]]:
    """Yield the number of each attack with what it found, in the order in which they end.

    To be called in a task: while the others work, it gives its place on its worker to one of them.
    """
    from distributed import wait, worker_client

    with worker_client() as client:
        stop_name = uuid.uuid4().hex
        shared: Any = client.scatter([split, release], hash=False)  # of a client that waits
        workers = cluster.task_workers(client)
        pending = {
            client.submit(
                _attack, attack, *shared, context.seed, stop_name,
                pure=False, workers=workers, allow_other_workers=True, priority=PRIORITY,
            ): number
            for number, attack in enumerate(chosen)
        }  # fmt: skip
        try:
            while pending:
                context.stop_if_asked()
                try:
                    waited: Any = wait(list(pending), timeout=LOOK_S, return_when="FIRST_COMPLETED")
                except TimeoutError:
                    continue
                for future in waited.done:
                    yield pending.pop(future), future.result()
        finally:
            if pending:
                cluster.stop_flag(stop_name, client).set()
                client.cancel(list(pending))


def _attack(
    attack: Attack, split: Split, release: Release | None, seed: int, stop_name: str
) -> Baseline | Evidence:
    from distributed import get_client

    should_stop = cluster.polled(cluster.stop_flag(stop_name, get_client()), LOOK_S)
    return attack_once(attack, split, release, RunContext(seed, should_stop=should_stop))
