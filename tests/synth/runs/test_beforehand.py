"""What was computed beforehand: it is what the program asks for today, and what it would compute."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from data.sample import load_sample
from synth.audit.attack import attacks
from synth.audit.report import BEFOREHAND
from synth.core.errors import StoreError, TrainingError
from synth.core.program import VERSION
from synth.core.run_context import RunContext
from synth.mechanisms.rules.noise import Noise
from synth.runs import tasks
from synth.runs.background import Background
from synth.runs.beforehand import plan, sample_results
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import Study
from tests.synth.runs.at_once import AtOnce

TOLERANCE = 0.02  # of shares: trees split differently on another processor
STALE = (
    "Run `python -m synth prepare-sample --store FOLDER`: the file no longer holds what the program asks for."
)


@pytest.fixture(scope="module")
def study() -> Study:
    return plan.sample_study(load_sample())


@pytest.fixture(scope="module")
def taken(study, tmp_path_factory) -> Repository:
    """A store that was empty before. Read it, do not write."""
    repository = Repository(Store(tmp_path_factory.mktemp("taken") / "home"))
    sample_results.take(study, repository.store)
    return repository


def test_the_file_holds_what_the_program_asks_for_today_and_nothing_else(study):
    with zipfile.ZipFile(sample_results.FILE) as file:
        held = {name.removesuffix(".json") for name in file.namelist() if name.endswith(".json")}
        cards = [json.loads(file.read(f"{name}.json")) for name in held]
    assert held == {f"{part.kind}/{part.key}" for part in plan.parts(study)}, STALE
    assert {card[BEFOREHAND] for card in cards} == {VERSION}, STALE


def test_versions_reports_sweep_and_filler_are_there_and_say_that_they_were_computed_beforehand(study, taken):
    reports = list(taken.reports(study).values())
    assert [report.name for report in reports] == [mechanism.label() for mechanism in plan.methods()]
    assert {report.provenance for report in reports} == {f"computed beforehand, version {VERSION}"}
    for mechanism in plan.methods():
        steps = () if mechanism.dial is None else mechanism.dial.steps
        measured = taken.measured_strengths(study, mechanism)
        assert tuple(point.strength for point in measured) == steps
    assert len(taken.models(study, plan.FILLER)) == 1


def test_windows_and_figures_are_what_is_computed_here(study, taken):
    mechanism = plan.methods()[0]
    release = taken.release(study.keys.release(mechanism))
    again = tasks.make(mechanism, study.split.fit, RunContext(plan.SEED)).release
    assert release.name == again.name
    np.testing.assert_allclose(release.windows.values, again.windows.values, atol=1e-5)
    report = taken.report(study, study.keys.release(mechanism), plan.EFFORT)
    for attacker in ("same-person metric", "linear discriminant analysis"):
        (attack,) = [a for a in attacks(plan.EFFORT) if a.attacker == attacker]
        found = attack.examine(study.split, release, RunContext(plan.SEED)).results
        known = [
            r for r in report.results if (r.question, r.attacker) == (attack.question, found[0].attacker)
        ]
        shipped = {(r.metric, r.tier): r.value for r in known}
        values = {(r.metric, r.tier): r.value for r in found if (r.metric, r.tier) in shipped}
        assert len(values) >= 2
        assert values == pytest.approx({name: shipped[name] for name in values}, abs=TOLERANCE), STALE


def test_what_is_there_stays_and_is_not_taken_again(study, taken, tmp_path):
    store, key = Store(tmp_path / "home"), study.keys.model(plan.filler())
    own = {**taken.store.card("model", key), "label": "my own"}
    own.pop(BEFOREHAND)
    store.put("model", key, b"my own", own)
    n_all = len(list(plan.parts(study)))
    assert sample_results.take(study, store) == n_all - 1
    assert sample_results.take(study, store) == 0
    assert (store.get("model", key), store.card("model", key)["label"]) == (b"my own", "my own")
    assert len(sample_results.marked(study, store)["model"]) == len(plan.METHODS)
    with pytest.raises(TrainingError, match="themselves computed beforehand"):
        sample_results.write(study, store, tmp_path / "again.zip")
    assert not (tmp_path / "again.zip").exists()
    store.delete_everything()
    assert not any(sample_results.marked(study, store).values())


def test_what_a_raised_version_would_compute_differently_is_not_taken(study, tmp_path, monkeypatch):
    monkeypatch.setattr(Noise, "version", Noise.version + 1)
    repository = Repository(Store(tmp_path / "home"))
    sample_results.take(study, repository.store)
    assert "Added noise" not in [card["name"] for card in repository.releases(study).values()]
    assert repository.earlier_releases(study) == {}
    assert len(repository.releases(study)) == len(plan.METHODS) - 1


def test_a_damaged_file_is_said_in_a_sentence_and_a_full_disk_too(study, tmp_path, monkeypatch):
    content = bytearray(sample_results.FILE.read_bytes())
    content[len(content) // 3] ^= 255
    (tmp_path / "damaged.zip").write_bytes(bytes(content))
    for path in (tmp_path / "damaged.zip", tmp_path / "none.zip"):
        with pytest.raises(StoreError, match=r"computed beforehand cannot be read.*Install Penumbra again"):
            sample_results.take(study, Store(tmp_path / path.stem), path)
    monkeypatch.setattr("synth.runs.store.missing_space", lambda folder, n_bytes: 10**6)
    with pytest.raises(StoreError, match="could not be kept"):
        sample_results.take(study, Store(tmp_path / "full"))


def test_computing_anew_deletes_what_was_computed_beforehand_and_asks_for_the_same(study, tmp_path):
    store = Store(Path(tmp_path) / "home")
    sample_results.take(study, store)
    waiting = AtOnce(room=0)
    sample_results.anew(Background(Repository(store), waiting), study)
    assert not any(sample_results.marked(study, store).values())
    jobs = waiting.of(str(store.root))
    begun = {topic: len([job for job in jobs if job.topic == topic]) for topic in ("train", "sweep")}
    assert begun == {"train": len(plan.METHODS) + 1, "sweep": len(plan.swept())}
