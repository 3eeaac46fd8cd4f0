"""Recipes from a shell: the demo of the README gives the same bytes, and what is wrong is one sentence."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

import synth.audit.audit
from data.export.files import read_release, release_to_bytes, write_recordings, write_release
from data.export.sharing import Sharing
from data.export.shuffling import sharing_order
from data.load import load
from data.release import Release
from data.splits import split_windows
from data.windows import WindowSettings, cut_windows
from synth.__main__ import main
from synth.audit.attack import attacks
from synth.core.run_context import RunContext
from synth.editing.recipe import Recipe, RecipeStep
from synth.editing.replaying import replay
from synth.editing.selection import Selection
from synth.editing.transforms.base import transforms
from synth.editing.transforms.level import Amplitude
from synth.editing.transforms.timing import Shift
from synth.imputers.base import imputers
from synth.imputers.linear import LinearInterpolation
from synth.mechanisms.rules.noise import Noise
from synth.runs import tasks
from synth.runs.explore import edit
from synth.runs.repository import Repository
from synth.runs.steps import RECORDED
from synth.runs.store import Store
from synth.runs.study import study
from tests.synth.imputers.test_contract import QUICK
from tests.toy import SHARING

DEMO = Path(__file__).parents[3] / "docs" / "recipe.json"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture(scope="module")
def sample_fit(sample_recordings):
    return split_windows(cut_windows(sample_recordings), seed=0).fit


def test_the_demo_of_the_readme_replays_to_the_same_bytes(sample_fit):
    recipe = Recipe.from_json(DEMO.read_bytes())
    release = Release(RECORDED, sample_fit, np.arange(len(sample_fit)), {"kind": "unprotected"})
    imputer = LinearInterpolation().fit(sample_fit, RunContext(0))
    once = replay(release, recipe, imputer, name="demo")
    again = replay(release, Recipe.from_json(recipe.to_json()), imputer, name="demo")
    assert sha256(release_to_bytes(once)) == sha256(release_to_bytes(again))
    restored = read_release(release_to_bytes(once), name="demo")
    assert sha256(release_to_bytes(restored)) == sha256(release_to_bytes(once))
    from_card = Recipe.from_card(restored.card["recipe"])
    assert sha256(release_to_bytes(replay(release, from_card, imputer, name="demo"))) == sha256(
        release_to_bytes(once)
    )


def test_the_demo_does_what_it_says(sample_fit):
    recipe = Recipe.from_json(DEMO.read_bytes())
    assert recipe.channels == sample_fit.channels
    assert recipe.secrets() == []
    release = Release(RECORDED, sample_fit, np.arange(len(sample_fit)), {})
    edited = replay(
        release, recipe, LinearInterpolation().fit(sample_fit, RunContext(0)), name="demo"
    ).windows
    changed = (edited.values != sample_fit.values).any(axis=(1, 2))
    meant = {activity for step in recipe.steps for activity in step.selection.activities}
    np.testing.assert_array_equal(changed, np.isin(sample_fit.activity, sorted(meant)))
    rowing = sample_fit.activity == "upright row"
    power = [np.abs(np.fft.rfft(w.values[rowing][:, :, 3], axis=1)) ** 2 for w in (sample_fit, edited)]
    at_5_hz = round(5 * sample_fit.duration_s)
    assert power[1][:, at_5_hz].mean() > 3 * power[0][:, at_5_hz].mean()


@pytest.fixture
def toy(small_recordings, tmp_path):
    """Recordings and a recipe in files."""
    write_recordings(small_recordings, tmp_path / "toy.parquet")
    windows = cut_windows(small_recordings)
    steps = [
        RecipeStep(Selection(people=("P01", "P02")), Shift(seconds=0.4)),
        RecipeStep(Selection(), Amplitude(factor=1.2)),
    ]
    (tmp_path / "recipe.json").write_text(Recipe.of(windows, steps).to_json(), encoding="utf-8")
    return tmp_path


def shell(folder: Path, *more: str, out: str = "out") -> int:
    return main(
        ["edit", "--recipe", str(folder / "recipe.json"), "--data", str(folder / "toy.parquet"),
         "--store", str(folder / f"home {out}"), "--out", str(folder / out), *more]
    )  # fmt: skip


def test_the_shell_makes_the_same_bytes_and_names_nobody_in_the_card(toy, capsys):
    for out in ("one", "two"):
        (toy / f"home {out}").mkdir()
        (toy / f"home {out}" / "secret").write_bytes(b"the same, so that people have the same codes")
        assert shell(toy, "--no-audit", out=out) == 0
    assert {path.name for path in (toy / "one").iterdir()} == {"release.parquet"}
    one, two = ((toy / out / "release.parquet").read_bytes() for out in ("one", "two"))
    assert sha256(one) == sha256(two)
    assert "1. Of P01, P02: 0.4 s later in all channels." in capsys.readouterr().err
    written = read_release(one)
    assert written.name == f"{RECORDED}, corrected"
    assert "recipe" not in written.card
    assert written.card["edits"][0] == "Of 2 people: 0.4 s later in all channels."
    question = study(load(toy / "toy.parquet"), WindowSettings(), seed=0)
    repository = Repository(Store(toy / "by library"))
    kept = repository.release(edit(question, Recipe.from_json((toy / "recipe.json").read_text()), repository))
    coded = Sharing(Repository(Store(toy / "home one")).code_list(question)).release(kept)
    np.testing.assert_array_equal(coded.windows.values[sharing_order(coded)], written.windows.values)
    assert kept.card["recipe"]["steps"][0]["selection"] == {"people": ["P01", "P02"]}


@pytest.mark.slow
def test_a_release_file_is_corrected_and_measured(toy, small_recordings, capsys, monkeypatch):
    cheap = tuple(attack for attack in attacks() if attack.question == "realism")
    monkeypatch.setattr(synth.audit.audit, "attacks", lambda effort=None: cheap)
    private = study(small_recordings, WindowSettings(), seed=0).split.fit
    write_release(Noise().fit(private, RunContext(0)).release(private, seed=0), toy / "noise.parquet")
    assert shell(toy, "--release", str(toy / "noise.parquet"), "--name", "mended") == 0
    assert {path.name for path in (toy / "out").iterdir()} == {
        "report.json",
        "report.html",
        "data_card.md",
        "release.parquet",
    }
    assert "mended | " in capsys.readouterr().out
    report = json.loads((toy / "out" / "report.json").read_text())
    assert report["release"]["card"]["edits"][1] == "All windows: movement × 1.2 in all channels."
    assert not {"recipe", "corrections"} & set(report["release"]["card"])
    assert "P01" not in json.dumps(report["release"])
    page = (toy / "out" / "report.html").read_text()
    assert "<li>All windows: movement × 1.2 in all channels.</li>" in page


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be opened"),
        ("[]", "not a Penumbra recipe"),
        ('{"format": "penumbra recipe", "version": 1}', "list of"),
    ],
)
def test_a_bad_recipe_is_exit_code_2_and_one_sentence(content, said, toy, capsys):
    if content is None:
        (toy / "recipe.json").unlink()
    else:
        (toy / "recipe.json").write_text(content)
    assert shell(toy) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err
    assert not (toy / "out").exists()


def test_numbers_are_refused_where_a_file_lists_windows_in_another_order(toy, small_recordings, capsys):
    windows = cut_windows(small_recordings)
    private = study(small_recordings, WindowSettings(), seed=0).split.fit
    noisy = Noise().fit(private, RunContext(0)).release(private, seed=0)
    write_release(noisy, toy / "release.parquet", sharing=SHARING)
    write_release(noisy, toy / "private_provenance.parquet")
    steps = [RecipeStep(Selection(), Amplitude()), RecipeStep(Selection(like=3, n_like=2), Amplitude())]
    (toy / "recipe.json").write_text(Recipe.of(windows, steps).to_json(), encoding="utf-8")
    assert shell(toy, "--release", str(toy / "release.parquet"), "--no-audit") == 2
    said = capsys.readouterr().err
    assert "numbers in step 2, but release.parquet was made to be shared" in said
    assert "private_provenance.parquet" in said
    assert shell(toy, "--release", str(toy / "private_provenance.parquet"), "--no-audit") == 0


@pytest.mark.slow
def test_a_network_is_trained_once_and_then_taken_from_the_repository(
    small_recordings, tmp_path, monkeypatch
):
    monkeypatch.setitem(imputers()["gain"].presets, "quick", QUICK["gain"])
    question, repository = study(small_recordings, WindowSettings(), seed=0), Repository(Store(tmp_path))
    steps = [RecipeStep(Selection(indices=(0,)), transforms()["dropout"]())]
    edit(question, Recipe.of(question.split.fit, steps), repository, name="plain")
    assert not repository.models(question)
    with_network = Recipe.of(question.split.fit, steps, imputer_kind="gain")
    first = edit(question, with_network, repository, name="first")
    assert len(repository.models(question, "gain")) == 1

    def refuse(*args, **kwargs):
        raise AssertionError("trained twice")

    monkeypatch.setattr(tasks, "learn_to_fill", refuse)
    second = edit(question, with_network, repository, name="second")
    one, other, plain = (repository.release(key).windows for key in (first, second, _plain(repository)))
    assert one.fingerprint == other.fingerprint != plain.fingerprint


def _plain(repository: Repository) -> str:
    return next(e.key for e in repository.store.entries("release") if e.card["name"] == "plain")
