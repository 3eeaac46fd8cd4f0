"""Soft joins and jumps, worked out by hand."""

import numpy as np
import pytest

from synth.editing.drawn_edit import DrawnEdit, drawn_edit_from_json, edit_from_strokes
from synth.editing.soft_joins import jumps, soft_joins, step_limits
from synth.editing.strokes import (
    DrawnCurve,
    Erasure,
    PinnedPoint,
    apply_strokes,
    provenance,
    stroke_from_json,
    stroke_to_json,
)
from synth.editing.transforms.base import TransformContext
from tests.toy import make_windows

N = 12
FLAT = np.zeros((N, 2), np.float32)


def box(join: int, start: int = 4, stop: int = 8) -> DrawnCurve:
    return DrawnCurve(0, tuple(range(start, stop)), (2.0,) * (stop - start), join=join)


def test_a_join_of_one_sample_is_half_way():
    drawn = apply_strokes(FLAT, [box(1)], window_index=0)
    np.testing.assert_allclose(drawn.values[:, 0], [0, 0, 0, 1, 2, 2, 2, 2, 1, 0, 0, 0])
    assert np.flatnonzero(drawn.joined[:, 0]).tolist() == [3, 8]
    assert not drawn.drawn[[3, 8], 0].any()
    assert not drawn.values[:, 1].any()


def test_longer_joins_fade_as_a_raised_cosine_and_keep_the_recordings_detail():
    detail = np.tile([[0.1], [-0.1]], (N // 2, 2)).astype(np.float32)
    drawn = apply_strokes(detail, [box(3)], window_index=0)
    weights = [0.853553, 0.5, 0.146447]
    offset = 2.0 - 0.1  # to the nearer of the samples under the end and next to it
    np.testing.assert_allclose(
        drawn.values[8:11, 0] - detail[8:11, 0], np.multiply(offset, weights), rtol=1e-5
    )
    np.testing.assert_allclose(drawn.values[4:8, 0], 2.0)


def test_a_curve_that_meets_the_recording_shifts_nothing():
    ramp = np.repeat(np.arange(N, dtype=np.float32)[:, None], 2, axis=1)
    on_it = DrawnCurve(0, (4, 5, 6), (4.0, 9.0, 6.0), join=3)
    drawn = apply_strokes(ramp, [on_it], window_index=0)
    assert not drawn.joined.any()


def test_a_faulty_sample_that_is_drawn_over_counts_for_nothing():
    spike = FLAT.copy()
    spike[7, 0] = 50.0
    drawn = apply_strokes(spike, [box(1)], window_index=0)
    assert drawn.values[8, 0] == 1.0


def test_joins_end_at_what_is_unknown_or_drawn_and_share_what_lies_between():
    joined = apply_strokes(FLAT, [Erasure(9, 12), box(5)], window_index=0).joined[:, 0]
    assert np.flatnonzero(joined).tolist() == [0, 1, 2, 3, 8]
    known = np.array([False, True, True, True, False])
    added = soft_joins(np.zeros(5), np.array([2.0, 0, 0, 0, -2.0]), np.array([3, 0, 0, 0, 3]), known)
    np.testing.assert_allclose(added, [0, 1.0, 0, -1.0, 0])


@pytest.mark.parametrize("stroke", [DrawnCurve(0, (5,), (2.0,), "roughly", 3), PinnedPoint(0, 5, 2.0)])
def test_rough_curves_and_points_have_no_joins(stroke):
    assert not apply_strokes(FLAT, [stroke], window_index=0).joined.any()


def test_a_recipe_from_before_has_no_joins_and_its_files_stay_as_they_were():
    old = {"kind": "stroke", "channel": 0, "indices": [4, 5], "values": [1.0, 2.0], "belief": "exact"}
    stroke = stroke_from_json(old)
    assert stroke.join == 0
    assert stroke_to_json(stroke) == old
    new = DrawnEdit((box(2),))
    assert drawn_edit_from_json(new.to_json()) == new


def test_joins_are_made_in_each_window_of_a_group_and_stand_in_the_record():
    windows = make_windows(n_subjects=1, n_activities=1, n_channels=2, rate_hz=10.0)
    for aligned in (False, True):
        edit = edit_from_strokes(windows.values[0], [box(2)], aligned=aligned)
        made = edit.apply(windows.take(np.array([0])), TransformContext(0, windows, np.array([0])))
        apart = np.abs(made.values[0, :, 0] - windows.values[0, :, 0])
        assert np.flatnonzero(apart > 0).tolist() == list(range(2, 10))
        assert np.flatnonzero(made.joined[0, :, 0]).tolist() == [2, 3, 8, 9]
    record = provenance(apply_strokes(FLAT, [box(2)], window_index=0), ("a", "b"), imputer=None, seed=0)
    assert record["joined"] == {"a": [[2, 4], [8, 10]]}
    assert "joined" not in provenance(
        apply_strokes(FLAT, [box(0)], window_index=0), ("a", "b"), imputer=None, seed=0
    )


def test_jumps_are_steps_that_recordings_hardly_make_and_that_were_not_there():
    steps = np.zeros((1, 101, 1))
    steps[0, :, 0] = np.cumsum(np.arange(101))  # steps of 1 to 100
    assert step_limits(steps) == pytest.approx([99.01])
    before = np.array([0.0, 0, 0, 5, 5, 5])
    assert jumps(before, before, 1.0).tolist() == []
    assert jumps(before, np.array([0.0, 3, 3, 5, 5, 5]), 1.0).tolist() == [1]
    assert jumps(before, np.array([0.0, np.nan, 11, 5, 5, 5]), 1.0).tolist() == [3]
