import gzip
import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import data.ingest
from data.errors import RecordingError, ReleaseError
from data.export.files import read_release, release_to_bytes, write_recordings, write_release
from data.load import load
from data.readers.formats.parquet import penumbra_metadata
from data.release import Release
from data.windows import Windows
from tests.data.tables import csv, tidy_table
from tests.toy import SHARING, make_recordings, make_windows

CARD = {"mechanism": {"kind": "noise", "scale": 0.5}, "seed": 3, "edits": [[1, "ä"]]}


def generated(windows: Windows) -> Windows:
    n = len(windows)
    labels = {
        "subject": np.full(n, ""),
        "series": np.full(n, "batch 1"),
        "start": np.zeros(n, dtype=np.int64),
    }
    fields = {name: getattr(windows, name) for name in windows.__dataclass_fields__}
    return Windows(**{**fields, **labels, "trial": np.full(n, "")})


def same(one: Release, other: Release) -> None:
    assert one.windows.fingerprint == other.windows.fingerprint
    assert (one.name, dict(one.card)) == (other.name, dict(other.card))
    assert (one.source is None) == (other.source is None)
    if one.source is not None:
        np.testing.assert_array_equal(one.source, other.source)


@settings(max_examples=15, deadline=None)
@given(
    n_subjects=st.integers(1, 4),
    n_channels=st.integers(1, 12),
    rate_hz=st.sampled_from([20.0, 100 / 3, 50.0, 200.0]),
    claims=st.booleans(),
    seed=st.integers(0, 99),
)
def test_a_release_comes_back_exactly(n_subjects, n_channels, rate_hz, claims, seed):
    windows = make_windows(n_subjects, 2, 4.0, rate_hz, n_channels, seed=seed, duration_s=1.0)
    source = np.random.default_rng(seed).permutation(len(windows)) if claims else None
    release = Release("Noise ½", windows if claims else generated(windows), source, CARD)
    same(read_release(release_to_bytes(release)), release)


def test_what_a_file_from_outside_promises_is_only_what_it_says(toy_windows):
    def brought(**card) -> dict:
        return dict(read_release(release_to_bytes(Release("r", toy_windows, card=card))).from_outside().card)

    assert brought(promise={"in words": "safe"})["promise"] == {"in words": "safe", "unchecked": True}
    assert brought(promise="safe", seed=1) == {"seed": 1}
    assert brought() == {}


def test_attributes_come_back(tmp_path, toy_windows):
    people = pd.DataFrame({"gender": list("fmfm"), "age": [30, 41, 52, 63]}, index=toy_windows.subjects)
    fields = {name: getattr(toy_windows, name) for name in toy_windows.__dataclass_fields__}
    release = Release("r", Windows(**{**fields, "attributes": people}))
    write_release(release, tmp_path / "release.parquet")
    restored = read_release(tmp_path / "release.parquet")
    same(restored, release)
    assert restored.windows.attributes.loc["P03", "age"] == 52


def test_without_provenance_the_file_does_not_say_where_windows_came_from(toy_windows):
    release = Release("r", toy_windows, np.arange(len(toy_windows)), CARD)
    content = release_to_bytes(release, sharing=SHARING)
    assert b"P01/act1/1" not in content
    restored = SHARING.codes.named_again(read_release(content), toy_windows)
    assert restored.source is None
    order = np.lexsort((restored.windows.activity, restored.windows.subject))
    np.testing.assert_array_equal(restored.windows.values[order], toy_windows.values)
    np.testing.assert_array_equal(restored.windows.subject[order], toy_windows.subject)


def test_the_file_is_the_documented_table(tmp_path, toy_windows):
    write_release(Release("r", toy_windows), tmp_path / "release.parquet")
    table = pd.read_parquet(tmp_path / "release.parquet")
    assert table.columns.tolist() == ["subject", "activity", "trial", "t", *toy_windows.channels]
    third = table[table["trial"] == 3]
    np.testing.assert_allclose(third["t"], np.arange(128) / 50)
    np.testing.assert_array_equal(third[list(toy_windows.channels)], toy_windows.values[2])
    write_release(Release("g", generated(toy_windows)), tmp_path / "generated.parquet")
    assert "subject" not in pd.read_parquet(tmp_path / "generated.parquet")


def test_same_release_same_bytes(toy_windows):
    release = Release("r", toy_windows, None, CARD)
    assert release_to_bytes(release) == release_to_bytes(release)


def test_a_csv_of_a_release_can_be_audited(tmp_path, toy_windows):
    write_release(Release("r", toy_windows), tmp_path / "mine.csv")
    outside = read_release(tmp_path / "mine.csv")
    np.testing.assert_array_equal(outside.windows.values, toy_windows.values)
    np.testing.assert_array_equal(outside.windows.activity, toy_windows.activity)
    np.testing.assert_array_equal(outside.windows.subject, toy_windows.subject)
    assert (outside.name, outside.windows.rate_hz, outside.source) == ("mine.csv", 50.0, None)


