"""Which version meets a goal: known answers, worked out by hand from four numbers each."""

from dataclasses import replace

import pytest

from synth.audit.goal import Goal, Limit, check, decide, harms, usual_share
from synth.audit.question import headline, questions
from synth.audit.report import Control, Report
from tests.synth.reporting.reports import result, three, with_results

PEOPLE, COPIES, UTILITY, REAL = "reidentification", "copies", "utility", "discriminator"
FAILED = Control(UTILITY, "extra-trees forest", "raw data", "win", 0.2, 0.1, 0.3, 0.14, passed=False)


def version(
    name: str = "A",
    *,
    useful: tuple[float, float, float] = (0.85, 0.80, 0.88),
    people: tuple[float, float, float] = (0.12, 0.08, 0.15),
    copied: tuple[float, float, float] = (0.0, 0.0, 0.01),
    real: tuple[float, float, float] = (0.7, 0.65, 0.74),
    people_p: float = 0.5,
    real_p: float = 0.001,
) -> Report:
    """Return a report. Guessing: 14 % (original recordings 88 %), 10 %, 0 %, 50 %."""
    ends = {
        key: {"value": v[0], "low": v[1], "high": v[2]}
        for key, v in {UTILITY: useful, PEOPLE: people, COPIES: copied, REAL: real}.items()
    }
    found = (
        result(UTILITY, "TSTR, unseen people", **ends[UTILITY]),
        result(UTILITY, "TSTR, unseen people", metric="share kept, macro-F1", value=0.8, low=0.7, high=0.9),
        result(PEOPLE, "refitted", **ends[PEOPLE], p=people_p),
        result(COPIES, "as a whole", **ends[COPIES], chance=0.0, p=0.5),
        result(REAL, "refitted", **ends[REAL], p=real_p),
    )
    return with_results(three()[0], found).renamed(name)


def outcomes(report: Report, goal: Goal) -> list[str]:
    return [one.outcome for one in decide({"a": report}, goal).best.checks]


def test_what_meets_every_limit_is_to_be_shared_and_the_sentence_says_by_which_numbers():
    decision = decide({"a": version()}, Goal())
    assert decision.best.meets
    # 14 % + 0.7 * (88 % - 14 %) = 66 %; 10 % + 0.1 * 90 % = 19 %; 10 %
    assert decision.sentence == (
        "Share “A”, because it meets every limit; activities recognised: 85 % [80, 88] (at least 66 % wanted, original "
        "recordings: 88 %); people recognised: 12 % [8, 15] (at most 19 % allowed); copied: 0 % [0, 1] (at most 10 % "
        "allowed)."
    )


def test_the_numbers_are_those_of_the_board():
    report = version()
    for one in decide({"a": report}, Goal("both", harms())).best.checks:
        assert one.result is headline(report, one.limit.question) or one.outcome == "not measured"


@pytest.mark.parametrize(
    ("useful", "outcome", "shortfall"),
    [
        ((0.85, 0.66, 0.88), "met", 0.0),  # (66 - 14) / 74 = 70.3 %
        ((0.85, 0.65, 0.88), "missed", 0.7 - 0.51 / 0.74),  # the mean alone would meet it
        ((0.40, 0.30, 0.50), "missed", 0.7 - 0.16 / 0.74),
    ],
)
def test_usefulness_is_compared_with_the_originals_at_the_lower_end(useful, outcome, shortfall):
    one = check(version(useful=useful), Limit(UTILITY, 0.7))
    assert one.outcome == outcome
    assert one.shortfall == pytest.approx(shortfall)


@pytest.mark.parametrize(
    ("people", "share", "outcome"),
    [
        ((0.12, 0.08, 0.189), 0.1, "met"),
        ((0.40, 0.30, 0.50), 0.3, "missed"),  # (50 - 10) / 90 = 44 %
        ((0.40, 0.30, 0.50), 0.5, "met"),  # at risk, and that much was allowed
    ],
)
def test_privacy_is_compared_with_guessing_at_the_upper_end(people, share, outcome):
    certain = 0.5 if people[1] < 0.1 else 0.001
    assert check(version(people=people, people_p=certain), Limit(PEOPLE, share)).outcome == outcome


