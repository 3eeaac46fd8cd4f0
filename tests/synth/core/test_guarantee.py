"""What a guarantee says in words, for which windows it can be given, and the secret that it rests on."""

import dataclasses
import stat

import numpy as np
import pytest

from synth.core.errors import TrainingError
from synth.core.guarantee import Guarantee
from synth.core.secret_rng import keyed_generator
from tests.toy import make_windows


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("PENUMBRA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="module")
def windows():
    return make_windows(3, 2, 8.0, 20.0, 2)


@pytest.mark.parametrize(
    ("epsilon", "factor", "judgement"),
    [
        (0.5, "1.65", "strong"),
        (8.0, "2,981", "weak"),
        (11.0, "59,874", "next to nothing"),
        (50.0, "5 with 21 zeros", "next to nothing"),
    ],
)
def test_epsilon_is_said_as_a_factor(epsilon, factor, judgement):
    words = Guarantee(epsilon, 1e-5, 10).in_words()
    assert (
        f"a factor of {factor} (epsilon {epsilon:g}; this may fail with a probability of 1 in 100,000)"
        in words
    )
    assert judgement in words


def test_its_card_says_what_is_not_covered(windows):
    card = Guarantee.to_people_of(windows, 8.0).card()
    assert (card["epsilon"], card["delta"], card["n_people"]) == (8.0, 1e-5, 3)
    assert "choosing settings by looking at results" in card["in words"]


def test_its_delta_stays_far_below_one_person(windows):
    many = windows.take(np.arange(20_000) % len(windows))
    many = dataclasses.replace(many, subject=np.arange(20_000).astype(str))
    assert Guarantee.to_people_of(many, 1.0).delta < 0.1 / 20_000


def test_windows_of_nobody_are_refused(windows):
    nameless = windows.subject.copy()
    nameless[3] = ""
    with pytest.raises(TrainingError, match="names the person"):
        Guarantee.to_people_of(dataclasses.replace(windows, subject=nameless), 1.0)


def test_filled_in_windows_are_refused(windows):
    filled = np.zeros(len(windows), np.float32)
    filled[0] = 0.1
    with pytest.raises(TrainingError, match=r"filled in \(GAIN\)"):
        Guarantee.to_people_of(dataclasses.replace(windows, filled=filled, filled_by="GAIN"), 1.0)


def test_secret_numbers_repeat_here_and_for_the_same_parts_only(home, tmp_path, monkeypatch):
    def drawn(*parts):
        return keyed_generator(*parts).integers(2**60)

    here = drawn("settings", "0", "data")
    assert drawn("settings", "0", "data") == here
    others = [drawn("settings", "1", "data"), drawn("settings", "0data", ""), drawn("settings", "0", "other")]
    monkeypatch.setenv("PENUMBRA_HOME", str(tmp_path / "elsewhere"))
    assert len({here, *others, drawn("settings", "0", "data")}) == 5


def test_the_secret_is_readable_by_its_owner_only(home):
    keyed_generator("a")
    assert stat.S_IMODE((home / "secret").stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["secret"]


def test_a_home_that_cannot_be_written_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PENUMBRA_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(TrainingError, match="PENUMBRA_HOME"):
        keyed_generator("a")
