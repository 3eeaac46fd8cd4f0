"""A shared file does not tell by its order what was recorded when, and can still be cut by time."""

from dataclasses import replace

import numpy as np
import pytest

from data.export.files import read_release, release_to_bytes
from data.export.shuffling import sharing_order
from data.release import Release
from tests.toy import SHARING, make_windows

N_SUBJECTS, N_TRIALS = 6, 5


@pytest.fixture(scope="module")
def release() -> Release:
    """Everybody does three activities in turn, five times; the second one was replaced by the first one."""
    windows = make_windows(N_SUBJECTS, 3, 12, n_trials=N_TRIALS)
    in_turn = np.lexsort((windows.start, windows.activity, windows.trial, windows.subject))
    windows = windows.take(in_turn)
    released = np.where(windows.activity == "act2", "act1", windows.activity)
    return Release(
        "r", replace(windows, activity=released), np.arange(len(windows)), {"data": windows.fingerprint}
    )


def is_replaced(release: Release) -> np.ndarray:
    return np.char.find(release.windows.series, "act2") >= 0


def test_replaced_windows_do_not_stand_where_they_were_recorded(release):
    windows, order = release.windows, sharing_order(release)
    assert sorted(order) == list(range(len(windows)))
    act1 = order[windows.activity[order] == "act1"].reshape(N_SUBJECTS, -1)
    first_half = is_replaced(release)[act1][:, : act1.shape[1] // 2].mean(axis=1)
    assert first_half.std() > 0.1  # nobody's order tells another's
    neighbours = windows.activity[order][1:] != windows.activity[order][:-1]
    assert neighbours.sum() == 2 * N_SUBJECTS - 1


def test_windows_that_overlap_stay_beside_each_other(release):
    windows = release.windows.take(sharing_order(release))
    same = (windows.series[1:] == windows.series[:-1]) & (windows.activity[1:] == windows.activity[:-1])
    assert (np.diff(windows.start)[same] == windows.n_timesteps // 2).all()
    assert (~same).sum() == N_SUBJECTS * 3 * N_TRIALS - 1


def test_who_has_not_the_private_windows_cannot_draw_the_order_again(release):
    other = replace(release, card={"data": "of other private windows"})
    assert np.array_equal(sharing_order(release), sharing_order(release))
    assert not np.array_equal(sharing_order(release), sharing_order(other))


def test_only_the_file_to_share_is_in_another_order(release):
    shared = read_release(release_to_bytes(release, sharing=SHARING))
    coded = SHARING.release(release)
    expected = coded.windows.take(sharing_order(coded))
    np.testing.assert_array_equal(shared.windows.values, expected.values)
    np.testing.assert_array_equal(shared.windows.activity, expected.activity)
    kept = read_release(release_to_bytes(release))
    assert kept.windows.fingerprint == release.windows.fingerprint
