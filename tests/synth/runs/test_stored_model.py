"""A model that learnt from some people is used on others: the release, what is refused, what deleting leaves."""

from dataclasses import replace

import numpy as np
import pytest

from data.export.files import read_release, write_recordings
from data.roles import Roles
from data.windows import WindowSettings
from synth.__main__ import main
from synth.core.errors import Stopped, TrainingError
from synth.core.run_context import RunContext
from synth.mechanisms.rules.filtering import Filtering
from synth.mechanisms.rules.noise import Noise
from synth.mechanisms.standin.standin import StandIn
from synth.runs import tasks
from synth.runs.explore import apply
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import Study, study, study_of_all
from tests.synth.mechanisms.conftest import same_bytes
from tests.synth.reporting.reports import transformed
from tests.toy import make_recordings


def recordings_of_others(rate_hz=25.0, n_channels=3, n_activities=2, seed=7):
    made = make_recordings(4, n_activities, 30, rate_hz, n_channels, seed=seed)
    return replace(made, name="others")


def question(recordings, seconds=2.56, seed=0) -> Study:
    return study(recordings, WindowSettings(seconds), seed=seed)


def keep(repository: Repository, origin: Study, mechanism) -> str:
    repository.keep_learnt(
        origin, mechanism, tasks.make(mechanism, origin.split.fit, RunContext(origin.seed))
    )
    return repository.model_key(origin, mechanism)


@pytest.fixture(scope="module")
def origin(small_recordings):
    return question(small_recordings)


@pytest.fixture(scope="module")
def others():
    return question(recordings_of_others())


@pytest.fixture
def repository(tmp_path):
    return Repository(Store(tmp_path / "home"))


@pytest.mark.parametrize("mechanism", [Noise(), StandIn()], ids=lambda m: m.kind)
def test_a_model_makes_a_version_of_people_it_never_saw(mechanism, origin, others, repository):
    model = keep(repository, origin, mechanism)
    release = repository.release(apply(others, model, repository))
    private = others.split.fit
    assert release.windows.values.shape == private.values.shape
    assert np.isfinite(release.windows.values).all()
    assert not np.array_equal(release.windows.values, private.values)
    for name in ("activity", "subject", "series", "start"):
        np.testing.assert_array_equal(getattr(release.windows, name), getattr(private, name))
    assert release.name == f"{mechanism.label()}, learnt on toy"
    assert release.card["mechanism"] == mechanism.card()
    assert release.card["model"] == {"key": model, "learnt on": "toy"}


def test_the_same_seed_gives_the_same_bytes_and_nothing_is_computed_twice(
    origin, others, repository, tmp_path, monkeypatch
):
    elsewhere = Repository(Store(tmp_path / "elsewhere"))
    keys = [keep(place, origin, Noise()) for place in (repository, elsewhere)]
    applied = [apply(others, key, place) for key, place in zip(keys, (repository, elsewhere), strict=True)]
    one, two = (
        place.release(key).windows for key, place in zip(applied, (repository, elsewhere), strict=True)
    )
    assert applied[0] == applied[1]
    assert same_bytes(one, two)
    reseeded = question(recordings_of_others(), seed=1)
    assert apply(reseeded, keys[0], repository) != applied[0]
    monkeypatch.setattr(tasks, "apply", None)
    assert apply(others, keys[0], repository) == applied[0]


@pytest.mark.parametrize(
    ("study_of_others", "said"),
    [
        (lambda: question(recordings_of_others(rate_hz=50.0)), r"rate of 25 Hz, and they have 50 Hz\. Load"),
        (
            lambda: question(recordings_of_others(n_channels=6)),
            r"channels acc_x, acc_y, acc_z, and they have",
        ),
        (
            lambda: question(recordings_of_others(), seconds=1.28),
            r"length of 64 samples \(2\.56 s\), and they have 32 .* on the Data page to 2\.56 s",
        ),
    ],
)
def test_other_windows_are_refused_in_words(study_of_others, said, origin, repository):
    model = keep(repository, origin, Noise())
    with pytest.raises(TrainingError, match=said):
        apply(study_of_others(), model, repository)


def test_an_activity_that_it_has_not_learnt_is_refused_in_words(origin, repository):
    model = keep(repository, origin, StandIn())
    with pytest.raises(TrainingError, match="not trained on the activity act3"):
        apply(question(recordings_of_others(n_activities=3)), model, repository)


def test_a_model_that_may_know_what_is_kept_aside_is_refused(origin, small_recordings, repository):
    model = keep(repository, origin, Noise())
    with pytest.raises(TrainingError, match="learnt from recordings of 3 of these people"):
        apply(question(small_recordings, seed=1), model, repository)
    nothing_aside = study_of_all(small_recordings, None, WindowSettings(), seed=0)
    assert apply(nothing_aside, model, repository)
    as_holdout = study_of_all(recordings_of_others(), small_recordings, WindowSettings(), seed=0)
    with pytest.raises(TrainingError, match="kept aside"):
        apply(as_holdout, model, repository)


