"""The whole what-if: nothing is computed twice, the same seed gives the same report, the shell says the same."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from data.splits import cut_by_time, cut_by_trial
from data.windows import WindowSettings
from data.writers import read_release, write_recordings
from synth import tasks
from synth.__main__ import main
from synth.audit.report import Report
from synth.explore import explore
from synth.mechanisms.granularity import Granularity
from synth.mechanisms.noise import Noise
from synth.shelf import Shelf
from synth.store import Store
from synth.study import study

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def recordings(small_recordings):
    return small_recordings


@pytest.fixture
def question(recordings):
    return study(recordings, WindowSettings(), seed=0)


@pytest.fixture
def shelf(measured_home, tmp_path):
    """A shelf on which noise was made and measured."""
    shutil.copytree(measured_home, tmp_path / "home")
    return Shelf(Store(tmp_path / "home"))


def test_the_same_question_is_answered_from_the_shelf(question, shelf, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("computed twice")

    for name in ("make", "refer", "measure"):
        monkeypatch.setattr(tasks, name, refuse)
    release, report = explore(question, Noise(), shelf)
    assert report.name == release.name == Noise().label()
    with pytest.raises(AssertionError, match="computed twice"):
        explore(question, Noise(strength=0.1), shelf)


def test_another_setting_is_another_question(question, shelf):
    keys = {question.release_key(Noise(strength=s)) for s in (0.1, 0.2)}
    keys.add(question.release_key(Granularity()))
    assert len(keys) == 3


@pytest.mark.slow
def test_the_same_seed_gives_the_same_report_on_another_shelf(recordings, tmp_path):
    def ask(folder, seed):
        shelf = Shelf(Store(tmp_path / folder))
        return explore(study(recordings, WindowSettings(), seed=seed), Noise(strength=0.5), shelf)[1]

    assert ask("one", 0).to_json() == ask("two", 0).to_json()
    assert ask("one", 1).to_json() != ask("one", 0).to_json()


def test_deleting_a_release_deletes_its_model_and_report(question, shelf):
    (key,) = shelf.releases(question)
    shelf.delete_release(question, key)
    assert shelf.releases(question) == {}
    assert shelf.models(question) == {}
    assert shelf.reports(question) == {}


def test_what_is_shared_does_not_list_the_private_windows(question, shelf):
    (key,) = shelf.releases(question)
    shared = read_release(shelf.shareable(key), name="shared")
    assert len(shared.windows) == len(question.split.fit)
    assert shared.source is None


@pytest.mark.slow
def test_shell_explore_then_audit_of_its_release(recordings, tmp_path, capsys):
    data = tmp_path / "toy.parquet"
    write_recordings(recordings, data)
    shell = ["--data", str(data), "--store", str(tmp_path / "home"), "--seed", "0"]
    assert (
        main(["explore", "--mechanism", "noise", "--provenance", "--out", str(tmp_path / "a"), *shell]) == 0
    )
    files = {"report.json", "report.html", "release.parquet", "private_provenance.parquet"}
    assert {path.name for path in (tmp_path / "a").iterdir()} == files
    assert read_release(tmp_path / "a" / "release.parquet").source is None
    out, err = capsys.readouterr()
    assert "reidentification" in out
    assert "noise" in err.lower()
    audited = [
        "--real",
        str(data),
        "--release",
        str(tmp_path / "a" / "private_provenance.parquet"),
        "--seed",
        "0",
    ]
    assert main(["audit", *audited, "--out", str(tmp_path / "b")]) == 0
    explored, measured = (
        Report.from_json((tmp_path / folder / "report.json").read_text()) for folder in ("a", "b")
    )
    assert measured.results == explored.results


@pytest.mark.slow
def test_shell_measures_what_the_library_measures(recordings, tmp_path):
    data = tmp_path / "toy.parquet"
    write_recordings(recordings, data)
    shell = ["--data", str(data), "--store", str(tmp_path / "home"), "--out", str(tmp_path / "out")]
    assert main(["explore", "--mechanism", "granularity", *shell]) == 0
    by_shell = json.loads((tmp_path / "out" / "report.json").read_text())
    question = study(recordings, WindowSettings(), seed=0)
    _, report = explore(question, Granularity(), Shelf(Store(tmp_path / "other")))
    assert by_shell["results"] == json.loads(report.to_json())["results"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["explore", "--data", "nowhere.csv", "--out", "OUT"], "nowhere.csv"),
        (["explore", "--mechanism", "magic", "--out", "OUT"], "no mechanism 'magic'"),
        (["explore", "--window", "-1", "--out", "OUT"], "window"),
        (["explore", "--window", "inf", "--out", "OUT"], "window"),
        (["audit", "--real", "sample", "--release", "nowhere.parquet", "--out", "OUT"], "nowhere.parquet"),
    ],
)
def test_bad_input_is_exit_code_2_and_one_sentence(arguments, said, tmp_path, capsys):
    out = tmp_path / "out"
    assert main([str(out) if a == "OUT" else a for a in arguments]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err
    assert not out.exists()


def test_the_module_runs_from_a_shell():
    run = subprocess.run(
        [sys.executable, "-m", "synth", "--help"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0
    assert "explore" in run.stdout


def test_an_audit_of_a_shared_file_knows_that_times_are_unknown(question, shelf):
    (key,) = shelf.releases(question)
    shared = read_release(shelf.shareable(key), name="shared").windows
    before, after = cut_by_time(shared)
    for person in shared.subjects:
        for activity in shared.activities:
            of = np.flatnonzero((shared.subject == person) & (shared.activity == activity))
            early, late = np.intersect1d(of, before), np.intersect1d(of, after)
            assert len(early) == 0 or len(late) == 0 or late.min() - early.max() > 9
    assert cut_by_trial(shared) is None
