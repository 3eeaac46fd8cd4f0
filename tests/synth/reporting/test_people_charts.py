"""People's risks: the most exposed person comes first, and no name leaves this computer."""

from dataclasses import replace

import pytest

from synth.audit.question import question_of
from synth.reporting.charts import PICTURES, download_svg, guesses, people
from synth.reporting.data_card import data_card
from synth.reporting.html_report import report_html
from tests.synth.reporting.reports import three

ATTACKER = "extra-trees forest"


def person(name: str, value: float, tier: str = "refitted") -> dict:
    counted = {"n_windows": 40, "n_stretches": 8, "chance": 0.1, "tier": tier}
    return {"person": name, "value": value, "low": value - 0.1, "high": min(1.0, value + 0.1), **counted}


def guess(k: int, value: float) -> dict:
    return {"tier": "refitted", "k": k, "value": value, "low": value - 0.1, "high": value, "chance": k / 4}


def exhibited(*everyone: dict, attacker: str = ATTACKER):
    exhibits = {
        f"people, {attacker}": list(everyone),
        f"guesses, {attacker}": [guess(k, value) for k, value in ((1, 0.4), (2, 0.6), (3, 0.9), (4, 1.0))],
    }
    return replace(three()[0], exhibits={"reidentification": exhibits})


def rows_of(chart) -> list[dict]:
    return [row for rows in chart.to_dict()["datasets"].values() for row in rows]


def title_of(chart) -> str:
    return " ".join(chart.to_dict()["title"]["text"])


def test_every_person_has_a_row_and_the_most_exposed_is_named():
    chart = people(exhibited(person("Ann", 0.92), person("Bea", 0.5), person("Cy", 0.1)))
    assert title_of(chart) == "Most exposed: Ann, recognised in 92 % [82, 100] of windows (guessing: 10 %)"
    measured = [row for row in rows_of(chart) if row.get("kind", "").startswith("measured")]
    assert [(row["name"], row["x"]) for row in measured] == [("Ann", 0.92), ("Bea", 0.5), ("Cy", 0.1)]
    assert "8 stretches of recording" in measured[0]["rests_on"]
    assert b"<svg" in download_svg(chart)


def test_the_attacker_on_whom_the_verdict_rests_is_drawn():
    """The headline of this report is the refitted forest, though the informed one names more."""
    chart = people(exhibited(person("Ann", 0.7), person("Ann", 0.99, tier="informed")))
    assert "70 %" in title_of(chart)
    other = people(exhibited(person("Ann", 0.7), person("Bea", 0.9, "informed"), attacker="somebody else"))
    assert "Bea" in title_of(other)


def test_of_many_people_the_most_exposed_are_drawn_and_the_chart_says_so():
    everyone = [person(f"P{i:03d}", 1 - i / 100) for i in range(50)]
    chart = people(exhibited(*everyone))
    assert len({row["name"] for row in rows_of(chart) if "name" in row}) == 30
    assert "The 30 most exposed of 50 people" in " ".join(chart.to_dict()["title"]["subtitle"])


def test_the_number_of_guesses_that_half_of_the_windows_need():
    chart = guesses(exhibited(person("Ann", 0.4)))
    assert title_of(chart) == "For at least half of the windows, 2 guesses suffice among 4 people"
    drawn = {(row["who"], row["k"]): row["value"] for row in rows_of(chart)}
    assert drawn["pure guessing", 3] == pytest.approx(0.75)
    assert drawn["Attacker learns on the release (refitted)", 3] == 0.9
    assert b"<svg" in download_svg(chart)


def test_without_people_there_is_nothing_to_draw():
    assert people(three()[0]) is None
    assert guesses(three()[0]) is None


def test_the_question_asks_for_both_pictures():
    assert question_of("reidentification").pictures[:2] == ("people", "guesses")
    assert (PICTURES["people"], PICTURES["guesses"]) == (people, guesses)


def test_no_name_is_in_anything_that_is_shared():
    """A control: the stored report has the name, so that it could be found where it must not be."""
    report = exhibited(person("Wilhelmina", 0.92))
    assert "Wilhelmina" in report.to_json(private=True)
    for shared in (report.to_json(), report_html([report]), data_card(report), report.to_frame().to_csv()):
        assert "Wilhelmina" not in shared
