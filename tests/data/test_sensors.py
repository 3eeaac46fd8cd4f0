"""Axes anywhere in a name, and words that only look like one."""

import pytest

from data.sensors import quantity_of, sensors, split_axis, without_unit


@pytest.mark.parametrize(
    ("channel", "name", "axis"),
    [
        ("acc_x", "acc", "x"),
        ("acc.x", "acc", "x"),
        ("acc_x_chest", "acc_chest", "x"),
        ("chest_acc_x", "chest_acc", "x"),
        ("x_acc", "acc", "x"),
        ("accX", "acc", "x"),
        ("xAcc", "Acc", "x"),
        ("accx", "acc", "x"),
        ("Gy", "G", "y"),
        ("left_pocket_Ax", "left_pocket_A", "x"),
        ("rotationRateZ", "rotationRate", "z"),
        ("acc_x_mg", "acc_mg", "x"),
        ("accX_mg", "acc_mg", "x"),
        ("Acceleration x (m/s^2)", "Acceleration", "x"),
        ("Acc_Y [g]", "Acc", "y"),
        ("acc (x)", "acc", "x"),
        ("acc (chest) x", "acc chest", "x"),
        ("chest acc X", "chest acc", "x"),
        ("acc16_z", "acc16", "z"),
        ("x", "", "x"),
        ("max", "max", ""),
        ("acc_max", "acc_max", ""),
        ("index", "index", ""),
        ("activity", "activity", ""),
        ("gravity", "gravity", ""),
        ("INDEX", "INDEX", ""),
        ("frequency", "frequency", ""),
        ("acceleration max", "acceleration max", ""),
        ("MaxAcc", "MaxAcc", ""),
    ],
)
def test_axes_are_told(channel, name, axis):
    assert split_axis(channel) == (name, axis)


@pytest.mark.parametrize(
    "pattern", ["{s}_{w}_{a}", "{s}_{a}_{w}", "{a}_{s}_{w}", "{s} ({w}) {a} [g]", "{w}_{s}_{a}_g"]
)
def test_sensors_at_several_places_are_told_apart(pattern):
    places = [(s, w) for s in ("acc", "gyro") for w in ("chest", "ankle", "wrist")]
    channels = [pattern.format(s=s, w=w, a=a) for a in "xyz" for s, w in places]
    found = sensors(channels)
    assert len({sensor.name for sensor in found}) == 6
    for i, sensor in enumerate(found):
        assert sensor.axes == (i, i + 6, i + 12)
        assert sensor.quantity == ("acceleration" if i < 3 else "angular velocity")


def test_units_in_brackets_go_and_places_stay():
    assert without_unit("acc_x (m/s^2)").strip() == "acc_x"
    assert without_unit("gyro_x [deg/s]").strip() == "gyro_x"
    assert "chest" in without_unit("acc_x (chest)")
    assert quantity_of("gyro_x (deg/s)") == "angular velocity"