def test_a_limit_that_only_the_mean_meets_is_not_met_and_the_sentence_says_so():
    report = version(useful=(0.85, 0.65, 0.88))
    said = decide({"a": report}, Goal()).sentence
    assert said.startswith(
        "“A” should not be shared. It fails at activities recognised: 85 % [65, 88] (at least 66 %"
    )
    assert "65 % cannot be excluded" in said


def test_what_is_exceeded_by_less_than_a_percentage_point_does_not_look_equal():
    said = decide({"a": version(useful=(0.85, 0.655, 0.88))}, Goal()).sentence
    assert "at least 65.8 % wanted" in said


def test_cannot_tell_is_not_met_whatever_the_mean_and_is_said():
    wide = version(people=(0.12, 0.02, 0.4))
    one = check(wide, Limit(PEOPLE, 0.5))
    assert (one.outcome, one.met) == ("cannot tell", False)
    assert one.shortfall == pytest.approx(0.1)  # its interval is within: it counts as a little beyond
    said = decide({"a": wide}, Goal()).sentence
    assert "people recognised: cannot tell (12 % [2, 40] measured, at most 19 % allowed)" in said


@pytest.mark.parametrize(
    ("real", "outcome"),
    [((0.54, 0.45, 0.62), "met"), ((0.60, 0.45, 0.74), "met"), ((0.64, 0.45, 0.80), "missed")],
)
def test_realism_that_is_too_uncertain_for_a_word_is_compared_with_the_limit(real, outcome):
    report = version(real=real, real_p=0.3)
    assert report.verdicts[REAL].rule == "R-real-3"
    assert check(report, Limit(REAL, 0.5)).outcome == outcome  # 50 % + 0.5 * 50 % = 75 %


def test_what_an_attacker_who_failed_a_check_found_does_not_count():
    doubted = replace(version(), controls=(FAILED,))
    assert outcomes(with_results(doubted, doubted.results), Goal())[0] == "cannot tell"


def test_not_measured_is_not_met_and_is_said():
    measured = [r for r in version().results if r.question != COPIES]
    report = with_results(version(), tuple(measured))
    assert outcomes(report, Goal()) == ["met", "met", "not measured"]
    assert "It fails at copied: not measured." in decide({"a": report}, Goal()).sentence


def test_where_there_is_nothing_to_find_a_limit_on_privacy_is_met_but_nothing_useful_is_proved():
    nobody = result("attributes", "refitted", None, applies=False, note="Nobody's attributes are known.")
    report = with_results(version(), (*version().results, nobody))
    goal = Goal(harms=("attributes",))
    assert outcomes(report, goal) == ["met", "does not apply"]
    assert decide({"a": report}, goal).best.meets
    unused = result(UTILITY, "TSTR, unseen people", None, applies=False, note="There is one activity.")
    useless = with_results(version(), (unused, *[r for r in version().results if r.question != UTILITY]))
    assert outcomes(useless, Goal())[0] == "not measured"


def test_what_is_certainly_more_than_guessing_is_too_much_at_the_usual_limit_however_little():
    few = version(copied=(0.03, 0.02, 0.04))
    few = with_results(few, tuple(replace(r, p=0.001) if r.question == COPIES else r for r in few.results))
    assert few.verdicts[COPIES].verdict == "at risk"
    assert check(few, Limit(COPIES, 0.1)).outcome == "missed"
    assert check(few, Limit(COPIES, 0.2)).outcome == "met"
    assert "certainly more than by guessing" in decide({"a": few}, Goal()).sentence


def test_without_the_originals_or_with_useless_ones_usefulness_cannot_be_told():
    for ceiling in (None, 0.14, 0.1):
        report = version()
        of_utility = headline(report, UTILITY)
        changed = replace(of_utility, ceiling=ceiling)
        verdict = replace(report.verdicts[UTILITY], headline=changed)
        report = replace(report, verdicts={**report.verdicts, UTILITY: verdict})
        one = check(report, Limit(UTILITY, 0.7))
        assert (one.outcome, one.shortfall) == ("cannot tell", 1.0)


@pytest.mark.parametrize(
    ("real", "outcome"),
    [
        ((0.7, 0.65, 0.75), "met"),
        ((0.7, 0.65, 0.76), "missed"),
        ((0.99, 0.98, 1.0), "missed"),
    ],
)
def test_realism_is_compared_with_guessing_at_the_end_that_is_further_from_it(real, outcome):
    assert check(version(real=real), Limit(REAL, 0.5)).outcome == outcome


