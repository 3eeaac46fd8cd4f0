"""The documented rules, on numbers made up for them."""

from dataclasses import replace

import pytest

from synth.audit.attributes.question import CLAIMS_NOBODY
from synth.audit.question import question_of, verdict_of
from synth.audit.report import RECALL, SHARE_KEPT, Control, Result
from synth.audit.stats import Estimate
from synth.core.figures import figure


def result(question, value, low, high, *, chance=0.5, ceiling=0.5, attacker="a", tier="refitted", n=10):
    metric = {
        "discriminator": "balanced accuracy",
        "utility": "macro-F1",
        "reidentification": "top-1 accuracy",
    }
    p = Estimate(value, low, high, n, error=(high - low) / 4, freedom=50).p_above(chance)
    return Result(
        question,
        metric[question],
        attacker,
        tier,
        value,
        low,
        high,
        chance,
        ceiling,
        "lower",
        n,
        "people",
        p=p,
    )


def failed(attacker, expected, value=0.6):
    return Control("discriminator", attacker, "noise", expected, value, 0.4, 0.6, 0.5, passed=False)


@pytest.mark.parametrize(
    ("value", "low", "high", "word"),
    [
        (0.98, 0.95, 0.99, "distinguishable"),
        (0.52, 0.47, 0.57, "indistinguishable"),
        (0.55, 0.45, 0.65, "cannot tell"),
        (0.58, 0.55, 0.60, "indistinguishable"),
        (0.58, 0.51, 0.65, "distinguishable"),
    ],
)
def test_discriminator(value, low, high, word):
    verdict = verdict_of("discriminator", [result("discriminator", value, low, high)], [])
    assert verdict.verdict == word
    rules = {"indistinguishable": "R-real-1", "distinguishable": "R-real-2", "cannot tell": "R-real-3"}
    assert verdict.rule == rules[word]
    assert f"{figure(value, low, high)} of cases (guessing: 50 %)" in verdict.sentence


def test_one_attacker_who_can_tell_is_enough():
    results = [
        result("discriminator", 0.5, 0.48, 0.52, attacker="a"),
        result("discriminator", 0.9, 0.85, 0.93, attacker="b"),
    ]
    assert verdict_of("discriminator", results, []).verdict == "distinguishable"


ROUNDING = "refitted, by rounding alone"


def test_rounding_is_judged_apart():
    rounding = result("discriminator", 1.0, 0.99, 1.0, attacker="rounding", tier=ROUNDING)
    fine = result("discriminator", 0.9, 0.85, 0.93, attacker="b")
    both = verdict_of("discriminator", [rounding, fine], [])
    assert both.verdict == "distinguishable"
    assert both.headline == fine
    assert f"How values are rounded would suffice: {rounding.figure}." in both.sentence


def test_rounding_alone_is_enough_to_distinguish_and_is_named_as_the_reason():
    rounding = result("discriminator", 1.0, 0.99, 1.0, attacker="rounding", tier=ROUNDING)
    nothing = result("discriminator", 0.5, 0.48, 0.52, attacker="b")
    verdict = verdict_of("discriminator", [rounding, nothing], [])
    assert verdict.verdict == "distinguishable"
    assert verdict.headline == rounding
    assert verdict.sentence == (
        f"How values are rounded is enough to distinguish these windows from real ones in {rounding.figure} of cases "
        f"(guessing: 50 %). Once both are rounded alike, no classifier is certainly better than guessing: "
        f"{nothing.figure}."
    )


def test_rounding_that_tells_nothing_is_not_mentioned():
    rounding = result("discriminator", 0.5, 0.48, 0.52, attacker="rounding", tier=ROUNDING)
    fine = result("discriminator", 0.49, 0.46, 0.52, attacker="b")
    verdict = verdict_of("discriminator", [rounding, fine], [])
    assert verdict.verdict == "indistinguishable"
    assert verdict.headline == fine
    assert "rounded" not in verdict.sentence