def test_an_outside_file_may_claim_nobody_and_use_other_names():
    table = tidy_table(people=("a", "b", "c")).rename(
        columns={"subject": "rep", "t": "time", "activity": "label"}
    )
    outside = read_release(csv(table), name="theirs.csv")
    assert outside.windows.values.shape == (6, 100, 2)
    assert not outside.claims_people
    assert set(outside.windows.trial.tolist()) == {""}
    assert outside.windows.activity.tolist() == ["walk", "sit"] * 3
    np.testing.assert_allclose(outside.windows.values[1, :, 0], table["acc_x"][100:200], rtol=1e-6)


def test_trials_keep_the_order_of_the_file_and_rows_that_of_time():
    table = tidy_table(people=("b", "a")).rename(columns={"subject": "trial"})
    shuffled = pd.concat([part[::-1] for _, part in table.groupby(["trial", "activity"], sort=False)])
    outside = read_release(csv(shuffled))
    np.testing.assert_allclose(outside.windows.values[0, :, 1], table["acc_y"][:100], rtol=1e-6)


def test_unequal_trials_are_refused_by_name():
    table = tidy_table(people=("1", "2", "3")).rename(columns={"subject": "trial"}).drop(index=[230, 231])
    with pytest.raises(ReleaseError, match="trial 2 has 98 samples, most have 100"):
        read_release(csv(table), name="theirs.csv")


def test_missing_values_of_an_outside_file_are_named():
    table = tidy_table(people=("1", "2")).rename(columns={"subject": "trial"})
    table.loc[7, "acc_y"] = np.nan
    with pytest.raises(ReleaseError, match="column acc_y, line 9: the value is missing"):
        read_release(csv(table), name="theirs.csv")


def test_missing_values_are_never_written(toy_windows):
    values = toy_windows.values.copy()
    values[4, 3, 2] = np.nan
    with pytest.raises(ReleaseError, match="mine: trial 5, column acc_z"):
        release_to_bytes(Release("mine", toy_windows.with_values(values)))


@pytest.mark.parametrize(("dropped", "message"), [("trial", "the trial"), ("activity", "the activity")])
def test_columns_a_release_needs_are_asked_for(dropped, message):
    table = tidy_table().rename(columns={"subject": "trial"}).drop(columns=dropped)
    with pytest.raises(ReleaseError, match=message):
        read_release(csv(table), name="theirs.csv")


def test_a_release_without_times_needs_the_rate():
    table = tidy_table().rename(columns={"subject": "trial"}).drop(columns="t")
    with pytest.raises(ReleaseError, match="Specify the sampling rate"):
        read_release(csv(table), name="theirs.csv")
    assert read_release(csv(table), rate_hz=25.0).windows.rate_hz == 25


def test_text_is_refused_as_in_recordings():
    table = tidy_table().rename(columns={"subject": "trial"}).astype({"acc_x": object})
    table.loc[0, "acc_x"] = "oops"
    with pytest.raises(RecordingError, match="column acc_x, line 2: 'oops'"):
        read_release(csv(table))


@pytest.mark.parametrize("ending", ["parquet", "csv"])
@pytest.mark.parametrize(("n_trials", "rate_hz"), [(1, 50.0), (3, 20.0)])
def test_recordings_come_back(tmp_path, ending, n_trials, rate_hz):
    recordings = make_recordings(3, 2, 6.0, rate_hz, n_trials=n_trials)
    path = tmp_path / f"toy.{ending}"
    write_recordings(recordings, path)
    restored = load(path)
    assert (restored.rate_hz, restored.channels) == (recordings.rate_hz, recordings.channels)
    columns = ["subject", "activity", "trial", "series", "t", *recordings.channels]
    pd.testing.assert_frame_equal(
        restored.samples[columns].astype(dict.fromkeys(columns[:4], "str")),
        recordings.samples[columns],
        check_dtype=False,
    )


def test_the_sample_comes_back_with_its_fingerprint(tmp_path, sample_recordings):
    write_recordings(sample_recordings, tmp_path / "sample.parquet")
    assert load(tmp_path / "sample.parquet").fingerprint == sample_recordings.fingerprint


def test_several_series_of_one_trial_come_back_apart(tmp_path):
    table = tidy_table(n=300).drop(index=range(100, 150))
    table.to_csv(tmp_path / "gaps.csv", index=False)
    recordings = load(tmp_path / "gaps.csv")
    assert "Ann/walk/2" in set(recordings.samples["series"])
    write_recordings(recordings, tmp_path / "again.parquet")
    assert load(tmp_path / "again.parquet").fingerprint == recordings.fingerprint


