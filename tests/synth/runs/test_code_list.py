"""The codes of a store: one for each person in all versions of the same recordings, and in no other recordings."""

import stat
from dataclasses import replace

import numpy as np
import pytest

from data.export.files import read_release
from data.export.sharing import Sharing
from data.release import Release
from data.windows import WindowSettings
from synth.core.errors import TrainingError
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import Study, study
from tests.toy import make_recordings


@pytest.fixture
def repository(tmp_path):
    return Repository(Store(tmp_path / "home"))


def studied(recordings, **settings) -> Study:
    return study(recordings, WindowSettings(**settings), seed=0)


def codes_of(repository: Repository, recordings) -> dict[str, str]:
    return dict(repository.code_list(studied(recordings)).person_of)


def test_the_same_people_have_the_same_codes_however_recordings_are_cut(repository, small_recordings):
    lists = [repository.code_list(studied(small_recordings, duration_s=s)).person_of for s in (2.0, 2.56)]
    assert lists[0] == lists[1]
    assert sorted(lists[0].values()) == small_recordings.subjects
    assert repository.code_list(study(small_recordings, WindowSettings(), seed=7)).person_of == lists[0]


def test_filled_recordings_have_the_codes_of_those_they_were_made_from(repository, small_recordings):
    filled = replace(
        small_recordings, filled=np.arange(len(small_recordings.samples)) == 3, filled_by="a line"
    )
    again = replace(filled, filled_by="another line")
    key = repository.keep_recordings(small_recordings)
    next_key = repository.keep_recordings(filled, filled_from=key)
    repository.keep_recordings(again, filled_from=next_key)
    own = codes_of(repository, small_recordings)
    assert own == codes_of(repository, filled) == codes_of(repository, again)


def test_other_recordings_and_other_stores_have_other_codes(repository, small_recordings, tmp_path):
    others = make_recordings(
        n_subjects=5, n_activities=2, seconds_per_series=30, rate_hz=25, n_channels=3, seed=1
    )
    own = codes_of(repository, small_recordings)
    assert not set(own) & set(codes_of(repository, others))
    assert not set(own) & set(codes_of(Repository(Store(tmp_path / "another")), small_recordings))


def test_a_shared_version_that_is_brought_back_has_its_names_again(repository, small_recordings):
    question = studied(small_recordings)
    private = question.split.fit
    key = repository.keep_release(question, Release("mine", private, np.arange(len(private))))
    codes = repository.code_list(question)
    brought = read_release(repository.shareable(key, Sharing(codes)), name="brought")
    assert not set(brought.windows.subjects) & set(private.subjects)
    assert codes.named_again(brought, question.windows).windows.subjects == private.subjects


def test_people_without_windows_are_in_the_list(repository, small_recordings):
    short = small_recordings.samples
    short = short[(short["subject"] != "P05") | (short["t"] < 1.0)].reset_index(drop=True)
    question = studied(replace(small_recordings, samples=short))
    assert "P05" not in question.windows.subjects
    assert "P05" in repository.code_list(question).people


def test_only_the_owner_reads_the_secret_and_a_store_without_one_says_so(
    repository, small_recordings, monkeypatch
):
    repository.code_list(studied(small_recordings))
    assert stat.S_IMODE((repository.store.root / "secret").stat().st_mode) == 0o600

    def refuse(*args, **kwargs):
        raise PermissionError("read-only")

    monkeypatch.setattr("synth.core.secret_rng.write_whole", refuse)
    with pytest.raises(TrainingError, match="Replacing names by codes needs a secret on this computer"):
        Repository(Store(repository.store.root / "new")).code_list(studied(small_recordings))


def test_codes_after_deleting_cannot_be_linked_to_earlier_ones(tmp_path):
    """Nothing of the person is left, the secret included."""
    root = tmp_path / "home"

    def code():
        return Repository(Store(root)).code_list_of("some recordings", ["Anna"]).code("Anna")

    earlier = code()
    assert code() == earlier
    Store(root).delete_everything()
    assert list(root.iterdir()) == []
    assert code() != earlier