def test_an_attacker_who_could_be_stronger_is_quoted():
    unfinished = replace(result("discriminator", 0.9, 0.85, 0.93), note="More would help.")
    assert verdict_of("discriminator", [unfinished], []).sentence.endswith(
        "(guessing: 50 %). More would help."
    )


def test_a_failed_control_takes_away_only_what_it_concerns():
    caught = result("discriminator", 0.9, 0.85, 0.93, attacker="a")
    found_nothing = result("discriminator", 0.5, 0.48, 0.52, attacker="b")

    def verdict(*controls):
        return verdict_of("discriminator", [caught, found_nothing], controls)

    assert verdict(failed("a", "win")).verdict == "distinguishable"
    assert verdict(failed("b", "lose")).verdict == "distinguishable"
    assert verdict(failed("a", "lose")).verdict == "cannot tell"
    assert "check of the attacker failed" in verdict(failed("a", "lose")).sentence
    only_b = verdict_of("discriminator", [found_nothing], [failed("b", "win")])
    assert only_b.verdict == "cannot tell"


@pytest.mark.parametrize(
    ("value", "low", "high", "word"),
    [
        (0.9, 0.8, 0.95, "at risk"),
        (0.10, 0.07, 0.14, "safe"),
        (0.12, 0.11, 0.15, "safe"),
        (0.2, 0.05, 0.4, "cannot tell"),
        (0.2, 0.15, 0.3, "at risk"),
    ],
)
def test_reidentification(value, low, high, word):
    verdict = verdict_of("reidentification", [result("reidentification", value, low, high, chance=0.1)], [])
    assert verdict.verdict == word
    assert f"{figure(value, low, high)} of windows (guessing: 10 %)" in verdict.sentence


def test_decisions_a_person_can_convict_and_need_not_acquit():
    windows = result("reidentification", 0.1, 0.08, 0.12, chance=0.1)
    people = result("reidentification", 0.1, 0.01, 0.4, chance=0.1, tier="refitted, aggregated")
    assert verdict_of("reidentification", [windows, people], []).verdict == "safe"
    caught = replace(people, value=0.6, low=0.3, high=0.8, p=0.001)
    assert verdict_of("reidentification", [windows, caught], []).verdict == "at risk"


@pytest.mark.parametrize(
    ("value", "low", "high", "word", "rule"),
    [
        (0.95, 0.80, 1.00, "kept", 2),
        (0.90, 0.70, 0.95, "kept", 2),
        (0.89, 0.85, 0.95, "reduced", 3),
        (0.95, 0.69, 0.99, "reduced", 3),
        (0.70, 0.60, 0.80, "reduced", 3),
        (0.30, 0.20, 0.50, "lost", 1),
        (0.00, 0.00, 0.10, "lost", 1),
        (0.85, 0.60, 1.00, "cannot tell", 5),
        (0.30, 0.00, 0.80, "cannot tell", 5),
    ],
)
def test_utility_is_judged_by_the_paired_comparison(value, low, high, word, rule):
    """The two intervals side by side overlap by far in every case."""
    measured = result("utility", 0.8, 0.4, 0.95, chance=0.1, ceiling=0.9, tier="TSTR, unseen people")
    kept = replace(measured, metric=SHARE_KEPT, value=value, low=low, high=high)
    verdict = verdict_of("utility", [measured, kept], [])
    assert (verdict.verdict, verdict.rule) == (word, f"R-utility-{rule}")
    assert f"score of {figure(0.8, 0.4, 0.95)}" in verdict.sentence
    assert f"{figure(value, low, high)} of what is above guessing" in verdict.sentence
    assert verdict.headline == measured


def test_an_activity_that_is_lost_is_a_loss_however_much_is_kept():
    measured = result("utility", 0.9, 0.8, 0.95, chance=0.1, ceiling=0.9, tier="TSTR, unseen people")
    kept = replace(measured, metric=SHARE_KEPT, value=1.0, low=0.9, high=1.0)
    gone = replace(measured, metric=f"{RECALL}sitting", value=0.0, low=0.0, high=0.1)
    verdict = verdict_of("utility", [measured, kept, gone], [])
    assert (verdict.verdict, verdict.rule) == ("reduced", "R-utility-3")
    assert "No longer recognised: sitting" in verdict.sentence
    assert verdict_of("utility", [measured, kept], []).verdict == "kept"


