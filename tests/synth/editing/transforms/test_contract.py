"""What every correction to a group has to keep: shapes, channels, seeds, JSON, bounds."""

import json
from dataclasses import fields, replace
from typing import Literal, get_args, get_origin, get_type_hints

import numpy as np
import pytest

from data.windows import Windows
from synth.editing.strokes import EditError
from synth.editing.transforms.base import Points, Transform, TransformContext, transform_from_json, transforms
from tests.toy import make_windows

KINDS = sorted(transforms())
OTHER = {"heights": ((-1.0, 0.0), (0.5, 2.0), (1.0, 0.0)), "gains": ((0.0, 2.0), (4.0, 0.5)),
         "strengths": ((0.0, 2.0), (1.0, 0.5)), "channels": ("gyro_x",), "pattern": 3}  # fmt: skip


@pytest.fixture(scope="module")
def windows() -> Windows:
    """Three people, two rhythms, six channels; the accelerometer feels gravity."""
    made = make_windows(n_subjects=3, n_activities=3, seconds_per_series=14, duration_s=5.12)
    values = made.values.copy()
    values[:, :, :3] = 0.1 * values[:, :, :3] + np.array([0.6, -0.5, 0.6], dtype=np.float32)
    return made.with_values(values)


@pytest.fixture(params=KINDS)
def transform(request) -> Transform:
    return transforms()[request.param]()


def test_the_room_is_full():
    assert set(KINDS) >= {
        "amplitude", "clip", "dropout", "envelope", "gravity", "histogram", "offset", "repetition", "roughness",
        "shift", "spectrum", "tempo", "tremor",
    }  # fmt: skip


def test_shapes_types_and_seeds(transform, windows):
    before = windows.fingerprint
    edited = transform.apply(windows, TransformContext(3, windows))
    again = transform.apply(windows, TransformContext(3, windows))
    assert edited.values.shape == edited.mask.shape == windows.values.shape
    assert edited.values.dtype == np.float32
    assert edited.mask.dtype == bool
    assert np.isfinite(edited.values).all()
    assert edited.values.tobytes() == again.values.tobytes()
    assert edited.mask.tobytes() == again.mask.tobytes()
    changed = (edited.values != windows.values) | ~edited.mask
    assert changed.any()
    del windows.__dict__["fingerprint"]
    assert windows.fingerprint == before


def test_other_channels_stay(transform, windows):
    chosen = ("acc_x", "acc_y", "acc_z")
    edited = replace(transform, channels=chosen).apply(windows, TransformContext(3, windows))
    np.testing.assert_array_equal(edited.values[:, :, 3:], windows.values[:, :, 3:])
    assert edited.mask[:, :, 3:].all()


@pytest.mark.parametrize(
    "kind", sorted(set(KINDS) - {"histogram", "gravity"})
)  # these look at the whole group
def test_a_preview_of_three_shows_what_all_will_get(kind, windows):
    transform = transforms()[kind]()
    three = np.array([1, 5, 8])
    whole = transform.apply(windows, TransformContext(3, windows))
    part = transform.apply(windows.take(three), TransformContext(3, windows, three))
    np.testing.assert_array_equal(part.values, whole.values[three])
    np.testing.assert_array_equal(part.mask, whole.mask[three])


def test_no_windows_are_fine(transform, windows):
    assert (
        transform.apply(windows.take(np.zeros(0, dtype=int)), TransformContext(0, windows)).values.shape[0]
        == 0
    )


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"repetition"}))  # nothing repeats itself in 0.34 s
def test_short_windows_and_one_constant_channel(kind, windows):
    transform = transforms()[kind]()
    values = windows.values[:, :17].copy()
    values[:, :, 5] = 2.0
    short = replace(windows, values=values)
    edited = transform.apply(short, TransformContext(0, short))
    assert np.isfinite(edited.values).all()


def test_json_round_trip(transform):
    body = json.loads(json.dumps(transform.to_json()))
    assert transform_from_json(body) == transform
    assert transform_from_json(body).to_json() == transform.to_json()


def test_words_for_people(transform):
    assert transform.summary.endswith(".")
    assert transform.describe().endswith("in all channels")
    assert replace(transform, channels=("acc_x",)).describe().endswith("in acc_x")
    for f in fields(transform):
        assert f.metadata["help"].endswith(".")
        assert not f.metadata["advanced"]


@pytest.mark.parametrize(("kind", "name"), [(k, f.name) for k in KINDS for f in fields(transforms()[k])])
def test_every_setting_matters(kind, name, windows):
    transform = transforms()[kind](**({"x": 0.5} if kind == "gravity" else {}))
    if kind == "gravity" and name == "channels":
        other = replace(transform, channels=("acc_x", "acc_y", "acc_z"))
    else:
        other = replace(transform, **{name: _other(transform, name)})
    one, two = (s.apply(windows, TransformContext(3, windows)) for s in (transform, other))
    assert (one.values != two.values).any() or (one.mask != two.mask).any()


def _other(transform: Transform, name: str):
    if name in OTHER:
        return OTHER[name]
    hint, value = get_type_hints(type(transform))[name], getattr(transform, name)
    if get_origin(hint) is Literal:
        return next(choice for choice in get_args(hint) if choice != value)
    return value + 1 if hint is int else 0.5 * value + 0.05


@pytest.mark.parametrize(("kind", "name"), [(k, f.name) for k in KINDS for f in fields(transforms()[k])])
def test_settings_are_bounded(kind, name):
    hint = get_type_hints(transforms()[kind])[name]
    wrong = {Points: [[0, 1]], tuple[str, ...]: "acc_x"}.get(hint, float("nan"))
    with pytest.raises(EditError, match=name):
        transform_from_json({"kind": kind, name: wrong})
    if hint in (int, float):
        for wild in (1e12, -1e12, "2", True, None):
            with pytest.raises(EditError, match=name):
                transform_from_json({"kind": kind, name: wild})


def test_what_is_not_a_symbol_is_refused_in_words(windows):
    with pytest.raises(EditError, match="There is no edit 'magic'"):
        transform_from_json({"kind": "magic"})
    with pytest.raises(EditError, match="has no setting 'colour'"):
        transform_from_json({"kind": "tremor", "colour": 1})
    with pytest.raises(EditError, match="applies to the channel ear"):
        transforms()["tremor"](channels=("ear",)).apply(windows, TransformContext(0, windows))
