"""One method at any strength: what is measured is shown as measured, what lies between as an estimate."""

import pytest

from synth.mechanisms.base import Dial, mechanisms
from synth.reporting import charts
from synth.reporting.charts.sweep.figures import Figure, Setting

NOISE, KEPT = Dial("strength", (0.1, 0.5, 1.0)), Dial("kept", (0.8, 0.4, 0.2))


def number(value: float) -> Figure:
    return Figure(value, value - 0.1, value + 0.1, 0.2, 0.9, (value,), 7, "accuracy", "forest", "refitted")


def setting(strength: float, people: float, activities: float) -> Setting:
    return Setting(
        "Noise", strength, f"strength: {strength}", strength, False, (0,), number(activities), number(people), None
    )  # fmt: skip


SETTINGS = [setting(0.1, 0.8, 0.9), setting(0.5, 0.6, 0.8), setting(1.0, 0.4, 0.6)]


def test_a_measured_strength_is_what_was_measured():
    now = charts.expected(SETTINGS, NOISE, 0.5)
    assert (now.between, now.place, now.people, now.activities) == (
        (), 1.0, pytest.approx((0.6, 0.5, 0.7)), pytest.approx((0.8, 0.7, 0.9)),
    )  # fmt: skip
    assert now.in_words == "Measured: people recognised 60 % [50, 70], activities recognised 80 % [70, 90]."


def test_a_strength_in_between_lies_on_the_line_and_says_so():
    now = charts.expected(SETTINGS, NOISE, 0.75)
    assert (now.between, now.people) == ((0.5, 1.0), pytest.approx((0.5, 0.4, 0.6)))
    assert now.activities == pytest.approx((0.7, 0.6, 0.8))
    assert now.in_words.startswith("Estimated between 0.5 and 1, which were measured: people recognised 50 %")
    row = charts.row_of_now(now.place, now)
    assert (row["measured"], row["people recognised in words"]) == (False, "≈ 50 % [40, 60]")
    # Of the 80 % that guessing gets wrong, 50 % recognised is 37.5 % of the way: 62.5 % hidden.
    assert (row["privacy"], row["utility"]) == pytest.approx((0.625, 0.7))


def test_beyond_what_was_measured_nothing_is_claimed():
    assert charts.expected(SETTINGS[:2], NOISE, 0.75) is None
    assert charts.expected([], NOISE, 0.5) is None
    assert charts.row_of_now(1.5, None) == {"place": 1.5}


def test_a_dial_on_which_less_is_stronger_goes_from_mild_to_strong_too():
    assert [KEPT.place(strength) for strength in (0.9, 0.8, 0.6, 0.3, 0.2)] == pytest.approx(
        [0, 0, 0.5, 1.5, 2]
    )
    assert KEPT.grid(1) == (0.8, 0.6, 0.4, 0.3, 0.2)
    assert Dial("parts", (4, 2, 1)).grid(3) == (4, 3, 2, 1)  # 3.5 is rounded to 4, 2.5 to 2, 1.5 to 2


def test_every_dial_has_a_grid_that_holds_its_steps_and_can_be_set():
    for mechanism in mechanisms().values():
        if mechanism.dial is not None:
            grid = mechanism.dial.grid(4)
            places = [mechanism.dial.place(strength) for strength in grid]
            assert set(mechanism.dial.steps) <= set(grid)
            assert places == sorted(places)


def test_the_charts_draw_where_the_dial_stands_from_one_row_that_is_not_in_them():
    people, activities = charts.curves(SETTINGS, NOISE, "Strength of the noise")
    drawn = [people, activities, charts.strengths_on_map(SETTINGS, {"mine": (0.3, 0.4)})]
    for specification in (chart.to_dict() for chart in drawn):
        named = [layer["data"].get("name") for layer in specification["layer"]]
        assert charts.NOW in named
        assert charts.NOW not in specification["datasets"]
    assert "more private →" in str(activities.to_dict())
