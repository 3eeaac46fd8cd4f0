"""Every question has one definition, and everything that shows a question can read it."""

import json
import sys
from dataclasses import replace
from types import ModuleType

import pytest

import synth.audit
from data.discovery import instances_in
from pages.ui.tradeoffs.verdict_board import COLOURS
from synth.audit.attack import attacks
from synth.audit.question import Question, headline, question_of, questions, verdict_of, with_verdict
from synth.audit.report import Control, Report
from synth.reporting.charts import CHARTS, PICTURES, TABLES
from tests.synth.reporting.reports import result, three, with_results

QUESTIONS = list(questions().values())


def test_the_folders_are_searched_for_definitions():
    assert list(questions()) == [
        *("discriminator", "utility", "teaching", "reidentification", "membership", "copies", "attributes"),
        *("replacement", "realism"),
    ]
    assert set(questions()) - set(with_verdict()) == {"teaching", "realism"}
    assert {question.key for question in QUESTIONS if question.is_privacy} == {
        *("reidentification", "membership", "copies", "attributes", "replacement")
    }


def test_every_question_is_asked_by_an_attack_and_every_attack_asks_a_question():
    assert {attack.question for attack in attacks()} == set(questions())


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.key)
def test_a_definition_is_whole(question):
    assert question.finding.format(name="A", value="7 %") != question.finding
    assert "{name}" in question.finding and "{value}" in question.finding  # noqa: PT018
    assert set(question.verdicts.values()) <= set(COLOURS)
    assert set(question.charts) <= set(CHARTS)
    assert set(question.tables) <= set(TABLES)
    assert set(question.pictures) <= set(PICTURES)
    assert 0 <= question.axis_low < 1
    for text in (question.title, question.short, question.term, question.measure, question.explanation):
        assert text.strip()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.key)
def test_a_rule_copes_with_nothing_and_rests_on_something_that_was_measured(question):
    assert question.rule([], []).headline is None
    unmeasured = result(question.key, "refitted", None, note="Too few people.")
    assert question.rule([unmeasured], []).headline is None
    metric = {"utility": "macro-F1", "teaching": "accuracy"}.get(question.key, "share")
    measured = result(question.key, "TSTR, unseen people", 0.4, metric=metric)
    verdict = question.rule([unmeasured, measured], [])
    assert verdict.headline == measured
    assert verdict.verdict in {"cannot tell", *question.verdicts} or not question.has_verdict
    assert question.rule_in_words(verdict.rule).startswith(verdict.verdict) or not question.has_verdict
    assert measured.figure in verdict.sentence or not question.has_verdict


def test_one_more_definition_is_found_wherever_it_stands_and_however_often_it_is_imported(monkeypatch):
    added = replace(questions()["copies"], key="extra", order=45)
    for name in ("first", "second"):
        module = ModuleType(f"synth.audit.{name}")
        module.QUESTION = added
        monkeypatch.setitem(sys.modules, module.__name__, module)
    known = sys.modules["data.discovery"].modules_in
    more = [sys.modules["synth.audit.first"], sys.modules["synth.audit.second"]]
    monkeypatch.setattr("data.discovery.modules_in", lambda package: [*known(package), *more])
    assert [q for q in instances_in(synth.audit, Question) if q.key == "extra"] == [added]
    assert list(questions.__wrapped__())[3:6] == ["reidentification", "extra", "membership"]
    more[1].QUESTION = replace(added)
    with pytest.raises(ValueError, match="key of its own"):
        questions.__wrapped__()


def test_a_question_without_a_definition_is_shown_all_the_same():
    report = with_results(three()[0], (result("gait", "a new tier", 0.3),))
    assert question_of("gait").title == "Gait"
    assert headline(report, "gait").value == 0.3
    assert question_of("gait").tier_in_words("a new tier, refitted") == (
        "a new tier, Attacker learns on the release (refitted)"
    )


def test_a_decided_word_is_shown_with_the_number_that_it_rests_on():
    question = question_of("discriminator")
    measured = result("discriminator", "refitted", 0.954)
    assert question.label(question.rule([measured], [])) == "distinguishable (95 %)"
    assert question.label(question.rule([replace(measured, value=0.55, low=0.4, p=0.2)], [])) == "cannot tell"
    assert question_of("attributes").label(verdict_of("attributes", [], [])) == "does not apply"


def test_reports_from_before_there_were_identifiers_and_does_not_apply_stay_readable():
    report: Report = three()[0]
    body = json.loads(report.to_json())
    for verdict in body["verdicts"].values():
        del verdict["rule"]
    for one in body["results"]:
        del one["applies"]
    read = Report.from_json(json.dumps(body))
    assert {v.rule for v in read.verdicts.values()} == {""}
    assert read.results == report.results
    assert Report.from_json(report.to_json()).verdicts == report.verdicts
    assert report.verdicts["reidentification"].rule == "R-privacy-1"


def test_results_of_other_questions_do_not_count():
    report: Report = three()[0]
    own = [r for r in report.results if r.question == "utility"]
    assert verdict_of("utility", report.results, report.controls) == verdict_of("utility", own, [])


def test_a_failed_check_takes_the_word_and_leaves_the_number():
    measured = result("reidentification", "refitted", 0.12, low=0.08, high=0.15)
    failed = Control(
        "reidentification", "extra-trees forest", "raw data", "win", 0.11, 0.0, 0.2, 0.1, passed=False
    )
    assert verdict_of("reidentification", [measured], []).verdict == "safe"
    verdict = verdict_of("reidentification", [measured], [failed])
    assert (verdict.verdict, verdict.headline) == ("cannot tell", measured)
    assert "12 % [8, 15]" in verdict.sentence
    assert "should find raw data: 11 %, guessing 10 %" in verdict.sentence


def test_the_surest_attacker_stands_for_a_risk_and_the_least_sure_one_for_safety():
    sure, lucky = (
        result("reidentification", "refitted", value, low=low, high=0.9, attacker=attacker)
        for attacker, value, low in (("sure", 0.81, 0.71), ("lucky", 0.88, 0.67))
    )
    assert verdict_of("reidentification", [lucky, sure], []).headline == sure
    near, wide = (
        result("reidentification", "refitted", value, low=0.05, high=high)
        for value, high in ((0.13, 0.15), (0.1, 0.18))
    )
    assert verdict_of("reidentification", [near, wide], []).headline == wide


def test_of_two_alike_the_one_who_learnt_from_the_release_counts():
    static, refitted = (result("reidentification", tier, 1.0, low=0.4) for tier in ("static", "refitted"))
    assert verdict_of("reidentification", [static, refitted], []).headline == refitted