def test_units_travel_with_parquet(tmp_path):
    recordings = make_recordings(n_channels=2)
    write_recordings(recordings, tmp_path / "toy.parquet")
    assert load(tmp_path / "toy.parquet").units == ("g", "g")


def test_card_is_plain_json_in_the_file(toy_windows):
    stored = pq.read_schema(io.BytesIO(release_to_bytes(Release("r", toy_windows, None, CARD)))).metadata
    assert json.loads(stored[b"penumbra"])["card"] == CARD


def test_an_outside_file_gets_the_units_that_recordings_have(tmp_path):
    windows = pd.DataFrame(
        {"activity": "walk", "trial": np.repeat([1, 2], 50), "t": np.tile(np.arange(50) / 50, 2)}
    ).assign(**{"acc_x [m/s^2]": 9.80665, "acc_y [m/s^2]": np.arange(100.0), "acc_z [m/s^2]": 0.0})
    windows.to_csv(tmp_path / "outside.csv", index=False)
    release = read_release(tmp_path / "outside.csv")
    assert set(release.windows.units) == {"g"}
    np.testing.assert_allclose(release.windows.values[..., 0], 1.0, rtol=1e-6)
    assert set(read_release(tmp_path / "outside.csv", convert_units=False).windows.units) == {"m/s²"}


def test_a_shared_file_does_not_say_what_was_hidden_nor_where_a_model_learnt(toy_windows):
    card = {
        "mechanism": {"kind": "rae", "redrawn": 1.0, "sensitive": ["act2"], "neutral": ["act1"]},
        "model": {"key": "f58b", "learnt on": "ward.csv"},
        "data": toy_windows.fingerprint,
        "seed": 0,
    }
    release = Release("Noise, learnt on ward.csv", toy_windows, np.arange(len(toy_windows)), card)
    shared = penumbra_metadata(release_to_bytes(release, sharing=SHARING))
    assert shared["card"] == {"mechanism": {"kind": "rae", "redrawn": 1.0}, "seed": 0}
    assert shared["name"] == "Noise"


@pytest.mark.parametrize(
    ("selection", "edit", "travels"),
    [
        ({"activities": ["act1"]}, {"kind": "tempo", "factor": 1.2}, True),
        ({"people": ["P01"]}, {"kind": "tempo", "factor": 1.2}, False),
        ({}, {"kind": "drawn", "marks": [], "traces": [{"channel": 0, "values": [0.5]}]}, False),
        ({"indices": [0]}, {"kind": "tempo", "factor": 1.2}, False),
        ({"like": 0}, {"kind": "tempo", "factor": 1.2}, False),
    ],
)
def test_a_shared_file_has_the_recipe_unless_it_tells_of_people_or_windows(
    toy_windows, selection, edit, travels
):
    recipe = {"steps": [{"selection": selection, "edit": edit}]}
    harmless = {"steps": [{"selection": {}, "edit": {"kind": "clip"}}]}
    card = {"edits": ["All windows: tempo × 1.2."], "corrected_from": "Noise, learnt on ward.csv"}
    for recipes in ({"recipe": recipe}, {"recipe": harmless, "earlier recipes": [recipe]}):
        release = Release("r", toy_windows, None, card | recipes)
        shared = penumbra_metadata(release_to_bytes(release, sharing=SHARING))["card"]
        assert shared == {"edits": card["edits"], "corrected_from": "Noise"} | (recipes if travels else {})
        assert penumbra_metadata(release_to_bytes(release))["card"] == card | recipes