def test_utility_cannot_be_told_where_real_recordings_teach_nothing():
    measured = result("utility", 0.1, 0.0, 0.2, chance=0.1, ceiling=0.1, tier="TSTR, unseen people")
    verdict = verdict_of("utility", [measured], [])
    assert (verdict.verdict, verdict.rule) == ("cannot tell", "R-utility-4")


def test_utility_on_few_unseen_people_is_judged_on_seen_ones():
    few = result("utility", 0.1, 0.0, 0.2, chance=0.1, ceiling=0.9, tier="TSTR, unseen people", n=3)
    seen = result("utility", 0.9, 0.8, 0.95, chance=0.1, ceiling=0.9, tier="TSTR, unseen time of seen people")
    kept = [replace(r, metric=SHARE_KEPT, value=x, low=x, high=x) for r, x in ((few, 0.0), (seen, 1.0))]
    assert verdict_of("utility", [few, seen, *kept], []).verdict == "kept"


def test_nothing_measured_gives_the_reason():
    nothing = Result(
        "reidentification", "m", "a", "t", None, None, None, 0.5, None, "lower", 0, "u", "Too few people."
    )
    verdict = verdict_of("reidentification", [nothing], [])
    assert (verdict.verdict, verdict.sentence, verdict.rule) == ("cannot tell", "Too few people.", "R-all-2")


def nothing_to_find(note):
    return replace(named(0.5), value=None, low=None, high=None, p=None, note=note, applies=False)


def test_what_has_no_meaning_does_not_apply_and_what_lacks_data_cannot_be_told():
    none = nothing_to_find("Nothing was replaced.")
    few = replace(none, note="Too few people.", applies=True)
    for results, word, rule, sentence in (
        ([none], "does not apply", "R-all-1", "Nothing was replaced."),
        ([few], "cannot tell", "R-all-2", "Too few people."),
        ([none, few], "cannot tell", "R-all-2", "Too few people."),
    ):
        verdict = verdict_of("reidentification", results, [])
        assert (verdict.verdict, verdict.rule, verdict.sentence) == (word, rule, sentence)
        assert verdict.headline is None
    assert question_of("reidentification").tone("does not apply") == "neutral"
    assert question_of("reidentification").tone("cannot tell") is None


def test_an_attacker_to_whom_nothing_applies_does_not_keep_a_release_from_being_safe():
    harmless = named(0.1, 0.07, 0.13)
    others = nothing_to_find("Nothing was replaced."), replace(nothing_to_find("Too few."), applies=True)
    assert verdict_of("reidentification", [harmless, others[0]], []).rule == "R-privacy-3"
    verdict = verdict_of("reidentification", [harmless, replace(others[1], attacker="b")], [])
    assert (verdict.verdict, verdict.rule) == ("cannot tell", "R-privacy-4")
    assert "Nothing was found. Not every attacker could try. Too few." in verdict.sentence


def test_where_no_attack_applies_to_a_release_the_question_says_why():
    verdict = verdict_of("attributes", [], [])
    assert (verdict.verdict, verdict.sentence) == ("does not apply", CLAIMS_NOBODY)


def named(value, low=0.05, high=0.4, *, p=0.5, attacker="a", metric="top-1 accuracy"):
    """Return a result of people who are named, with ten to choose from."""
    found = result("reidentification", value, low, high, chance=0.1, attacker=attacker)
    return replace(found, p=p, metric=metric)


