"""The whole what-if: nothing is computed twice, the same seed gives the same report, the shell says the same."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.export.files import read_release, write_recordings, write_release
from data.export.sharing import Sharing
from data.release import Release
from data.splits import cut_by_time, cut_by_trial
from data.windows import WindowSettings, concatenate, cut_windows
from synth.__main__ import main
from synth.audit.reidentification.base import AVERAGED, INFORMED
from synth.audit.reidentification.forest import ForestReidentification
from synth.audit.report import Report
from synth.core.errors import TrainingError
from synth.core.run_context import RunContext
from synth.editing.recipe import Recipe, RecipeStep
from synth.editing.selection import Selection
from synth.mechanisms.rules.granularity import Granularity
from synth.mechanisms.rules.noise import Noise
from synth.runs import tasks
from synth.runs.explore import edit, explore, measure
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import study
from synth.shell.outputs import write_comparison
from tests.synth.audit import planted
from tests.synth.reporting.reports import three
from tests.toy import make_recordings

PROJECT = Path(__file__).parents[3]
pytestmark = pytest.mark.usefixtures("without_networks")


@pytest.fixture
def recordings(small_recordings):
    return small_recordings


@pytest.fixture
def question(recordings):
    return study(recordings, WindowSettings(), seed=0)


@pytest.fixture
def repository(measured_home, tmp_path):
    """A repository on which noise was made and measured."""
    shutil.copytree(measured_home, tmp_path / "home")
    return Repository(Store(tmp_path / "home"))


def test_the_same_question_is_answered_from_the_shelf(question, repository, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("computed twice")

    for name in ("make", "refer", "measure"):
        monkeypatch.setattr(tasks, name, refuse)
    release, report = explore(question, Noise(), repository)
    assert report.name == release.name == Noise().label()
    with pytest.raises(AssertionError, match="computed twice"):
        explore(question, Noise(strength=0.1), repository)


def test_another_setting_is_another_question(question, repository):
    keys = {question.keys.release(Noise(strength=s)) for s in (0.1, 0.2)}
    keys.add(question.keys.release(Granularity()))
    assert len(keys) == 3


@pytest.mark.slow
@pytest.mark.usefixtures("light_attackers")
def test_the_same_seed_gives_the_same_report_on_another_shelf(recordings, tmp_path):
    def ask(folder, seed):
        repository = Repository(Store(tmp_path / folder))
        return explore(study(recordings, WindowSettings(), seed=seed), Noise(strength=0.5), repository)[1]

    assert ask("one", 0).to_json() == ask("two", 0).to_json()
    assert ask("one", 1).to_json() != ask("one", 0).to_json()


def test_deleting_a_release_deletes_its_model_and_report(question, repository):
    (key,) = repository.releases(question)
    repository.delete_release(question, key)
    assert repository.releases(question) == {}
    assert repository.models(question) == {}
    assert repository.reports(question) == {}


def test_what_is_shared_does_not_list_the_private_windows(question, repository):
    (key,) = repository.releases(question)
    shared = read_release(repository.shareable(key, Sharing(repository.code_list(question))), name="shared")
    assert len(shared.windows) == len(question.split.fit)
    assert shared.source is None


@pytest.mark.slow
@pytest.mark.usefixtures("light_attackers")
def test_shell_explore_then_audit_of_its_release(recordings, tmp_path, capsys):
    data = tmp_path / "toy.parquet"
    write_recordings(recordings, data)
    shell = ["--data", str(data), "--store", str(tmp_path / "home"), "--seed", "0"]
    assert (
        main(["explore", "--mechanism", "noise", "--provenance", "--out", str(tmp_path / "a"), *shell]) == 0
    )
    files = {"report.json", "report.html", "data_card.md", "release.parquet"}
    files |= {"private_provenance.parquet", "private_report.json", "private_report.html"}
    assert {path.name for path in (tmp_path / "a").iterdir()} == files
    assert read_release(tmp_path / "a" / "release.parquet").source is None
    out, err = capsys.readouterr()
    assert "People recognised" in out
    assert "noise" in err.lower()
    audited = [
        "--real",
        str(data),
        "--release",
        str(tmp_path / "a" / "private_provenance.parquet"),
        "--seed",
        "0",
    ]
    assert main(["audit", *audited, "--made-by-explore", "--out", str(tmp_path / "b")]) == 0
    explored, measured = (
        Report.from_json((tmp_path / folder / "report.json").read_text()) for folder in ("a", "b")
    )
    # Only who has the model can release again.
    with_model = [r for r in explored.results if r.tier.startswith((AVERAGED, INFORMED))]
    assert {r.tier.split(",")[0] for r in with_model} == {AVERAGED, INFORMED}
    assert measured.results == tuple(r for r in explored.results if r not in with_model)


@pytest.fixture
def files(tmp_path):
    """Recordings of eight people in two files, and a release of the first one that is a copy of it."""
    everyone = make_recordings(n_subjects=8, n_channels=3, seconds_per_series=50)
    early = everyone.samples.groupby("series")["t"].transform("max") * 0.6 > everyone.samples["t"]
    late = everyone.samples["t"] > everyone.samples.groupby("series")["t"].transform("max") * 0.66
    for name, rows in (("real", early), ("holdout", late)):
        write_recordings(replace(everyone, samples=everyone.samples[rows]), tmp_path / f"{name}.parquet")
    real = cut_windows(replace(everyone, samples=everyone.samples[early].reset_index(drop=True)))
    write_release(Release("copies", real), tmp_path / "release.parquet")
    return {name: str(tmp_path / f"{name}.parquet") for name in ("real", "holdout", "release")}


@pytest.mark.slow
@pytest.mark.usefixtures("light_attackers")
def test_a_release_from_elsewhere_is_measured_with_and_without_a_holdout(files, tmp_path):
    given = ["audit", "--real", files["real"], "--release", files["release"], "--out", str(tmp_path / "out")]

    def verdicts(*more):
        assert main([*given, *more]) == 0
        return json.loads((tmp_path / "out" / "report.json").read_text())

    alone = verdicts()
    needs_holdout = ("discriminator", "utility", "membership")
    assert {alone["verdicts"][q]["verdict"] for q in needs_holdout} == {"cannot tell"}
    assert all("holdout" in alone["verdicts"][q]["sentence"] for q in needs_holdout)
    assert alone["verdicts"]["copies"]["verdict"] == "at risk"
    compared = verdicts("--holdout", files["holdout"])
    assert set(compared["verdicts"]) == set(alone["verdicts"])
    assert {q: compared["verdicts"][q]["verdict"] for q in ("copies", "membership", "reidentification")} == {
        "copies": "at risk",
        "membership": "at risk",
        "reidentification": "at risk",
    }
    assert "exhibits" not in compared


def test_a_holdout_that_repeats_the_recordings_is_refused(files, tmp_path, capsys):
    out = tmp_path / "out"
    given = [
        "--real",
        files["real"],
        "--release",
        files["release"],
        "--holdout",
        files["real"],
        "--out",
        str(out),
    ]
    assert main(["audit", *given]) == 2
    assert "repeats" in capsys.readouterr().err
    assert not out.exists()


def test_versions_of_several_data_sets_are_written_beside_each_other(tmp_path):
    write_comparison({"clinic": three(), "a|b": three()[:1]}, tmp_path)
    numbers = pd.read_csv(tmp_path / "comparison.csv")
    assert len(numbers) == 3 * (3 + 1)
    assert set(numbers["data"]) == {"clinic", "a|b"}
    header, _, *rows = (tmp_path / "comparison.md").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 3 + 1
    assert all(row.replace("\\|", "").count("|") == header.count("|") for row in rows)


def test_what_cannot_be_read_is_told_before_anything_is_made(files, tmp_path, capsys):
    out = tmp_path / "out"
    given = ["--data", files["real"], "--data", str(tmp_path / "nothing.csv"), "--mechanism", "noise"]
    assert main(["explore", *given, "--store", str(tmp_path / "home"), "--out", str(out)]) == 2
    assert "nothing.csv" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.slow
def test_shell_measures_what_the_library_measures(recordings, tmp_path):
    data = tmp_path / "toy.parquet"
    write_recordings(recordings, data)
    shell = ["--data", str(data), "--store", str(tmp_path / "home"), "--out", str(tmp_path / "out")]
    assert main(["explore", "--mechanism", "granularity", *shell]) == 0
    by_shell = json.loads((tmp_path / "out" / "report.json").read_text())
    question = study(recordings, WindowSettings(), seed=0)
    _, report = explore(question, Granularity(), Repository(Store(tmp_path / "other")))
    assert by_shell["results"] == json.loads(report.to_json())["results"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["explore", "--data", "nowhere.csv", "--out", "OUT"], "nowhere.csv"),
        (["explore", "--mechanism", "magic", "--out", "OUT"], "no mechanism 'magic'"),
        (["explore", "--window", "-1", "--out", "OUT"], "window"),
        (["explore", "--window", "inf", "--out", "OUT"], "window"),
        (["audit", "--real", "sample", "--release", "nowhere.parquet", "--out", "OUT"], "nowhere.parquet"),
        (["audit", "--out", "OUT"], "--real"),
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


def test_an_audit_of_a_shared_file_knows_that_times_are_unknown(question, repository):
    (key,) = repository.releases(question)
    shared = read_release(
        repository.shareable(key, Sharing(repository.code_list(question))), name="shared"
    ).windows
    before, after = cut_by_time(shared)
    for person in shared.subjects:
        for activity in shared.activities:
            of = np.flatnonzero((shared.subject == person) & (shared.activity == activity))
            early, late = np.intersect1d(of, before), np.intersect1d(of, after)
            assert (
                len(early) == 0 or len(late) == 0 or late.min() - early.max() >= np.clip(len(of) // 5, 2, 10)
            )
    assert cut_by_trial(shared) is None


def test_who_averages_several_releases_gets_more_than_one_release_gives_away(question):
    """Strong noise hides people from one release; the mean of five has less than half of it."""
    private = question.split.fit
    made = tasks.make(Noise(strength=3.0), private, RunContext(0))
    averaged = tasks._with_average(made.release, Noise(strength=3.0).load(made.payload), private, 0)
    off = [(w.values - private.values).std() for w in (made.release.windows, averaged.average)]
    assert off[1] == pytest.approx(off[0] / np.sqrt(5), rel=0.05)
    results = ForestReidentification().run(question.split, averaged, RunContext(0))
    found = {r.tier: r for r in results if r.metric == "top-1 accuracy"}
    assert found[AVERAGED].value > found["refitted"].value
    assert found[AVERAGED].p is None


def test_a_release_that_is_always_the_same_has_no_average(question):
    private = question.split.fit
    made = tasks.make(Granularity(), private, RunContext(0))
    fitted = Granularity().load(made.payload)
    assert tasks._with_average(made.release, fitted, private, 0).average is None


def test_a_release_and_its_corrections_know_the_model_that_made_it(question, tmp_path):
    repository = Repository(Store(tmp_path / "home"))
    noise = Noise(strength=0.7)
    key = repository.keep_learnt(question, noise, tasks.make(noise, question.split.fit, RunContext(0)))
    assert repository.model_of(key).mechanism == noise
    release = repository.release(key)
    card = {"corrections": [{}], "corrected_from": release.name}
    once = repository.keep_release(question, replace(release, name="mended", card=card))
    again = {**card, "corrected_from": "mended"}
    twice = repository.keep_release(question, replace(release, name="mended twice", card=again))
    itself = {**card, "corrected_from": "from nowhere"}
    lost = repository.keep_release(question, replace(release, name="from nowhere", card=itself))
    assert repository.model_of(once).mechanism == repository.model_of(twice).mechanism == noise
    assert repository.model_of(lost) is None


def test_who_owns_the_method_uses_the_same_model_on_other_recordings(question):
    """Noise of other random numbers on all windows that are kept aside, under the true names."""
    made = tasks.make(Noise(strength=0.5), question.split.fit, RunContext(0))
    fitted = Noise(strength=0.5).load(made.payload)
    aside = concatenate([question.split.fresh, question.split.unseen])
    practice = tasks._with_practice(made.release, fitted, question.split, 0).made_for_attackers.windows
    assert np.array_equal(practice.subject, aside.subject)
    assert np.array_equal(practice.start, aside.start)
    own, ours = practice.values - aside.values, made.release.windows.values - question.split.fit.values
    assert own.std(axis=(0, 1)) == pytest.approx(ours.std(axis=(0, 1)), rel=0.1)
    fresh = question.split.fresh
    same_seed = fitted.release(fresh, seed=0).windows.values - fresh.values
    assert not np.allclose(own[: len(fresh)], same_seed)


def test_what_a_method_cannot_be_used_for_is_not_made(question):
    made = tasks.make(Noise(), question.split.fit, RunContext(0))
    fitted, split = Noise().load(made.payload), question.split

    class Refuses:
        def release(self, private, *, seed):
            raise TrainingError("not these")

    nobody = replace(made.release, windows=planted.claiming_nobody(split.fit).windows)
    none = split.fresh.take(np.zeros(0, int))
    nothing = replace(split, fresh=none, unseen=none)
    other = replace(nothing, fresh=replace(split.fresh, activity=np.full(len(split.fresh), "never seen")))
    for release, method, parts in (
        (nobody, fitted, split),
        (made.release, fitted, nothing),
        (made.release, fitted, other),
        (made.release, Refuses(), split),
    ):
        assert tasks._with_practice(release, method, parts, 0).made_for_attackers is None


@pytest.mark.slow
@pytest.mark.usefixtures("light_attackers")
def test_a_corrected_version_is_attacked_by_who_owns_the_method(question, repository):
    from synth.editing.transforms.level import Amplitude

    (key,) = repository.releases(question)
    louder = RecipeStep(Selection(activities=("act1",)), Amplitude(factor=2.0))
    recipe = Recipe.of(question.split.fit, [louder])
    corrected = edit(question, recipe, repository, release=repository.release(key))
    tiers = {r.tier for r in measure(question, corrected, repository).results}
    assert INFORMED in tiers
    assert AVERAGED not in tiers
