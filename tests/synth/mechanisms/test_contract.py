"""What every mechanism promises, whatever it does."""

import dataclasses

import numpy as np
import pytest

from synth.core.errors import TrainingError
from synth.core.learner import PRESETS, preset
from synth.core.run_context import RunContext
from synth.mechanisms.base import mechanisms
from tests.eager import eagerly
from tests.synth.mechanisms.conftest import ROLES, is_compiled, same_bytes

# The same release for every seed: there is nothing to draw.
REPEATS_ITSELF = {
    "granularity",
    "aae",
    "censoring",
    "filtering",
    "fft_resampling",
    "ssa",
    "direction",
    "channel_removal",
    "normalisation",
}


@pytest.fixture(autouse=True)
def _no_compiling(request):
    """Compiling takes longer than all that is done here with what is compiled."""
    with eagerly("mechanism" in request.fixturenames and is_compiled(request.getfixturevalue("mechanism"))):
        yield


def test_issue_two_mechanisms_are_found():
    assert {"sensegen", "noise", "granularity"} <= set(mechanisms())


def test_its_dial_turns_within_what_its_setting_allows(mechanism):
    if mechanism.dial is not None:
        assert (
            len({mechanism.at(step).label() for step in mechanism.dial.steps})
            == len(mechanism.dial.steps)
            >= 3
        )


def test_it_describes_itself_in_words(mechanism):
    assert mechanism.title
    assert mechanism.summary.endswith(".")
    for field in dataclasses.fields(mechanism):
        assert field.metadata["label"]
        assert field.metadata["help"].endswith((".", ")."))


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_can_be_made(mechanism, name):
    made = preset(type(mechanism), name)
    assert made.card()["kind"] == mechanism.kind


def test_a_release_has_shape_type_and_meaning_of_the_private_windows(fitted, small_windows):
    release = fitted.release(small_windows, seed=1)
    made = release.windows
    assert made.values.shape[1:] == small_windows.values.shape[1:]
    assert made.values.dtype == np.float32
    assert np.isfinite(made.values).all()
    assert (made.channels, made.units, made.rate_hz) == (
        small_windows.channels,
        small_windows.units,
        small_windows.rate_hz,
    )
    kept = np.arange(len(small_windows)) if release.source is None else release.source
    assert len(kept) > 0
    relabelled = made.activity != small_windows.activity[kept]
    assert set(small_windows.activity[kept][relabelled]) <= set(ROLES.named("sensitive"))
    assert set(made.activity[relabelled]) <= set(ROLES.named("neutral"))
    assert release.name == fitted.learner.title
    assert release.card["mechanism"] == fitted.learner.card()
    assert release.card["seed"] == 1


def test_a_transformation_keeps_who_and_when_a_generator_claims_nobody(fitted, small_windows):
    release = fitted.release(small_windows, seed=1)
    made = release.windows
    if fitted.learner.makes == "transformed":
        assert (np.diff(release.source) > 0).all()
        for name in ("subject", "series", "trial", "start"):
            np.testing.assert_array_equal(getattr(made, name), getattr(small_windows, name)[release.source])
        assert made.attributes.equals(small_windows.attributes)
    else:
        assert release.source is None
        assert not release.claims_people
        assert set(made.trial) == {""}
        assert not made.start.any()
        assert not set(made.series) & set(small_windows.series)
        assert made.attributes.empty


def test_same_windows_settings_and_seed_give_the_same_bytes(mechanism, fitted, small_windows):
    assert mechanism.fit(small_windows, RunContext(3)).to_bytes() == fitted.to_bytes()


def test_same_seed_same_release(fitted, small_windows):
    assert same_bytes(
        fitted.release(small_windows, seed=1).windows, fitted.release(small_windows, seed=1).windows
    )


def test_another_seed_is_another_release(fitted, small_windows):
    one, other = (fitted.release(small_windows, seed=s).windows for s in (1, 2))
    assert same_bytes(one, other) == (fitted.learner.kind in REPEATS_ITSELF)


def test_private_windows_are_not_modified(fitted, small_windows):
    before = small_windows.values.copy()
    fitted.release(small_windows, seed=0)
    assert not small_windows.values.flags.writeable  # so it was while it was fitted, too
    np.testing.assert_array_equal(small_windows.values, before)


def test_one_window_can_be_released(fitted, small_windows):
    made = fitted.release(small_windows.take(np.array([4])), seed=1).windows
    assert made.values.shape == (1, *small_windows.values.shape[1:])
    assert np.isfinite(made.values).all()


def test_saved_and_loaded_it_makes_the_same_release(mechanism, fitted, small_windows):
    payload = fitted.to_bytes()
    loaded = mechanism.load(payload)
    assert same_bytes(
        loaded.release(small_windows, seed=5).windows, fitted.release(small_windows, seed=5).windows
    )
    assert loaded.to_bytes() == payload
    assert loaded.history == fitted.history


def test_damaged_bytes_are_refused(mechanism, fitted):
    with pytest.raises(ValueError, match="damaged"):
        mechanism.load(fitted.to_bytes()[:-7])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda w: dataclasses.replace(w, channels=("a", "b", "c")), "channels"),
        (lambda w: dataclasses.replace(w, units=("m/s²",) * 3), "units"),
        (lambda w: dataclasses.replace(w, rate_hz=21.0), "sampling rate"),
        (lambda w: w.with_values(w.values[:, 1:]), "length"),
        (lambda w: w.take(np.zeros(len(w), bool)), "no windows"),
    ],
)
def test_other_windows_are_refused_in_words(fitted, small_windows, change, words):
    with pytest.raises(TrainingError, match=words):
        fitted.release(change(small_windows), seed=0)


def test_people_it_was_not_fitted_on_can_be_released(fitted, small_windows):
    strangers = dataclasses.replace(
        small_windows,
        subject=np.char.add("new ", small_windows.subject),
        values=small_windows.values[:, ::-1].copy(),
        attributes=small_windows.attributes.iloc[:0],
    )
    made = fitted.release(strangers, seed=1).windows
    assert np.isfinite(made.values).all()
    assert set(made.subject) <= {"", *strangers.subject}