def test_luck_is_said_otherwise_than_nothing():
    """Of two tests, a p-value of 0.03 counts twice: 0.06."""
    lucky, idle = named(0.2, 0.09, 0.3, p=0.03), named(0.1, attacker="b", p=0.6)
    verdict = verdict_of("reidentification", [idle, lucky], [])
    assert (verdict.verdict, verdict.rule, verdict.headline) == ("cannot tell", "R-privacy-5", lucky)
    assert "Something was found, but it may be luck (p = 0.06, corrected for 2 tests)." in verdict.sentence
    alone = verdict_of("reidentification", [idle], [])
    assert (alone.verdict, alone.rule, alone.headline) == ("cannot tell", "R-privacy-6", idle)
    assert "Nothing was found, but with so few people or recordings 40 % cannot be excluded" in alone.sentence
    assert "at most 19 % would be safe" in alone.sentence
    assert "found" not in verdict_of("reidentification", [named(0.1, 0.08, 0.12)], []).sentence


def test_a_hint_of_copies_is_not_safe():
    harmless = replace(named(0.02, 0.01, 0.05, p=0.15), question="copies", chance=0.01)
    verdict = verdict_of("copies", [harmless], [])
    assert (verdict.verdict, verdict.rule) == ("cannot tell", "R-privacy-5")
    assert verdict_of("copies", [replace(harmless, p=0.3)], []).rule == "R-privacy-3"
    assert verdict_of("copies", [replace(harmless, p=0.01)], []).rule == "R-privacy-1"


def test_what_can_convict_only_says_that_it_cannot_acquit():
    people = replace(named(0.1), tier="refitted, aggregated")
    verdict = verdict_of("reidentification", [people], [])
    assert (verdict.verdict, verdict.rule) == ("cannot tell", "R-privacy-6")
    assert "can only show a risk" in verdict.sentence


def exposed(value, low, high, p):
    return named(value, low, high, p=p, metric="top-1 accuracy, most exposed person")


@pytest.mark.parametrize(
    ("high", "p", "word", "rule"),
    [
        (0.54, 0.5, "safe", 3),
        (0.56, 0.5, "cannot tell", 6),
        (0.54, 0.012, "at risk", 2),
        (0.54, 0.013, "safe", 3),
        (0.99, 0.001, "at risk", 2),
    ],
)
def test_the_most_exposed_person_can_be_at_risk_where_the_mean_is_safe(high, p, word, rule):
    """By guessing a tenth: half of the way is 55 %. Of two tests, a p-value counts twice."""
    mean, worst = named(0.1, 0.07, 0.13), exposed(0.3, 0.1, high, p)
    verdict = verdict_of("reidentification", [mean, worst], [])
    assert (verdict.verdict, verdict.rule) == (word, f"R-privacy-{rule}")
    assert verdict.headline == (worst if word == "at risk" else mean)


def test_where_the_mean_is_at_risk_it_stands_for_the_question():
    mean, worst = named(0.5, 0.4, 0.6, p=0.001), exposed(0.99, 0.9, 1.0, 0.001)
    verdict = verdict_of("reidentification", [mean, worst], [])
    assert (verdict.rule, verdict.headline) == ("R-privacy-1", mean)


def test_a_release_within_the_line_is_safe_even_if_it_is_certainly_above_guessing():
    mean = named(0.12, 0.11, 0.15, p=0.001)
    assert verdict_of("reidentification", [mean], []).rule == "R-privacy-3"
    not_tried = replace(nothing_to_find("Too few."), applies=True, attacker="b")
    verdict = verdict_of("reidentification", [mean, not_tried], [])
    assert verdict.rule == "R-privacy-4"
    assert "What was found is within the line of safe. Not every attacker could try." in verdict.sentence


def test_a_failed_control_has_a_rule_of_its_own():
    verdict = verdict_of("discriminator", [result("discriminator", 0.5, 0.48, 0.52)], [failed("a", "win")])
    assert (verdict.verdict, verdict.rule) == ("cannot tell", "R-all-3")


def test_numbers_about_privacy_without_a_p_value_are_not_judged():
    harmless = result("reidentification", 0.1, 0.07, 0.13, chance=0.1)
    beside = replace(harmless, metric="top-5 accuracy", value=0.9, low=0.8, high=0.95, p=None)
    verdict = verdict_of("reidentification", [harmless, beside], [])
    assert verdict == verdict_of("reidentification", [harmless], [])
    assert verdict.verdict == "safe"
