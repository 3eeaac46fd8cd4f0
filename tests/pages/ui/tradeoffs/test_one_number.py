"""Whatever the question, its number is the same wherever there is room for one only."""

import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from streamlit.testing.v1 import AppTest

from data.windows import WindowSettings
from synth.audit.goal import Goal, decide, harms
from synth.audit.question import headline, judged, question_of, questions, with_verdict
from synth.audit.report import Control, Report
from synth.audit.verdicts import VERSION
from synth.core.figures import figure
from synth.mechanisms.rules.noise import Noise
from synth.reporting import charts
from synth.reporting.advice import decide_among
from synth.reporting.data_card import data_card
from synth.reporting.html_parts import escape
from synth.reporting.html_report import report_html
from synth.runs.repository import Repository
from synth.runs.store import Store
from synth.runs.study import study
from synth.runs.sweep import points
from synth.shell.outputs import print_verdicts
from tests.synth.reporting.reports import result, three, with_results

EARLIER = Path(__file__).parents[3] / "golden" / "revision_84e5e5b"


def disagreeing() -> Report:
    """Of every question about privacy, one attacker is surer and another one higher; the static one lies far below."""
    asked = [key for key in with_verdict() if questions()[key].is_privacy]
    found = [
        result(key, tier, value, low=low, attacker=attacker)
        for key in asked
        for tier, attacker, value, low in (
            ("static", "a", 0.14, 0.01),
            ("refitted", "sure", 0.81, 0.71),
            ("refitted", "lucky", 0.87, 0.67),
            ("refitted, aggregated", "sure", 1.0, 0.65),
        )
    ]
    useful = result("utility", "TSTR, unseen people", 0.742, low=0.63, high=0.83)
    return with_results(three()[0], (*found, useful)).renamed("disagreeing")


def doubted() -> Report:
    """An attacker failed a check."""
    report = three()[1]
    failed = Control("utility", "extra-trees forest", "raw data", "win", 0.2, 0.1, 0.3, 0.14, passed=False)
    told = with_results(replace(report, controls=(*report.controls, failed)), report.results)
    return told.renamed("doubted")


@pytest.fixture(scope="module")
def stored(tmp_path_factory) -> list[Report]:
    """Real reports that an earlier revision measured and stored."""
    home = tmp_path_factory.mktemp("earlier")
    with zipfile.ZipFile(EARLIER / "home.zip") as archive:
        archive.extractall(home)
    repository = Repository(Store(home))
    recordings = repository.recordings(repository.store.read_workspace()["recordings"])
    reports = repository.reports(study(recordings, WindowSettings(), seed=0))
    return list(reports.values())


@pytest.fixture(scope="module")
def worded() -> list[Report]:
    """Reports of the present rules; those of earlier ones keep sentences that may write numbers otherwise."""
    return [*three(), disagreeing(), doubted()]


@pytest.fixture(scope="module")
def reports(worded, stored) -> list[Report]:
    return [*worded, *stored]


def number(report: Report, key: str) -> str:
    main = headline(report, key)
    return "" if main is None else main.figure


def numbers(report: Report) -> dict[str, str]:
    return {key: number(report, key) for key in report.verdicts if number(report, key)}


def title(chart) -> str:
    return " ".join(chart.to_dict()["title"]["text"])


def board(reports: Mapping[str, Report]) -> AppTest:
    def script(reports):
        from pages.ui.tradeoffs.verdict_board import verdict_board
        from synth.audit.goal import Goal, decide

        verdict_board(reports, decide(reports, Goal()))

    app = AppTest.from_function(script, kwargs={"reports": dict(reports)}, default_timeout=60)
    page = app.run()
    assert not page.exception
    return page


def table(page: AppTest) -> dict[str, dict[str, str]]:
    """Return the cells of the board as a screen reader finds them: by the headings of row and column."""
    (html,) = [shown.proto.body for shown in page.get("html")]
    board = ElementTree.fromstring(html[html.index("<div") :])
    heads = ["".join(head.itertext()) for head in board.iterfind(".//th[@scope='col']")]
    rows = {row.find("th[@scope='row']").text: row.findall("td") for row in board.iterfind(".//tbody/tr")}
    return {
        name: dict(zip(heads[1:], ["".join(cell.itertext()) for cell in cells], strict=True))
        for name, cells in rows.items()
    }


def test_there_is_something_to_compare(reports):
    assert {key for report in reports for key in numbers(report)} == set(with_verdict())
    assert numbers(disagreeing())["reidentification"] == "81 % [71, 86]"


def test_the_sentence_of_a_verdict_names_the_number_and_rests_on_it(worded):
    for report in worded:
        for key, said in numbers(report).items():
            assert said in report.verdicts[key].sentence, (report.name, key)


def test_the_board_says_it(worded):
    page = board({report.name: report for report in worded})
    cells = table(page)
    reasons = "\n".join(element.value for element in page.markdown).replace("\\", "")
    for report in worded:
        for key, said in numbers(report).items():
            assert said in cells[report.name][question_of(key).title]
            assert f"- *{question_of(key).title}* **" in reasons
            assert report.verdicts[key].sentence in reasons


