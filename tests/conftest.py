"""Fixtures shared by all tests. What they hold is made in `tests/toy.py` or comes with the sample."""

import functools
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner

import synth.audit.audit
from data.recordings import Recordings
from data.sample import load_sample
from data.splits import Split
from data.windows import Windows, WindowSettings
from synth.audit.attack import Attack, attacks
from synth.audit.models.classifiers import fit_forest
from synth.audit.report import Effort
from synth.mechanisms.rules.noise import Noise
from synth.runs.explore import explore
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import study
from tests.nothing_skipped import pytest_make_collect_report, pytest_runtest_makereport  # noqa: F401, hooks
from tests.toy import make_recordings, make_split, make_windows


def pytest_collection_finish() -> None:
    """Collecting has to be quick: TensorFlow alone takes as long as all the rest."""
    if "tensorflow" in sys.modules:
        raise pytest.UsageError(
            "A test file loads TensorFlow when it is imported. Import it inside the tests."
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no test process waits for another one at the end.

    It needs xdist's `--no-loadscope-reorder`: by itself it begins with the files that hold most tests.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    browser = {item.path for item in items if item.get_closest_marker("browser")}
    items.sort(key=lambda item: (item.path not in browser, item.path not in slow))


@pytest.fixture(scope="session", autouse=True)
def packages_read_once() -> Iterator[None]:
    """Have Streamlit look for components among the installed packages once, not for each of a thousand opened pages."""
    with pytest.MonkeyPatch.context() as patch:
        scan = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(scope="session")
def toy_windows() -> Windows:
    """Four people, three activities, 20 s each at 50 Hz, six channels; windows of 128 samples."""
    return make_windows()


@pytest.fixture(scope="session")
def toy_split() -> Split:
    """Four people, three activities, 40 s each; one person held out."""
    return make_split()


@pytest.fixture(scope="session")
def sample_recordings() -> Recordings:
    """The real recordings that come with the app."""
    return load_sample()


@pytest.fixture(scope="session")
def small_recordings() -> Recordings:
    """Five people, two activities, 30 s each at 25 Hz, three channels."""
    return make_recordings(n_subjects=5, n_activities=2, seconds_per_series=30, rate_hz=25, n_channels=3)


@pytest.fixture(scope="module")
def without_networks() -> Iterator[None]:
    """Leave the neural attackers out of whole audits: their own tests and the journey show what they do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synth.audit.audit, "attacks", _without_networks)
        yield


@pytest.fixture
def light_attackers(without_networks: None) -> Iterator[None]:
    """Grow few trees, too, where it does not matter how strong attackers are (in this process only)."""
    with pytest.MonkeyPatch.context() as patch:
        _grow_few_trees(patch)
        yield


def _grow_few_trees(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(fit_forest.__kwdefaults__, "n_trees", 20)


def _without_networks(effort: Effort | None = None) -> tuple[Attack, ...]:
    return tuple(
        a for a in attacks(effort) if not a.attacker.startswith(("convolutional", "LSTM", "a network"))
    )


@pytest.fixture(scope="session")
def measured_home(small_recordings: Recordings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the small recordings were loaded and noise was made and measured. Copy it, do not write."""
    repository = Repository(Store(tmp_path_factory.mktemp("measured") / "home"))
    repository.store.write_workspace({"recordings": repository.keep_recordings(small_recordings)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synth.audit.audit, "attacks", _without_networks)
        _grow_few_trees(patch)
        explore(study(small_recordings, WindowSettings(), seed=0), Noise(), repository)
    return repository.store.root
