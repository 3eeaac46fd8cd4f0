"""Which windows are meant: each way on its own, together, and what is not there."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.windows import Windows
from synth.editing.selection import Selection, clusters, selection_from_json
from synth.editing.strokes import EditError
from tests.toy import make_windows


@pytest.fixture(scope="module")
def windows() -> Windows:
    return make_windows(n_subjects=3, n_activities=3, seconds_per_series=15, n_channels=3)


def test_nothing_said_means_all(windows):
    assert Selection().which(windows, 0).tolist() == list(range(len(windows)))
    assert Selection().describe() == "all windows"


def test_by_activity_person_and_number(windows):
    found = Selection(activities=("act1", "act3"), people=("P02",)).which(windows, 0)
    expected = [
        i
        for i in range(len(windows))
        if windows.subject[i] == "P02" and windows.activity[i] in ("act1", "act3")
    ]
    assert found.tolist() == expected
    assert Selection(indices=(7, 3, 3)).which(windows, 0).tolist() == [3, 7]


def test_kinds_of_movement_are_the_planted_rhythms(windows):
    """One person's three rhythms differ more than anything else."""
    one = windows.take(windows.subject == "P01")
    labels = clusters(one, 3, seed=0)
    kinds = {activity: set(labels[one.activity == activity].tolist()) for activity in one.activities}
    assert sorted(len(kind) for kind in kinds.values()) == [1, 1, 1]
    assert set.union(*kinds.values()) == {0, 1, 2}
    assert Selection(cluster=1, n_clusters=3).which(one, 0).tolist() == np.flatnonzero(labels == 1).tolist()
    assert Selection(cluster=1, n_clusters=4).which(one, 0).tolist() != np.flatnonzero(labels == 1).tolist()
    counts = np.bincount(labels)
    assert (np.diff(counts) <= 0).all()


def test_like_one_is_itself_first_and_then_its_own_movement(windows):
    found = Selection(like=4, n_like=5).which(windows, 0)
    assert len(found) == 5
    assert 4 in found
    own = (windows.subject[4], windows.activity[4])
    assert all((windows.subject[i], windows.activity[i]) == own for i in found)
    assert Selection(like=4, n_like=1).which(windows, 0).tolist() == [4]


def test_likeness_looks_among_what_else_was_asked(windows):
    found = Selection(activities=("act2",), like=0, n_like=3).which(windows, 0)
    assert len(found) == 3
    assert set(windows.activity[found]) == {"act2"}


def test_same_seed_same_kinds(windows):
    np.testing.assert_array_equal(clusters(windows, 4, seed=3), clusters(windows, 4, seed=3))
    assert len(clusters(windows, 4, seed=2**63 - 1)) == len(windows)


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        (Selection(activities=("swim",)), "There is no activity 'swim'"),
        (Selection(people=("",)), "There is no person ''"),
        (Selection(indices=(100_000,)), "Window 100001 was selected"),
        (Selection(like=100_000), "Window 100001 was selected"),
        (Selection(people=("P01",), indices=(40,)), "No window matches this selection: of P01, window 41"),
        (Selection(activities=("act1",), cluster=39, n_clusters=40), "No window matches"),
    ],
)
def test_what_is_not_there_is_told(selection, words, windows):
    with pytest.raises(EditError, match=words):
        selection.which(windows, 0)


def test_names_can_be_left_out_of_the_words():
    selection = Selection(activities=("act1",), people=("Ann", "Bob"), cluster=0, like=3)
    assert selection.describe() == (
        "the activity act1, of Ann, Bob, in cluster 1 of 4, among the 10 most like window 4"
    )
    assert "Ann" not in selection.describe(named=False)
    assert selection.describe(named=False) == (
        "the activity act1, of 2 people, in cluster 1 of 4, among the 10 most like one window"
    )
    assert Selection(indices=(16, 2, 4)).describe(named=False) == "3 windows"
    assert Selection(indices=(16,)).describe(named=False) == "1 window"


names = st.lists(st.sampled_from(["Ann", "act1", "", 'Zoë " \n']), max_size=3).map(tuple)


@settings(max_examples=40, deadline=None)
@given(
    st.builds(
        Selection, names, names, st.lists(st.integers(0, 500), max_size=4).map(tuple),
        st.none() | st.integers(0, 1), st.integers(2, 50), st.none() | st.integers(0, 500), st.integers(1, 500),
    )
)  # fmt: skip
def test_selections_come_back_from_json(selection):
    assert selection_from_json(json.loads(json.dumps(selection.to_json()))) == selection


@pytest.mark.parametrize(
    "body",
    [
        None, [], {"colour": "red"}, {"people": "Ann"}, {"people": [1]}, {"indices": [-1]}, {"indices": [1.0]},
        {"indices": 3}, {"cluster": 4}, {"cluster": True}, {"n_clusters": None}, {"n_like": 0}, {"like": "4"},
        {"n_clusters": 1e9},
    ],
)  # fmt: skip
def test_what_is_no_selection_is_refused_in_words(body):
    with pytest.raises(EditError):
        selection_from_json(body)
