"""Corrected versions beside their originals: on the board's order, on the map and in the report."""

from dataclasses import replace

from synth.audit.report import beside_originals
from synth.reporting import charts
from synth.reporting.charts.theme import UNPROTECTED
from synth.reporting.html_report import _reasons, _release
from tests.synth.reporting.reports import corrected, three
from tests.synth.reporting.test_charts import rows, words


def family() -> dict:
    noise, granular, sensegen = three()
    return {
        "a": noise, "b": granular, "c": sensegen,
        "d": corrected(noise, "noise 0.5, corrected", 3),
        "e": corrected(granular, "granularity, corrected", 1),
        "f": corrected(noise, "noise 0.5, corrected again", 4),
    }  # fmt: skip


def test_corrected_versions_stand_behind_their_originals():
    assert list(beside_originals(family())) == ["a", "d", "f", "b", "e", "c"]
    alone = {"d": family()["d"], "b": family()["b"]}
    assert list(beside_originals(alone)) == ["d", "b"]


def test_a_correction_of_a_correction_stands_behind_it():
    reports = family()
    reports["g"] = corrected(reports["d"], "third", 5)
    order = list(beside_originals(reports))
    assert order.index("a") < order.index("d") < order.index("g") < order.index("b")


def test_reports_say_where_they_come_from():
    reports = family()
    assert reports["a"].provenance == ""
    assert reports["d"].provenance == "corrected from “noise 0.5”, 3 of 300 windows"
    for part in (_reasons(list(reports.values())), _release(reports["d"])):
        assert part.count("corrected from “noise 0.5”, 3 of 300 windows") == 1


def test_the_map_joins_them():
    reports = list(beside_originals(family()).values())
    chart = charts.tradeoff(reports).chart
    lines = {row["name"]: row for row in rows(chart) if "from_privacy" in row}
    assert set(lines) == {
        "noise 0.5, corrected, corrected from noise 0.5",
        "granularity, corrected, corrected from granularity 5 Hz",
        "noise 0.5, corrected again, corrected from noise 0.5",
    }
    assert "Dotted" in words(chart)
    assert not [row for row in rows(charts.tradeoff(three()).chart) if "from_privacy" in row]
    assert "Dotted" not in words(charts.tradeoff(three()).chart)


def test_corrected_recordings_are_joined_to_the_unprotected_ones():
    noise = three()[0]
    real = replace(
        noise, release={**noise.release, "name": "The real recordings", "card": {"kind": "unprotected"}}
    )
    drawn = charts.tradeoff([noise, corrected(real, "drawn", 2)])
    lines = [row for row in rows(drawn.chart) if "from_privacy" in row]
    assert [line["name"] for line in lines] == [f"drawn, corrected from {UNPROTECTED}"]
