"""Maps before and after: every point is drawn with its label, and nothing of it is shared."""

from dataclasses import replace

import pytest

from synth.audit.question import question_of
from synth.reporting.charts import PICTURES, before_and_after, download_svg
from synth.reporting.html_report import report_html
from tests.synth.reporting.reports import three


def exhibited():
    points = {
        side: [
            {"x": float(i), "y": step * i, "person": person, "activity": "walk"}
            for i, person in enumerate(("Wilhelmina", "Bea", "Wilhelmina"))
        ]
        for side, step in (("before", 1.0), ("after", -1.0))
    }
    maps = [
        {"side": side, "colour": colour, "alike": share, "points": points[side]}
        for colour in ("person", "activity")
        for side, share in (("before", 0.9), ("after", 0.25))
    ]
    return replace(three()[0], exhibits={"reidentification": {"before and after": maps}})


@pytest.mark.parametrize("colour", ["person", "activity"])
def test_every_window_is_drawn_before_and_after(colour):
    report = exhibited()
    chart = before_and_after(report, colour)
    drawn = chart.to_dict()
    title = " ".join(drawn["title"]["text"])
    assert title == f"Nearest neighbour of the same {colour}: 90 % before, 25 % after"
    below = " ".join(drawn["title"]["subtitle"])
    assert ("3 windows of one activity (walk);" in below) == (colour == "person")
    assert report.name in below
    before, after = (drawn["datasets"][panel["data"]["name"]] for panel in drawn["vconcat"])
    assert [row["y"] for row in before] == [0.0, 1.0, 2.0]
    assert [row["y"] for row in after] == [0.0, -1.0, -2.0]
    assert {panel["encoding"]["color"]["field"] for panel in drawn["vconcat"]} == {colour}
    assert b"<svg" in download_svg(chart)


def test_the_question_asks_for_both_maps_and_nothing_is_drawn_without_them():
    names = [name for name in question_of("reidentification").pictures if name.startswith("before and after")]
    assert names == ["before and after by person", "before and after by activity"]
    assert all(PICTURES[name](exhibited()) is not None for name in names)
    assert all(PICTURES[name](three()[0]) is None for name in names)


def test_no_name_on_a_map_is_shared():
    report = exhibited()
    assert "Wilhelmina" in report.to_json(private=True)
    assert "Wilhelmina" not in report.to_json() + report_html([report])
