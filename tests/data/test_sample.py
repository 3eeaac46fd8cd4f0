import subprocess
import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from data import sample
from data.errors import RecordingError


def test_counts_are_those_of_the_published_set(sample_recordings):
    samples = sample_recordings.samples
    assert len(sample_recordings.subjects) == 10
    assert sample_recordings.activities == [
        "abduction",
        "external rotation",
        "forward elevation",
        "internal rotation",
        "pendulum",
        "trapezius extension",
        "upright row",
    ]
    assert samples["series"].nunique() == 140
    assert set(samples["trial"]) == {"left", "right"}
    assert len(samples) == 244_102
    assert sample_recordings.duration_s == pytest.approx(81.4 * 60, rel=1e-3)


def test_values_are_those_of_the_file(sample_recordings):
    path = Path(find_spec("seglearn").origin).parent / "data" / "watch_dataset.npy"
    stored = np.load(path, allow_pickle=True).item()
    i = 17
    activity = sample.EXERCISES[stored["y_labels"][stored["y"][i]]]
    side = "right" if stored["side"][i] == 1 else "left"
    series = sample_recordings.samples.query(
        f"subject == 'P{stored['subject'][i]:02d}' and activity == '{activity}' and trial == '{side}'"
    )
    np.testing.assert_array_equal(series[list(sample.CHANNELS)], stored["X"][i].astype(np.float32))
    np.testing.assert_allclose(series["t"], np.arange(len(series)) / 50)


def test_units_fit_the_values(sample_recordings):
    """At rest in this set the watch feels gravity: the median acceleration vector is about 1 g."""
    acceleration = sample_recordings.samples[["acc_x", "acc_y", "acc_z"]].to_numpy()
    assert 0.9 < np.median(np.linalg.norm(acceleration, axis=1)) < 1.1


def test_another_file_is_never_unpickled(tmp_path, monkeypatch):
    fake = tmp_path / "data" / "watch_dataset.npy"
    fake.parent.mkdir()
    fake.write_bytes(b"cos\nsystem\n(S'touch /tmp/never'\ntR.")
    spec = ModuleSpec("seglearn", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(sample, "find_spec", lambda name: spec)
    with pytest.raises(RecordingError, match=r"an unexpected checksum.*pip install"):
        sample.load_sample()


def test_a_missing_package_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(sample, "find_spec", lambda name: None)
    with pytest.raises(RecordingError, match=r"seglearn is not installed.*pip install"):
        sample.load_sample()


def test_a_missing_file_says_how_to_get_it(tmp_path, monkeypatch):
    spec = ModuleSpec("seglearn", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(sample, "find_spec", lambda name: spec)
    with pytest.raises(RecordingError, match=r"cannot be read.*pip install"):
        sample.load_sample()


def test_seglearn_itself_is_not_imported():
    code = "import sys; from data.sample import load_sample; load_sample(); print('seglearn' in sys.modules)"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
