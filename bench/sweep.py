"""Time a strength sweep on one worker and on two: how much of the second one is used.

python -m bench.sweep [--data sample] [--mechanism noise] [--points 4]

Each time an outside scheduler with that many task workers is started on this machine, and all points are computed
anew. The worker that keeps models warm is another one, and takes over no points. TensorFlow is loaded before the
clock starts. The reference is measured once before.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from data.load import load
from data.windows import WindowSettings
from synth.core import env_vars
from synth.core.run_context import RunContext
from synth.mechanisms.base import mechanisms
from synth.runs import tasks
from synth.runs.explore import sweep
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import Study, study
from synth.runs.sweep import EFFORT, Point, points
from synth.runs.workers.certificates import make_certificates, security_from


@contextmanager
def outside_cluster(n_processes: int, folder: Path) -> Iterator[str]:
    """Run a scheduler and workers on this machine as anybody would on others; yield the scheduler's address."""
    command = [sys.executable, "-m", "synth", "cluster"]
    make_certificates(folder, days=1)
    with subprocess.Popen(
        [*command, "--certificates", str(folder), "--host", "127.0.0.1", "--port", "0"],
        stdout=subprocess.PIPE, text=True,
    ) as scheduler:  # fmt: skip
        address = cast(IO[str], scheduler.stdout).readline().split()[-1]
        there = ["--certificates", str(folder), "--join", address, "--host", "127.0.0.1"]
        with subprocess.Popen([*command, *there, "--workers", str(n_processes)]) as workers:
            try:
                yield address
            finally:
                workers.terminate()
                scheduler.terminate()


def seconds(n_workers: int, question: Study, asked: list[Point], reference_json: str) -> tuple[float, float]:
    """Return the wall seconds of a sweep on `n_workers`, and the mean seconds of its points."""
    from distributed import Client

    from synth.keras_support.tensorflow_backend import device

    os.environ["DASK_DISTRIBUTED__SCHEDULER__WORK_STEALING"] = "False"
    n_processes = n_workers if n_workers == 1 else n_workers + 1  # a single worker is its own warm one
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with outside_cluster(n_processes, folder / "certificates") as address:
            os.environ.update(PENUMBRA_SCHEDULER=address, PENUMBRA_CERTIFICATES=str(folder / "certificates"))
            with Client(address, security=security_from(folder / "certificates", "client")) as client:
                client.wait_for_workers(n_processes)
                client.run(device)
            repository = Repository(Store(folder / "home"))
            repository.keep_reference(question, EFFORT, reference_json)
            began = time.perf_counter()
            measured, errors = sweep(question, asked, repository)
            took = time.perf_counter() - began
        assert len(measured) == len(asked), errors
        each = [card["seconds"] for card in repository.points(question).values()]
    return took, sum(each) / len(each)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="sample")
    parser.add_argument("--mechanism", default="noise")
    parser.add_argument("--points", type=int, default=4)
    options = parser.parse_args()
    assert env_vars.scheduler() is None, "PENUMBRA_SCHEDULER is set; this starts schedulers of its own"
    question = study(load(options.data), WindowSettings(), seed=0)
    mechanism = mechanisms()[options.mechanism]()
    asked = points({mechanism: mechanism.dial.steps}, range(options.points))[: options.points]
    reference_json = tasks.refer(question.split, EFFORT, RunContext(question.seed))
    took = {}
    for n_workers in (1, 2):
        load_before = os.getloadavg()[0]
        took[n_workers], each = seconds(n_workers, question, asked, reference_json)
        print(
            f"{len(asked)} points of {options.mechanism} on {n_workers} worker(s): {took[n_workers]:.1f} s, "
            f"{each:.1f} s a point; load of the machine before: {load_before:.1f} on {os.cpu_count()} cores",
            flush=True,
        )
    print(f"two workers are {took[1] / took[2]:.2f} x one")


if __name__ == "__main__":
    main()
