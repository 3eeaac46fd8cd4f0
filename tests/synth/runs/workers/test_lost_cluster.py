"""Scheduler or nannies are lost: work goes on without a restart of the app, and is never said to have been stopped."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from synth.core import machine
from synth.core.errors import JobError
from synth.core.run_context import RunContext
from synth.imputers.linear import LinearInterpolation
from synth.runs.workers import cluster
from synth.runs.workers.jobs import Asked, Jobs
from synth.runs.workers.warm_models import Warm, WarmImputer
from tests.synth.runs import job_tasks
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]


@pytest.fixture(scope="module")
def jobs() -> Iterator[Jobs]:
    registry = Jobs()
    yield registry
    registry.close()


@pytest.fixture
def landed(jobs: Jobs) -> list:
    jobs.forget_owner("me")
    return []


def submit(jobs, function, *inputs, key, landed, **more):
    return jobs.submit(
        function, *inputs, key=key, owner="me", title=key, topic="train", on_result=landed.append, **more
    )


def wait(jobs, key):
    wait_until(lambda: not jobs.get(key).active)
    return jobs.get(key)


def running(jobs, key):
    wait_until(lambda: jobs.get(key).status == "running")


def lose_scheduler(jobs):
    os.kill(jobs.client().run_on_scheduler(os.getpid), signal.SIGKILL)


def lose_nannies(jobs):
    for pid in jobs.client().run(os.getpid, nanny=True).values():
        os.kill(pid, signal.SIGKILL)


def test_what_runs_and_what_waits_is_done_after_the_scheduler_was_lost(jobs, landed, tmp_path):
    gate = tmp_path / "gate"
    keys = [f"gated {i}" for i in range(3 + len(cluster.task_workers(jobs.client())))]
    for key in keys:
        submit(jobs, job_tasks.wait_for_file, str(gate), key=key, landed=landed)
    running(jobs, keys[0])
    old = jobs.client()
    lose_scheduler(jobs)
    wait_until(lambda: jobs.started and jobs.client() is not old)
    gate.write_text("open")
    assert [wait(jobs, key).status for key in keys] == ["done"] * len(keys)
    assert landed == ["open"] * len(keys)


def test_what_waits_is_done_after_all_nannies_were_lost(jobs, landed, tmp_path):
    n_workers = len(cluster.task_workers(jobs.client())) + 1
    keys = [f"queued {i}" for i in range(3 * n_workers)]
    for key in keys:
        submit(jobs, job_tasks.slow_add, 1, 1, key=key, landed=landed)
    running(jobs, keys[0])
    lose_nannies(jobs)
    ended = [wait(jobs, key) for key in keys]
    # What ran on them is reported: it may have been what took the memory. What waited is done: the last ones, surely.
    assert {job.status for job in ended} <= {"done", "failed"}
    assert {job.status for job in ended[-n_workers:]} == {"done"}
    assert all("worker process ended" in job.error for job in ended if job.status == "failed")


def test_what_was_asked_to_stop_is_not_started_again(jobs, landed):
    submit(jobs, job_tasks.slow_add, 1, 1, key="before", landed=landed)
    wait(jobs, "before")
    submit(jobs, job_tasks.wait_for_file, "/nowhere", key="stopping", landed=landed)
    running(jobs, "stopping")
    lose_scheduler(jobs)
    jobs.stop("stopping")
    assert wait(jobs, "stopping").status == "stopped"
    assert landed == [2]


def test_everything_of_an_owner_can_be_forgotten_while_there_is_no_scheduler(jobs, landed):
    for i in range(5):
        submit(jobs, job_tasks.count_for_ever, key=f"ever {i}", landed=landed)
    running(jobs, "ever 0")
    lose_scheduler(jobs)
    jobs.forget_owner("me")
    assert jobs.of("me") == []
    submit(jobs, job_tasks.add, 2, 2, key="afterwards", landed=landed)
    assert wait(jobs, "afterwards").status == "done"
    assert landed == [4]


def test_inputs_that_were_lost_are_asked_for_again(jobs, landed, tmp_path):
    gate = tmp_path / "gate"
    needed: list = []

    def ask():
        return needed[0] if needed else submit(jobs, job_tasks.add, 20, 1, key="needed", landed=needed)

    submit(jobs, job_tasks.add, Asked(ask), 1, key="first", landed=landed)
    assert wait(jobs, "first").status == "done"
    held = [submit(jobs, job_tasks.wait_for_file, str(gate), key=f"held {i}", landed=[]) for i in range(6)]
    submit(jobs, job_tasks.add, Asked(ask), 2, key="second", landed=landed)
    lose_scheduler(jobs)
    gate.write_text("open")
    assert wait(jobs, "second").status == "done"
    assert [wait(jobs, job.key).status for job in held] == ["done"] * 6
    assert (needed, landed) == ([21], [22, 23])


def test_warm_models_answer_again(jobs, toy_windows):
    values = toy_windows.values[:5]
    mask = np.random.default_rng(0).random(values.shape) > 0.3
    cold = LinearInterpolation().fit(toy_windows, RunContext(0))
    imputer = WarmImputer(Warm(jobs), "model", cold.learner.card(), cold.to_bytes())
    expected = cold.impute(values, mask, n_draws=2, seed=0)
    np.testing.assert_array_equal(imputer.impute(values, mask, n_draws=2, seed=0), expected)
    lose_scheduler(jobs)
    np.testing.assert_array_equal(imputer.impute(values, mask, n_draws=2, seed=0), expected)


def test_memory_of_all_workers_is_less_than_the_machine_has(jobs):
    limits = jobs.client().run(job_tasks.memory_limit).values()
    assert len(limits) == len(cluster.task_workers(jobs.client())) + 1
    assert 0 < sum(limits) <= 0.8 * machine.memory_bytes()


def test_a_cluster_leaves_no_folder(jobs, landed, monkeypatch, tmp_path: Path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    connection = cluster.Connection()
    made = connection.client().run(job_tasks.make_private_folder)
    assert len(made) >= 2
    assert all(Path(folder).is_dir() for folder in made.values())
    assert len(list(tmp_path.glob("penumbra-workers-*"))) == 1
    connection.close()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_nothing_can_be_written_to_is_said_in_words(monkeypatch, tmp_path: Path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(JobError, match=r"could not be started: .*gone.* free some space on the disk"):
        cluster.Connection().client()
