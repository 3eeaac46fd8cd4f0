"""The chart of a sweep shows both attackers of every setting, and says what the usual test hides."""

import json

import pytest

from synth.mechanisms.rules.granularity import Granularity
from synth.mechanisms.rules.noise import Noise
from synth.mechanisms.sensegen.sensegen import SenseGen
from synth.reporting import charts
from synth.reporting.charts.sweep.chart import NOBODY, PAPERS, STRONGEST
from synth.reporting.charts.sweep.figures import front
from synth.reporting.charts.theme import UNPROTECTED
from synth.reporting.html_report import sweep_html
from synth.runs.sweep import points
from tests.synth.reporting.reports import generated, transformed, with_results

STRONG = "Added noise, strength of the noise: 4"


def measured(seeds=(0,)):
    """Noise grows stronger from 0.1 to 4, a lower sampling rate is better than it at 5 Hz, SenseGen claims nobody."""
    reports = {
        ("noise", 0.1): {"told": 0.9, "f1": 0.85, "static": 0.80, "refitted": 0.90},
        ("noise", 1.0): {"told": 0.9, "f1": 0.70, "static": 0.30, "refitted": 0.80},
        ("noise", 4.0): {"told": 0.9, "f1": 0.40, "static": 0.07, "refitted": 0.76},
        ("granularity", 5.0): {"told": 0.9, "f1": 0.75, "static": 0.50, "refitted": 0.60},
        ("granularity", 1.0): {"told": 0.9, "f1": 0.60, "static": 0.30, "refitted": 0.50},
    }
    choice = {Noise(): (0.1, 4.0, 1.0), Granularity(): (1.0, 5.0), SenseGen(): ()}
    told = []
    for point in points(choice, seeds):
        body = reports.get((point.mechanism.kind, point.strength))
        if body is None:
            told.append((point, generated("g", told=0.8, f1=0.5, linked=0.6)))
        else:
            told.append(
                (point, transformed("t", **{**body, "refitted": body["refitted"] + 0.04 * point.seed}))
            )
    return told


def rows(drawing):
    return [row for data in drawing.chart.to_dict()["datasets"].values() for row in data]


def marks(drawing, who):
    return {(row["method"], row["strength"]): row for row in rows(drawing) if row.get("who") == who}


def test_every_setting_is_met_by_both_attackers_at_the_same_height():
    drawing = charts.sweep(measured())
    refitted, papers = marks(drawing, STRONGEST), marks(drawing, PAPERS)
    assert set(refitted) == set(papers)
    assert len(refitted) == 5
    strong = ("Added noise", "Strength of the noise: 4")
    assert refitted[strong]["privacy"] == pytest.approx(1 - 0.66 / 0.9)
    assert papers[strong]["privacy"] == pytest.approx(1 + 0.03 / 0.9)
    assert refitted[strong]["utility"] == papers[strong]["utility"] == 0.4
    assert (refitted[strong]["privacy_low"], refitted[strong]["utility_high"]) == pytest.approx(
        (1 - 0.71 / 0.9, 0.45)
    )
    assert papers[strong]["privacy_low"] is None
    assert list(marks(drawing, NOBODY)) == [("SenseGen", "–")]
    assert marks(drawing, UNPROTECTED)[(UNPROTECTED, "–")]["utility"] == 0.88


def test_a_line_goes_from_mild_to_strong_whichever_way_the_dial_turns():
    settings, _ = charts.sweep_settings(measured())
    assert [(s.method, s.strength) for s in settings] == [
        ("Added noise", 0.1), ("Added noise", 1.0), ("Added noise", 4.0),
        ("Lower sampling rate", 5.0), ("Lower sampling rate", 1.0), ("SenseGen", None),
    ]  # fmt: skip


def test_the_front_is_what_nothing_beats_on_both():
    settings, _ = charts.sweep_settings(measured())
    assert [(s.method, s.strength) for s in front(settings)] == [
        ("Added noise", 0.1),
        ("Lower sampling rate", 5.0),
        ("Lower sampling rate", 1.0),
    ]
    assert front([]) == []