@pytest.mark.parametrize("how", ["trimmed", "one activity left out", "overlapping otherwise"])
def test_it_is_refused_however_the_recordings_are_cut(how, repository):
    recordings = make_recordings(4, 3, 20, 25, 3)
    model = keep(repository, question(recordings), Noise())
    samples, settings = recordings.samples, WindowSettings()
    if how == "trimmed":
        samples = samples[samples["t"] > 0.5]
    elif how == "one activity left out":
        samples = samples[samples["activity"] != "act1"]
    else:
        settings = WindowSettings(overlap=0.3)
    cut_otherwise = replace(recordings, samples=samples.reset_index(drop=True))
    with pytest.raises(TrainingError, match="learnt from recordings of 3 of these people"):
        apply(study(cut_otherwise, settings, seed=1), model, repository)


def test_what_was_deleted_or_made_by_another_version_is_not_offered(origin, others, repository, monkeypatch):
    key = keep(repository, origin, Noise())
    (model,) = repository.stored_models()
    assert (model.key, model.data, model.mechanism, model.why_not(others)) == (key, "toy", Noise(), "")
    with pytest.raises(TrainingError, match="no model 'magic'"):
        apply(others, "magic", repository)
    monkeypatch.setattr(Noise, "version", Noise.version + 1)
    assert repository.stored_models() == []


def test_deleting_an_applied_version_leaves_the_model_and_the_other_way_round(origin, others, repository):
    model = keep(repository, origin, Noise())
    applied = apply(others, model, repository)
    repository.delete_release(others, applied)
    assert repository.releases(others) == {}
    assert set(repository.models(origin)) == {model}
    applied = apply(others, model, repository)
    repository.delete_release(origin, repository.release_key(origin, Noise()))
    assert repository.models(origin) == {}
    assert set(repository.releases(others)) == {applied}
    repository.store.delete_everything()
    assert repository.release(applied) is None


def test_two_models_of_one_name_make_versions_of_two_names(small_recordings, others, repository):
    for seed in (0, 1):
        apply(others, keep(repository, question(small_recordings, seed=seed), Noise()), repository)
    names = {card["name"] for card in repository.releases(others).values()}
    assert names == {"Added noise, learnt on toy", "Added noise, learnt on toy (2)"}


def test_it_knows_which_roles_are_others_now(origin, repository):
    mechanism = Filtering().for_roles(Roles({"act1": "required", "act2": "sensitive"}))
    keep(repository, origin, mechanism)
    (model,) = repository.stored_models()
    assert model.roles == ["sensitive activities: act2"]
    assert model.other_roles(Roles({"act1": "required", "act2": "sensitive"})) == []
    assert model.other_roles(Roles({"act1": "sensitive", "act2": "sensitive"})) == ["act1"]
    assert model.other_roles(Roles({"act1": "required"})) == []


def test_it_can_be_stopped(origin, others):
    payload = Noise().fit(origin.split.fit, RunContext(0)).to_bytes()
    with pytest.raises(Stopped):
        tasks.apply(Noise(), payload, others.split.fit, RunContext(0, should_stop=lambda: True))


def test_the_shell_lists_models_applies_one_and_refuses_in_words(origin, repository, tmp_path, capsys):
    store = ["--store", str(repository.store.root)]
    assert main(["models", *store]) == 0
    assert "no models yet" in capsys.readouterr().err
    key = keep(repository, origin, Noise())
    assert main(["models", *store]) == 0
    listed = capsys.readouterr().out
    assert listed.startswith(f"{key} | Added noise, learnt on toy | 64 samples at 25 Hz | acc_x (g)")
    data, out = tmp_path / "others.parquet", tmp_path / "out"
    write_recordings(recordings_of_others(), data)
    given = ["apply", *store, "--data", str(data), "--out", str(out), "--model"]
    assert main([*given, key, "--no-audit"]) == 0
    assert [path.name for path in out.iterdir()] == ["release.parquet"]
    theirs = question(recordings_of_others())
    by_library = repository.release(repository.applied_key(theirs, key))
    made = read_release(out / "release.parquet").windows
    # Shared files list windows by the codes of people: the same windows, in whatever order.
    assert sorted(map(bytes, made.values)) == sorted(map(bytes, by_library.windows.values))
    measured = transformed("measured before", told=0.9, f1=0.8, static=0.1, refitted=0.6)
    repository.keep_report(
        theirs, repository.applied_key(theirs, key), "quick", measured.to_json(private=True)
    )
    assert main([*given, key]) == 0
    assert {path.name for path in out.iterdir()} == {
        "release.parquet",
        "report.json",
        "report.html",
        "data_card.md",
    }
    assert "measured before | People recognised" in capsys.readouterr().out
    assert main([*given, "magic"]) == 2
    assert main([*given, key, "--window", "1.28"]) == 2
    said = capsys.readouterr().err
    assert "no model 'magic'" in said
    assert "length of 64 samples" in said
