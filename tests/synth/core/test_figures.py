"""One format for shares: two significant digits, and brackets for the interval."""

import pytest

from synth.core.figures import figure, interval, percent


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (1 / 7, "14 %"), (0.742, "74 %"), (0.0737, "7.4 %"), (0.07, "7 %"), (0.0996, "10 %"), (0.0949, "9.5 %"),
        (1.0, "100 %"), (0.999, "100 %"), (0.0, "0 %"), (0.0004, "0 %"), (-0.0004, "0 %"), (-0.031, "-3.1 %"),
    ],
)  # fmt: skip
def test_two_significant_digits(share, written):
    assert percent(share) == written


def test_the_interval_stands_behind_without_its_unit():
    assert interval(0.628, 0.0749) == "[63, 7.5]"
    assert figure(0.742, 0.628, 0.831) == "74 % [63, 83]"
    assert figure(0.742) == figure(0.742, None, 0.8) == "74 %"