def test_a_shared_file_tells_what_was_corrected_by_its_own_numbers(toy_windows):
    backwards = toy_windows.take(np.arange(len(toy_windows))[::-1])
    marked = [0, len(toy_windows) // 2, len(toy_windows) - 1]
    made = [{"window": i, "seed": i} for i in marked]
    release = Release("r", backwards, None, {"corrections": [*made, {"window": "2"}, "damaged"]})
    content = release_to_bytes(release, sharing=SHARING)
    shared, values = penumbra_metadata(content)["card"]["corrections"], read_release(content).windows.values
    assert [c["window"] for c in shared] == sorted(c["window"] for c in shared)
    assert sorted(c["seed"] for c in shared) == marked
    for correction in shared:
        np.testing.assert_array_equal(values[correction["window"]], backwards.values[correction["seed"]])
    assert penumbra_metadata(release_to_bytes(release))["card"] == release.card


def files_entered(function, *arguments) -> set[str]:
    """Call a function, and return the source files that it ran through."""
    entered: set[str] = set()
    sys.setprofile(lambda frame, event, argument: entered.add(frame.f_code.co_filename))
    try:
        function(*arguments)
    finally:
        sys.setprofile(None)
    return entered


ODD_CHANNELS = ("activity 2", "t2", "subject_x", "window", "age", "a  b.c")


@pytest.mark.parametrize("sharing", [None, SHARING])
def test_what_columns_of_an_own_release_mean_is_not_guessed(toy_windows, sharing):
    odd = replace(toy_windows, channels=ODD_CHANNELS, units=("g", "", "mg", "s", "years", "rad/s"))
    content = release_to_bytes(Release("r", odd), sharing=sharing)
    restored = SHARING.codes.named_again(read_release(content), odd).windows
    assert (restored.channels, restored.units) == (odd.channels, odd.units)
    order = np.lexsort((restored.activity, restored.subject))
    np.testing.assert_array_equal(restored.values[order], odd.values)
    guessing = {
        f"{Path(data.ingest.__file__).parent}/{name}.py" for name in ("column_mapping", "units", "times")
    }
    assert not files_entered(read_release, content) & guessing
    assert files_entered(read_release, csv(tidy_table().rename(columns={"subject": "trial"}))) > guessing


def test_what_columns_of_own_recordings_mean_is_not_guessed(tmp_path):
    recordings = make_recordings(n_channels=6)
    odd = dict(zip(recordings.channels, (*ODD_CHANNELS[:5], "a b.c"), strict=True))
    recordings = replace(
        recordings, channels=tuple(odd.values()), samples=recordings.samples.rename(columns=odd)
    )
    write_recordings(recordings, tmp_path / "odd.parquet")
    restored = load(tmp_path / "odd.parquet")
    assert (restored.channels, restored.units) == (recordings.channels, recordings.units)
    np.testing.assert_array_equal(restored.samples[["age", "t2"]], recordings.samples[["age", "t2"]])


def with_metadata(content: bytes, **changed) -> bytes:
    """Return the bytes of a release whose metadata say something else."""
    stored = pq.read_table(io.BytesIO(content))
    metadata = json.loads(stored.schema.metadata[b"penumbra"]) | changed
    sink = io.BytesIO()
    pq.write_table(stored.replace_schema_metadata({b"penumbra": json.dumps(metadata).encode()}), sink)
    return sink.getvalue()


@pytest.mark.parametrize(
    "changed",
    [
        {"n_timesteps": 127},
        {"n_timesteps": 0},
        {"n_timesteps": "128"},
        {"channels": ["acc_x", "nowhere"]},
        {"channels": ["activity"], "units": {"activity": "g"}},
        {"units": {}},
        {"card": 3},
        {"source": [0]},
        {"windows": {"series": ["a"], "trial": ["b"], "start": [0]}},
        {"attributes": "none"},
    ],
)
def test_an_own_release_that_was_tampered_with_gives_a_sentence(toy_windows, changed):
    content = release_to_bytes(Release("r", toy_windows, None, CARD))
    assert read_release(with_metadata(content)).windows.fingerprint == toy_windows.fingerprint
    with pytest.raises(RecordingError, match=r"^mine is a Parquet file that is damaged or unusual"):
        read_release(with_metadata(content, **changed), name="mine")


def test_labels_of_an_own_release_that_would_need_too_much_memory_are_refused(toy_windows):
    series = ["x" * 2_000_000, *toy_windows.series[1:].tolist()]
    origin = {"series": series, "trial": toy_windows.trial.tolist(), "start": toy_windows.start.tolist()}
    content = with_metadata(release_to_bytes(Release("r", toy_windows)), windows=origin)
    with pytest.raises(RecordingError, match="at most 500 MB are read"):
        read_release(content, name="mine")


def test_an_own_release_without_windows_or_with_missing_values_is_refused(toy_windows):
    with pytest.raises(RecordingError, match="r contains no windows"):
        read_release(release_to_bytes(Release("r", toy_windows.take(np.zeros(0, int)))), name="r")
    stored = pq.read_table(io.BytesIO(release_to_bytes(Release("r", toy_windows))))
    values = stored.column("acc_y").to_numpy().copy()
    values[3] = np.nan
    sink = io.BytesIO()
    pq.write_table(stored.set_column(stored.schema.names.index("acc_y"), "acc_y", pa.array(values)), sink)
    with pytest.raises(RecordingError, match="damaged or unusual"):
        read_release(sink.getvalue())


def test_an_own_release_may_be_packed_with_gzip(tmp_path, toy_windows):
    path = tmp_path / "release.parquet.gz"
    path.write_bytes(gzip.compress(release_to_bytes(Release("r", toy_windows, None, CARD))))
    same(read_release(path), Release("r", toy_windows, None, CARD))
