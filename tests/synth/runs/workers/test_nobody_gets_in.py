"""What another user of this machine finds of the embedded cluster, and what is left when its owner is killed."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from data.child_process import path_with_project
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="Unix users")]
SECRET = "PRIVATE KEY"


class Owner:
    """A process with a cluster and readers at work, and all that it started."""

    def __init__(self, folder: Path) -> None:
        self.temporary, self.home = folder / "temporary", folder / "home"
        self.temporary.mkdir()
        self.home.mkdir()
        (folder / "upload").mkdir()
        environment = {
            **os.environ,
            "TMPDIR": str(self.temporary),
            "HOME": str(self.home),
            "PENUMBRA_HOME": str(self.home / "penumbra"),
            "PYTHONPATH": path_with_project(),
        }
        command = [sys.executable, "-m", f"{__package__}.owner", str(folder / "upload")]
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"
        self.children = psutil.Process(self.process.pid).children(recursive=True)

    @property
    def listening(self) -> dict[int, str]:
        """The port and address of everything that listens."""
        everything = [psutil.Process(self.process.pid), *self.children]
        found = [one for process in everything for one in process.net_connections("inet")]
        return {one.laddr.port: one.laddr.ip for one in found if one.status == psutil.CONN_LISTEN}

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def owner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owner]:
    mask = os.umask(0o022)  # the usual one, which lets others read
    started = Owner(tmp_path_factory.mktemp("owner"))
    os.umask(mask)
    yield started
    started.kill()


def test_only_scheduler_nannies_and_workers_listen_and_only_to_this_machine(owner):
    servers = [process for process in owner.children if "workers._server" in " ".join(process.cmdline())]
    n_workers = len(servers) - 1
    assert n_workers >= 2
    # One port each: a scheduler, the nannies and their workers. There is none for HTTP.
    assert len(owner.listening) == 1 + 2 * n_workers
    assert set(owner.listening.values()) == {"127.0.0.1"}


def test_another_user_gets_nothing_out_of_any_port(owner):
    command = [sys.executable, "-m", f"{__package__}.intruder", *map(str, owner.listening)]
    environment = {**os.environ, "PYTHONPATH": path_with_project()}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    said = json.loads(ran.stdout.splitlines()[-1])
    assert os.geteuid() != 0 or said["user"] != 0
    assert len(said["found"]) == len(owner.listening)
    for port, ways in said["found"].items():
        assert {way: answer for way, answer in ways.items() if not _is_nothing(answer)} == {}, port


def test_keys_are_on_no_command_line_in_no_environment_and_in_no_file(owner):
    for process in [psutil.Process(owner.process.pid), *owner.children]:
        assert SECRET not in " ".join(process.cmdline())
        assert SECRET not in str(process.environ())
    for path in (*owner.temporary.rglob("*"), *owner.home.rglob("*")):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path


def test_others_can_read_no_file_that_was_made(owner):
    made = [*owner.temporary.iterdir(), *owner.home.iterdir()]
    assert made != []
    assert {path: oct(path.stat().st_mode) for path in made if path.stat().st_mode & 0o077} == {}


@pytest.mark.timeout(120)
def test_everything_ends_when_its_owner_is_killed_and_leaves_nothing(tmp_path):
    owner = Owner(tmp_path)
    modules = " ".join(" ".join(process.cmdline()) for process in owner.children)
    assert all(name in modules for name in ("workers._server", "formats._subprocess", "upload_process"))
    owner.kill()
    wait_until(lambda: not any(_is_there(process) for process in owner.children))
    assert [path for path in owner.temporary.iterdir() if path.name.startswith("penumbra-workers")] == []


def _is_nothing(answer: str) -> bool:
    """Return whether an answer says nothing: no bytes, or TLS's own refusal (record type 21)."""
    return answer.startswith(("nothing", "b'\\x15\\x03")) or answer == "b''"


def _is_there(process: psutil.Process) -> bool:
    try:
        return (
            process.status() != psutil.STATUS_ZOMBIE
        )  # it has ended; whoever inherited it has yet to notice
    except psutil.NoSuchProcess:
        return False
