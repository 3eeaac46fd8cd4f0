"""A cluster of other machines (here: other processes), over TLS: same figures, a loss survived, nobody else let in."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.child_process import path_with_project
from data.windows import WindowSettings
from synth.audit.report import Report
from synth.core.errors import JobError
from synth.mechanisms.rules.noise import Noise
from synth.runs.explore import sweep
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import study
from synth.runs.sweep import points
from synth.runs.workers import outside
from synth.runs.workers.certificates import make_certificates, security_from
from synth.runs.workers.cluster import Connection
from synth.runs.workers.jobs import Jobs
from tests.synth.runs import job_tasks
from tests.waiting import wait_until

N_WORKERS = 3


class Cluster:
    """A scheduler and workers, started by the commands of the documentation."""

    def __init__(self, certificates: Path) -> None:
        self.certificates = certificates
        own = str(certificates / "scheduler")
        self._scheduler = self._start("--certificates", own, "--host", "127.0.0.1", "--port", "0")
        assert self._scheduler.stdout is not None
        self.address = self._scheduler.stdout.readline().split()[-1]
        self.workers = [self.start_worker() for _ in range(N_WORKERS)]

    def start_worker(self, project: Path | None = None) -> subprocess.Popen:
        own = str(self.certificates / "worker")
        return self._start(
            "--certificates", own, "--join", self.address, "--host", "127.0.0.1", project=project
        )

    def _start(self, *arguments: str, project: Path | None = None) -> subprocess.Popen:
        path = str(project) if project else path_with_project()
        return subprocess.Popen(
            [sys.executable, "-m", "synth", "cluster", *arguments],
            env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True, cwd=project,
        )  # fmt: skip

    def end(self) -> None:
        for process in (*self.workers, self._scheduler):
            process.terminate()
        for process in (*self.workers, self._scheduler):
            process.wait()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates") / "made"
    make_certificates(folder, days=2)
    return folder


@pytest.fixture(scope="module")
def running(certificates: Path) -> Iterator[Cluster]:
    started = Cluster(certificates)
    yield started
    started.end()


@pytest.fixture
def used(running: Cluster, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    monkeypatch.setenv("PENUMBRA_SCHEDULER", running.address)
    monkeypatch.setenv("PENUMBRA_CERTIFICATES", str(running.certificates / "client"))
    return running


def refused() -> str:
    with pytest.raises(JobError) as caught:
        Connection().client()
    return str(caught.value)


@pytest.mark.slow
def test_a_sweep_gives_the_figures_of_this_machine_though_a_worker_is_lost(
    used, small_recordings, tmp_path, monkeypatch
):
    question = study(small_recordings, WindowSettings(), seed=0)
    asked = points({Noise(): [2.0]}, [0])
    afar = Repository(Store(tmp_path / "afar"))
    kill_one = threading.Timer(5, used.workers[0].kill)
    kill_one.start()
    found, errors = sweep(question, asked, afar)
    kill_one.join()
    assert used.workers[0].wait() != 0
    if errors:  # what ran on the worker that was killed is reported; whoever asks again gets the rest
        assert all("worker process ended" in error for error in errors)
        found, errors = sweep(question, asked, afar)
    assert errors == []
    monkeypatch.delenv("PENUMBRA_SCHEDULER")
    here, _ = sweep(question, asked, Repository(Store(tmp_path / "here")))
    assert len(here) == len(asked)
    assert {p: _figures(report) for p, report in found.items()} == {
        p: _figures(report) for p, report in here.items()
    }


@pytest.mark.slow
def test_jobs_run_there_and_not_here(used):
    jobs, landed = Jobs(), []
    jobs.submit(job_tasks.parent, key="who", owner="me", title="who", topic="train", on_result=landed.append)
    wait_until(lambda: not jobs.get("who").active)
    jobs.close()
    assert landed[0] in [process.pid for process in used.workers]


@pytest.mark.slow
def test_without_a_certificate_of_the_cluster_nobody_gets_in(used, tmp_path, monkeypatch):
    monkeypatch.delenv("PENUMBRA_CERTIFICATES")
    assert "PENUMBRA_CERTIFICATES does not name" in refused()
    make_certificates(tmp_path / "foreign", days=2)
    monkeypatch.setenv("PENUMBRA_CERTIFICATES", str(tmp_path / "foreign" / "client"))
    assert "cannot be used" in refused()
    port = used.address.rsplit(":", 1)[-1]
    command = [sys.executable, "-m", f"{__package__}.intruder", port]
    environment = {**os.environ, "PYTHONPATH": path_with_project()}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    answers = json.loads(ran.stdout.splitlines()[-1])["found"][port]
    assert len(answers) == 6
    assert all(
        answer.startswith(("nothing", "b'\\x15\\x03")) or answer == "b''" for answer in answers.values()
    )


@pytest.mark.slow
def test_workers_with_other_code_are_refused_by_name(used, tmp_path):
    other = tmp_path / "other"
    for room in ("data", "synth"):
        shutil.copytree(outside.PROJECT / room, other / room)
    with (other / "synth" / "core" / "program.py").open("a") as file:
        file.write("\nEDITED = True\n")
    stranger = used.start_worker(other)
    try:
        wait_until(
            lambda: "other code of Penumbra is installed for the workers at tls://127.0.0.1" in _said()
        )
    finally:
        stranger.terminate()
        stranger.wait()


def test_unencrypted_clusters_are_refused(monkeypatch):
    monkeypatch.setenv("PENUMBRA_SCHEDULER", "tcp://192.0.2.1:8786")
    assert "anybody in the network could read the recordings" in refused()


def test_certificates_are_for_their_owner_only_and_never_replaced(certificates):
    made = [path for path in certificates.rglob("*") if path.is_file()]
    assert sorted({path.name for path in made}) == ["ca.pem", "own.pem"]
    if os.name == "posix":
        assert {path.stat().st_mode & 0o077 for path in (certificates, *certificates.rglob("*"))} == {0}
    with pytest.raises(JobError, match="already"):
        make_certificates(certificates, days=2)


def test_certificates_that_others_can_read_or_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(JobError, match=r"ca\.pem is missing"):
        security_from(tmp_path, "client")
    if os.name == "posix":
        make_certificates(tmp_path / "open", days=2)
        (tmp_path / "open" / "client" / "own.pem").chmod(0o644)
        with pytest.raises(JobError, match="chmod 600"):
            security_from(tmp_path / "open", "client")


def _figures(report: Report) -> dict:
    card = json.loads(report.to_json())
    return {part: card[part] for part in ("results", "verdicts", "headlines")}


def _said() -> str:
    """Return what is said to whoever connects; nothing if they are let in."""
    connection = Connection()
    try:
        connection.client()
    except JobError as error:
        return str(error)
    connection.close()
    return ""
