import numpy as np
import pytest

from data.errors import RecordingError
from data.weeks import stream
from data.weeks.stream import Blocks, rows_within, survey
from tests.data.weeks.signals import chunks, hours

AXES = (0, 1, 2)


def fields(blocks: Blocks) -> dict[str, np.ndarray]:
    return {name: getattr(blocks, name) for name in Blocks.__dataclass_fields__}


def test_blocks_are_a_quarter_of_an_hour_each_with_its_own_statistics():
    t, values = hours((1.2, True))
    blocks = survey(chunks(t, values), AXES, 10**9).blocks
    assert blocks.number.tolist() == [0, 1, 2, 3, 4]
    assert blocks.n.tolist() == [4500, 4500, 4500, 4500, 3600]
    second = values[4500:9000].astype(float)
    np.testing.assert_allclose(blocks.total[1], second.sum(axis=0))
    np.testing.assert_allclose(blocks.squares[1], (second**2).sum(axis=0))
    np.testing.assert_array_equal(blocks.low[1], second.min(axis=0))
    np.testing.assert_array_equal(blocks.high[1], second.max(axis=0))


def test_how_a_recording_is_cut_into_chunks_changes_nothing():
    t, values = hours((1.2, True))
    t[8000:] += 700
    whole = survey(chunks(t, values), AXES, 10**9)
    pieces = survey(chunks(t, values, [0, 1, 4499, 7999, 8000, 8000, 20_000]), AXES, 10**9)
    for name, expected in fields(whole.blocks).items():
        np.testing.assert_allclose(fields(pieces.blocks)[name], expected, err_msg=name)
    np.testing.assert_array_equal(pieces.begins, whole.begins)
    np.testing.assert_array_equal(pieces.ends, whole.ends)
    assert (pieces.n_samples, pieces.counts["damaged"], whole.counts["damaged"]) == (len(t), 8, 1)


def test_stretches_end_where_samples_are_more_than_a_second_apart():
    t, values = hours((0.1, True))
    t[500:] += 0.7
    t[1000:] += 60
    found = survey(chunks(t, values, [700, 1000]), AXES, 10**9)
    assert found.begins.tolist() == [0, t[1000]]
    assert found.ends.tolist() == [t[999], t[-1]]


def test_a_clock_set_back_begins_a_stretch_too():
    t, values = hours((0.1, True))
    t[1000:] -= 3600
    found = survey(chunks(t, values), AXES, 10**9)
    assert found.begins.tolist() == [0, t[1000]]
    assert found.blocks.number.tolist() == [-4, 0]
    assert found.blocks.n.tolist() == [800, 1000]


@pytest.mark.parametrize(("limit", "is_kept"), [(5400, True), (5399, False)])
def test_a_short_recording_is_kept_and_a_longer_one_is_not(limit, is_kept):
    t, values = hours((0.1, True))
    whole = survey(chunks(t, values, [100]), AXES, limit).whole
    if is_kept:
        np.testing.assert_array_equal(np.concatenate([chunk.values for chunk in whole or ()]), values)
    else:
        assert whole is None


def test_times_that_jump_all_the_time_are_refused(monkeypatch):
    monkeypatch.setattr(stream, "MAX_GAPS", 20)
    t, values = hours((0.1, True))
    apart = t + 2 * np.minimum(np.arange(len(t)), 19)
    assert len(survey(chunks(apart, values, [10]), AXES, 10**9).begins) == 20
    apart = t + 2 * np.minimum(np.arange(len(t)), 20)
    with pytest.raises(RecordingError, match="jump more than 20 times"):
        survey(chunks(apart, values, [10]), AXES, 10**9)


def test_nothing_has_no_stretches():
    found = survey([], AXES, 10**9)
    assert (found.n_samples, len(found.begins), len(found.ends), len(found.blocks.n)) == (0, 0, 0, 0)


def test_rows_within_stretches():
    t, values = hours((0.1, True))
    found = list(rows_within(chunks(t, values, [51, 150, 300]), np.array([10.0, 40.0]), 5.0))
    expected = np.flatnonzero(((t >= 10) & (t < 15)) | ((t >= 40) & (t < 45)))
    np.testing.assert_array_equal(np.concatenate([chunk.t for chunk in found]), t[expected])
    np.testing.assert_array_equal(np.concatenate([chunk.values for chunk in found]), values[expected])
