"""The default filler is the one that was nearest to the truth on gaps of the same kind."""

import numpy as np
import pytest

from synth.imputers.comparison import (
    GAP_IN_ALL,
    GAP_IN_ONE,
    SCATTERED,
    WHOLE_CHANNEL,
    ImputationError,
    comparison_masks,
)
from synth.imputers.default_imputer import best_imputer, choice_in_words, kind_of_gap


def errors(**rmse: float) -> list[ImputationError]:
    return [ImputationError(name, SCATTERED, e, e - 0.01, e + 0.01, 9, "people") for name, e in rmse.items()]


def test_each_compared_kind_is_recognised():
    for kind, masks in comparison_masks((50, 128, 6), seed=0).items():
        named = [kind_of_gap(mask) for mask in masks]
        assert set(named) == {kind}


def test_known_kinds():
    mask = np.ones((60, 4), dtype=bool)
    with pytest.raises(ValueError, match="nothing is missing"):
        kind_of_gap(mask)
    mask[3, 2] = False
    assert kind_of_gap(mask) == SCATTERED
    mask[10:20, 2] = False
    assert kind_of_gap(mask) == GAP_IN_ONE
    mask[12:22] = False
    assert kind_of_gap(mask) == GAP_IN_ALL
    mask[:, 0] = False
    assert kind_of_gap(mask) == WHOLE_CHANNEL
    assert kind_of_gap(np.zeros((60, 4), dtype=bool)) == GAP_IN_ALL
    assert kind_of_gap(np.zeros((60, 1), dtype=bool)) == GAP_IN_ALL


def test_the_lowest_error_of_that_kind_wins():
    measured = errors(GAIN=0.03, line=0.02, mean=0.08)
    assert best_imputer(measured, SCATTERED) == "line"
    assert best_imputer(measured, WHOLE_CHANNEL) == "Straight line"
    assert best_imputer([], SCATTERED) == "Straight line"


def test_what_copies_real_windows_is_never_the_default():
    measured = errors(**{"GAIN": 0.03, "Nearest real window": 0.02, "Mean": 0.08})
    assert best_imputer(measured, SCATTERED) == "GAIN"
    text = choice_in_words(measured, SCATTERED)
    assert "“Nearest real window” has a smaller error (0.020), but copies pieces" in text
    assert "62 % less than “Mean” (0.080)" in text


def test_words_say_by_how_much():
    text = choice_in_words(errors(GAIN=0.03, line=0.04), SCATTERED)
    assert text.startswith("“GAIN” for scattered samples (20 %): its error is 0.030 [0.020, 0.040]")
    assert "25 % less than “line” (0.040)" in text
    assert "9 people" in text
    assert "copies" not in text
    assert "hardly less" in choice_in_words(errors(GAIN=0.03, line=0.0301), SCATTERED)
    assert "No errors were measured" in choice_in_words([], WHOLE_CHANNEL)
