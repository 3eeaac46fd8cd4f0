"""Memory of this machine: that of the container or service, where one limits it."""

from pathlib import Path

import psutil
import pytest

from synth.core import machine
from synth.runs.workers import cluster

GB = 2**30


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with 64 GB, whose control groups are files in a folder."""
    monkeypatch.setattr(machine, "CGROUP", tmp_path / "cgroup")
    monkeypatch.setattr(machine, "OWN_CGROUP", tmp_path / "own")
    monkeypatch.setattr(psutil, "virtual_memory", lambda: type("Memory", (), {"total": 64 * GB}))
    return tmp_path


def limit(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n")


def test_without_limits_it_is_the_machines(groups):
    assert machine.memory_bytes() == 64 * GB
    limit(groups / "own", "0::/user.slice/app")
    limit(groups / "cgroup" / "user.slice" / "app" / "memory.max", "max")
    assert machine.memory_bytes() == 64 * GB


def test_the_lowest_limit_of_any_group_around_counts(groups):
    limit(groups / "own", "0::/user.slice/app")
    limit(groups / "cgroup" / "user.slice" / "app" / "memory.max", str(9 * GB))
    limit(groups / "cgroup" / "user.slice" / "memory.max", str(5 * GB))
    assert machine.memory_bytes() == 5 * GB


def test_in_a_container_the_group_is_the_root(groups):
    limit(groups / "own", "0::/")
    limit(groups / "cgroup" / "memory.max", str(2 * GB))
    assert machine.memory_bytes() == 2 * GB


def test_the_first_version_of_control_groups_is_known(groups):
    limit(groups / "own", "5:cpu:/other\n4:memory:/docker/1")
    limit(groups / "cgroup" / "memory" / "docker" / "1" / "memory.limit_in_bytes", str(3 * GB))
    assert machine.memory_bytes() == 3 * GB


@pytest.mark.parametrize(("gigabytes", "n_workers"), [(4, 1), (8, 1), (12, 2), (16, 3), (64, 4)])
def test_there_are_fewer_workers_where_memory_is_short(groups, monkeypatch, gigabytes, n_workers):
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    limit(groups / "own", "0::/")
    limit(groups / "cgroup" / "memory.max", str(gigabytes * GB))
    assert cluster.own_task_workers() == n_workers
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert cluster.own_task_workers() == min(2, n_workers)
