"""Units: told by names and sizes, and converted exactly."""

import numpy as np
import pandas as pd
import pytest

from data.ingest.column_mapping import guess_mapping
from data.ingest.convert import to_recordings
from data.ingest.preparation import Preparation
from data.ingest.table import Table
from data.ingest.units import guess_units, standard_units
from tests.data.tables import as_table, tidy_table

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("unit", "value", "expected", "standard"),
    [
        ("m/s²", 9.80665, 1.0, "g"),
        ("mg", 1000.0, 1.0, "g"),
        ("g", 1.0, 1.0, "g"),
        ("deg/s", 180.0, np.pi, "rad/s"),
        ("rad/s", 2.0, 2.0, "rad/s"),
        ("µT", 48.0, 48.0, "µT"),
        ("", 7.0, 7.0, ""),
    ],
)
def test_factors_are_exact(unit, value, expected, standard):
    factors, units = standard_units((unit,))
    assert units == (standard,)
    assert value * factors[0] == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("acc_x (m/s^2)", "m/s²"),
        ("Acceleration x (m/s²)", "m/s²"),
        ("acc_x_ms2", ""),
        ("acc_x [mg]", "mg"),
        ("acc_x (g)", "g"),
        ("gyro_x (deg/s)", "deg/s"),
        ("gyro_x [°/s]", "deg/s"),
        ("gyro_x (dps)", "deg/s"),
        ("gyro_x (rad/s)", "rad/s"),
        ("mag_x (µT)", "µT"),
        ("acc_x", ""),
        ("walking", ""),
    ],
)
def test_units_in_names_are_read(name, unit):
    table = as_table(pd.DataFrame({name: RNG.normal(size=10)}))
    assert guess_units(table, (name,)) == (unit,)


@pytest.mark.parametrize(
    ("scale", "unit"), [(1.0, "g"), (9.81, "m/s²"), (1000.0, "mg"), (3.0, ""), (0.05, "")]
)
def test_units_of_accelerations_are_told_by_gravity(scale, unit):
    values = np.array([0.6, 0.0, 0.8]) * scale + RNG.normal(0, 0.02 * scale, (500, 3))
    channels = ("acc_x", "acc_y", "acc_z")
    assert guess_units(as_table(pd.DataFrame(values, columns=channels)), channels) == (unit,) * 3


@pytest.mark.parametrize(("fastest", "unit"), [(200.0, "deg/s"), (5.0, "rad/s"), (0.01, "")])
def test_units_of_rotations_are_told_by_speed(fastest, unit):
    channels = ("gyro_x", "gyro_y", "gyro_z")
    frame = pd.DataFrame(RNG.uniform(-fastest, fastest, (5000, 3)), columns=channels)
    assert guess_units(as_table(frame), channels) == (unit,) * 3


def test_what_the_file_says_counts_more_than_what_values_suggest():
    channels = ("acc_x", "acc_y", "acc_z")
    frame = pd.DataFrame(np.tile([0.6, 0, 0.8], (50, 1)), columns=channels)
    table = Table("x", frame, units=dict.fromkeys(channels, "m/s²"))
    assert guess_units(table, channels) == ("m/s²",) * 3


@pytest.mark.parametrize("convert", [True, False])
def test_conversion_is_told_and_can_be_left(convert):
    frame = tidy_table().rename(columns={"acc_x": "acc_x (m/s^2)", "acc_y": "gyro_y (deg/s)"})
    table = as_table(frame)
    recordings = to_recordings(table, guess_mapping(table), Preparation(convert_units=convert))
    factors = (1 / 9.80665, np.pi / 180) if convert else (1, 1)
    ordered = frame.sort_values(["subject", "activity", "t"])
    for channel, factor in zip(recordings.channels, factors, strict=True):
        np.testing.assert_allclose(recordings.samples[channel], ordered[channel] * factor, rtol=1e-6)
    assert recordings.units == (("g", "rad/s") if convert else ("m/s²", "deg/s"))
    assert convert == any("Converted to g" in finding.done for finding in recordings.findings)


def gravity(scale: float, n: int = 600) -> np.ndarray:
    """Return a moving accelerometer: gravity that slowly turns, and movements of a third of it."""
    angle = np.linspace(0, 1, n)
    still = np.stack([np.sin(angle), 0 * angle, np.cos(angle)], axis=1)
    return scale * (still + np.random.default_rng(1).normal(0, 0.15, (n, 3)))


@pytest.mark.parametrize(("unit", "scale"), [("g", 1.0), ("m/s²", 9.81), ("mg", 1000.0)])
@pytest.mark.parametrize("names", [("x", "y", "z"), ("X", "Y", "Z"), ("imu_x", "imu_y", "imu_z")])
def test_the_unit_of_bare_axes_is_told_from_gravity(unit, scale, names):
    table = Table("x.csv", pd.DataFrame(gravity(scale), columns=list(names)))
    assert guess_units(table, names) == (unit,) * 3


@pytest.mark.parametrize("names", [("x", "y", "z"), ("acc_x", "acc_y", "acc_z")])
def test_linear_acceleration_of_about_the_same_length_is_not_taken_for_gravity(names):
    values = np.random.default_rng(0).normal(0, 0.65, (600, 3))
    assert 0.8 < np.median(np.linalg.norm(values, axis=1)) < 1.25
    assert guess_units(Table("x.csv", pd.DataFrame(values, columns=list(names))), names) == ("",) * 3


def test_bare_axes_of_anything_else_have_no_unit():
    values = gravity(48.0)  # a magnetic field in µT
    assert (
        guess_units(Table("x.csv", pd.DataFrame(values, columns=list("xyz"))), ("x", "y", "z")) == ("",) * 3
    )