def test_the_sentence_of_the_goal_says_it(worded):
    for report in worded:
        (standing,) = decide({"a": report}, Goal("both", harms())).standings
        for one in standing.checks:
            said = numbers(report).get(one.limit.question)
            assert said is None or said in one.in_words or one.outcome == "not measured"
        assert escape(decide_among({"a": report}, Goal()).sentence) in report_html([report])


def test_the_title_of_a_chart_says_it_alone_and_of_both_versions_it_names(reports):
    for report in reports:
        for key, said in numbers(report).items():
            assert said in title(charts.question_chart(key, [report]).chart)
    first, second = three()[:2]
    for key in ("discriminator", "utility", "reidentification"):
        both = title(charts.question_chart(key, [first, second]).chart)
        assert number(first, key) in both
        assert number(second, key) in both


def test_the_tables_of_the_comparison_say_it(reports):
    table = charts.comparison_table({"study": reports})
    words = charts.comparison_in_words(table).set_index("release")
    for report in reports:
        rows = table[table["release"] == report.name].set_index("question")
        for key, said in numbers(report).items():
            assert figure(rows.loc[key, "value"], rows.loc[key, "low"], rows.loc[key, "high"]) == said
            assert words.loc[report.name, question_of(key).short] == said
    drawn = json.dumps(charts.comparison(reports).chart.to_dict())
    assert all(said in drawn for report in reports for said in numbers(report).values())


def test_the_map_of_releases_and_its_note_say_it():
    drawing = charts.tradeoff([disagreeing()])
    (note,) = drawing.notes
    assert "in 14 % of cases; an attacker who trains on released windows" in note
    assert "recognises them in 81 % [71, 86] (guessing: 10 %)" in note
    points = json.dumps(drawing.chart.to_dict(), ensure_ascii=False)
    assert "81 % [71, 86] (guessing: 10 %)" in points
    assert "74 % [63, 83]" in title(drawing.chart)
    assert "87 %" not in points


def test_the_chart_and_the_table_of_a_sweep_say_it():
    (point,) = points({Noise(): (1.0,)}, [0])
    report = disagreeing()
    drawing = charts.sweep([(point, report)])
    assert "81 % [71, 86] (guessing: 10 %)" in json.dumps(drawing.chart.to_dict(), ensure_ascii=False)
    (setting,), _ = charts.sweep_settings([(point, report)])
    assert "81 % [71, 86]" in charts.sweep_sentence(setting)
    row = charts.sweep_table([(point, report)]).iloc[0]
    assert row["people recognised"] == headline(report, "reidentification").value
    assert row["activities recognised"] == headline(report, "utility").value


def test_the_data_card_and_the_command_line_say_it(worded, capsys):
    for report in worded:
        print_verdicts([report])
        lines, card = capsys.readouterr().out.splitlines(), data_card(report)
        for key, said in numbers(report).items():
            (line,) = [line for line in lines if f" | {question_of(key).title} | " in line]
            assert said in line
            section = card.partition(f"### {question_of(key).title}\n")[2].partition("###")[0]
            assert section.count(said) == 2  # in the sentence, and with its yardsticks


def test_the_page_of_the_report_says_it_on_the_board_in_titles_and_among_all_numbers(worded):
    for report in worded:
        page = report_html([report])
        for key, said in numbers(report).items():
            value, interval = said.split(" [")
            assert page.count(said) >= 2, (report.name, key)
            assert f"<td class='number'>{value}</td><td class='number'>[{interval}</td>" in page


def test_reports_of_the_present_rules_are_worded_anew_and_others_stay_as_they_were_stored():
    stored = Report.from_json((EARLIER / "report.json").read_text())
    assert "of 100 cases" in stored.verdicts["discriminator"].sentence
    assert judged(stored) == stored
    of_now = replace(stored, measured_by={"verdicts": VERSION})
    said = judged(of_now).verdicts["discriminator"]
    assert number(stored, "discriminator") in said.sentence
    assert (said.verdict, said.rule) == (stored.verdicts["discriminator"].verdict, "R-real-2")


def test_a_report_keeps_which_number_its_verdicts_rest_on():
    report = disagreeing()
    restored = Report.from_json(report.to_json())
    assert restored.verdicts == report.verdicts
    higher = replace(report.results[2], low=0.8)
    assert (
        headline(replace(restored, results=(*restored.results, higher)), "reidentification").attacker
        == "sure"
    )


def test_the_board_shows_the_best_for_the_goal_first_and_of_one_method_the_best_strength():
    useful, other, generated = three()
    strengths = {"noise": useful, "weak": useful.renamed("weaker"), "other": other, "net": generated}
    for key, strength in (("noise", 0.5), ("weak", 0.25)):
        card = {"mechanism": Noise(strength=strength).card()}
        strengths[key] = replace(strengths[key], release={**strengths[key].release, "card": card})
    worse = tuple(replace(r, value=1.0, low=0.99, high=1.0) if r.question == "reidentification" else r
                  for r in strengths["weak"].results)  # fmt: skip
    strengths["weak"] = with_results(strengths["weak"], worse)
    order = [standing.name for standing in decide(strengths, Goal()).standings]
    page = board(strengths)
    assert list(table(page)) == [name for name in order if name != "weaker"]
    assert table(page)["noise 0.5"]["Your goal"].startswith("fails")
    page.toggle(key="all").set_value(True).run()
    assert list(table(page)) == order