def test_far_below_guessing_is_no_realism():
    below = version(real=(0.3, 0.2, 0.4))
    of_real = headline(below, REAL)
    verdict = replace(below.verdicts[REAL], verdict="indistinguishable", headline=of_real)
    one = check(replace(below, verdicts={**below.verdicts, REAL: verdict}), Limit(REAL, 0.5))
    assert one.outcome == "missed"
    assert one.shortfall == pytest.approx(0.1)
    assert "as far below guessing" in one.in_words


def test_the_purpose_says_what_is_wanted_and_the_harms_what_is_not():
    assert [limit.question for limit in Goal("movement", ()).limits] == [REAL]
    both = Goal("both", ("copies", "membership"), (Limit(REAL, 0.2), Limit(PEOPLE, 0.5)))
    assert both.limits == (
        Limit(UTILITY, 0.7),
        Limit(REAL, 0.2),
        Limit("membership", 0.1),
        Limit(COPIES, 0.1),
    )
    assert "recognising activities and to show realistic movement" in both.in_words
    assert "Copied: at most 10 % of the way from guessing to certainty." in both.in_words


def test_the_most_useful_comes_first_of_those_that_meet_the_goal_and_the_closest_of_the_others():
    versions = {
        "far": version("far", people=(0.8, 0.7, 0.9), people_p=0.001),
        "near": version("near", people=(0.2, 0.16, 0.25), people_p=0.001),
        "useful": version("useful", useful=(0.87, 0.84, 0.9)),
        "private": version("private", people=(0.1, 0.05, 0.12)),
    }
    decision = decide(versions, Goal())
    assert [s.name for s in decision.standings] == ["useful", "private", "near", "far"]
    assert decision.sentence.startswith("Share “useful”,")
    assert decision.of("far").shortfall == pytest.approx((0.9 - 0.1) / 0.9 - 0.1)
    assert decision.best.usefulness == pytest.approx(0.70 / 0.74)
    failing = decide({key: versions[key] for key in ("far", "near")}, Goal())
    assert failing.sentence == (
        "None of these should be shared. Closest: “near”; it fails at people recognised: 20 % [16, 25] (at most 19 % "
        "allowed)."
    )


def test_privacy_counts_only_where_it_was_asked_for():
    known = version(people=(0.9, 0.85, 0.95), people_p=0.001)
    decision = decide({"a": known}, Goal(harms=("copies",)))
    assert decision.best.meets
    assert decision.sentence.endswith(
        " At risk, though not part of the goal: people recognised 90 % [85, 95]."
    )
    assert not decide({"a": known}, Goal(harms=("copies", PEOPLE))).best.meets


def test_numbers_of_earlier_attackers_meet_nothing_and_come_last():
    decision = decide({"old": version("old"), "bad": version("bad", useful=(0.2, 0.1, 0.3))}, Goal(), {"old"})
    assert [s.name for s in decision.standings] == ["bad", "old"]
    assert "measured again" in decision.of("old").why_not
    assert "measured again" in decide({"old": version()}, Goal(), {"old"}).sentence


def test_reports_from_before_there_were_headlines_can_be_asked_too():
    early = version()
    early = replace(early, verdicts={k: replace(v, headline=None) for k, v in early.verdicts.items()})
    assert outcomes(early, Goal("both")) == ["met", "met", "met", "met"]


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": "fun"},
        {"harms": ("utility",)},
        {"changed": (Limit(COPIES, 1.1),)},
        {"changed": (Limit("realism", 0.5),)},
    ],
)
def test_a_goal_that_makes_no_sense_is_refused(changes):
    with pytest.raises(ValueError, match="Received"):
        Goal(**changes)


def test_there_is_no_decision_without_a_report():
    with pytest.raises(ValueError, match="at least one report"):
        decide({}, Goal())


def test_every_question_about_privacy_can_be_chosen_and_says_what_must_not_happen():
    assert set(harms()) == {key for key, question in questions().items() if question.is_privacy}
    for key in harms():
        assert questions()[key].harm
        assert 0 < usual_share(key) < 1