def test_the_sentence_is_about_the_setting_that_the_usual_test_flatters_most():
    settings, _ = charts.sweep_settings(measured())
    worst = charts.most_flattered(settings)
    assert worst.name == STRONG
    assert charts.sweep_sentence(worst) == (
        f"By the usual test, people are recognised in “{STRONG}” in 7 % of cases; an attacker who trains on "
        "released windows recognises them in 76 % [71, 81] (guessing: 10 %)."
    )
    assert "does not apply to windows that are attributed to no real person" in charts.sweep_sentence(
        settings[-1]
    )


def test_seeds_are_one_mark_at_their_mean_with_a_dot_each():
    drawing = charts.sweep(measured((0, 1)))
    strong = marks(drawing, STRONGEST)[("Added noise", "Strength of the noise: 4")]
    assert strong["privacy"] == pytest.approx(1 - 0.68 / 0.9)
    assert strong["seeds"] == "0, 1: 76 % to 80 % recognised"
    dots = [row for row in rows(drawing) if set(row) == {"method", "privacy", "utility"}]
    assert len(dots) == 2 * 6


def test_person_by_person_leaves_out_who_claims_nobody():
    drawing = charts.sweep(measured(), by_person=True)
    assert marks(drawing, NOBODY) == {}
    strong = marks(drawing, STRONGEST)[("Added noise", "Strength of the noise: 4")]
    assert strong["privacy"] == pytest.approx(1 - 0.81 / 0.9)
    assert any("are attributed to no real person" in note for note in drawing.notes)
    assert "person by person" in json.dumps(drawing.chart.to_dict())


def test_a_point_without_a_number_is_named_and_not_drawn():
    (point, report), *others = measured()
    lame = with_results(report, tuple(r for r in report.results if r.question != "utility"))
    drawing = charts.sweep([(point, lame), *others])
    assert "recognition of activities could not be measured" in drawing.notes[0]
    assert len(marks(drawing, STRONGEST)) == 4
    assert charts.sweep([(point, lame)]).chart is None


def test_many_points_become_a_picture_of_few_rows():
    drawing = charts.sweep(measured((0, 1, 2, 3, 4)))
    assert charts.download_png(drawing.chart).startswith(b"\x89PNG")
    assert len(rows(drawing)) < 150


def test_one_point():
    drawing = charts.sweep(measured()[:1])
    assert len(marks(drawing, STRONGEST)) == len(marks(drawing, PAPERS)) == 1
    assert "“Added noise, strength of the noise: 0.1” (11 %" in " ".join(
        drawing.chart.to_dict()["title"]["text"]
    )


def test_methods_keep_their_colours_while_points_come():
    methods = ["Added noise", "Lower sampling rate", "SenseGen"]
    specification = json.dumps(charts.sweep(measured()[3:4], methods=methods).chart.to_dict())
    assert json.dumps(charts.colour_of(methods).range) in specification


def test_nobody_is_hidden():
    bare = [
        (point, transformed("t", told=0.9, f1=0.5, static=0.1, refitted=1.0)) for point, _ in measured()[:2]
    ]
    assert "No setting hides people" in json.dumps(charts.sweep(bare).chart.to_dict()["title"])


def test_the_table_has_a_row_a_point_with_both_attackers():
    table = charts.sweep_table(measured((0, 1)))
    assert len(table) == 12
    row = table[(table["strength"] == 4.0) & (table["seed"] == 0)].iloc[0]
    assert row["people recognised, usual test"] == 0.07
    assert row["people recognised"] == 0.76
    assert row["people recognised, refitted attacker, by person"] == pytest.approx(0.91)
    words = charts.sweep_in_words(table)
    assert words.loc[row.name, ["strength", "people recognised"]].tolist() == ["4", "76 % [71, 81]"]
    assert (
        words["people recognised, usual test"].iloc[-1] == "–"
    )  # of windows that are attributed to no real person


def test_the_page_of_a_sweep_says_the_same_and_loads_nothing():
    page = sweep_html(measured())
    assert "in 7 % of cases; an attacker who trains on released windows recognises them in 76 %" in page
    assert "http-equiv" in page
    assert page.count('class="chart"') == 2
    with pytest.raises(ValueError, match="at least one point"):
        sweep_html([])
