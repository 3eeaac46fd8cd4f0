import io

import pandas as pd
import pytest

from data.export.csv import to_csv


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\tx", "=1"])
def test_a_cell_that_looks_like_a_formula_begins_with_an_apostrophe(text):
    written = pd.read_csv(io.StringIO(to_csv(pd.DataFrame({"subject": [text, "Ann"], text: [1, 2]}))))
    assert written["subject"].tolist() == [f"'{text}", "Ann"]
    assert written.columns[1] == f"'{text}"


@pytest.mark.parametrize("text", ["-3", "+1.5e-3", "walk-fast", "a=b", "-,5"])
def test_numbers_and_words_stay_as_they_are(text):
    assert pd.read_csv(io.StringIO(to_csv(pd.DataFrame({"x": [text]}))), dtype=str)["x"][0] == text


def test_numbers_categories_and_missing_cells_come_back():
    frame = pd.DataFrame({"a": pd.Categorical(["=x", "y", None]), "b": [1.5, None, -3.0]})
    pd.testing.assert_frame_equal(
        pd.read_csv(io.StringIO(to_csv(frame))),
        pd.DataFrame({"a": ["'=x", "y", None], "b": [1.5, None, -3.0]}),
    )
