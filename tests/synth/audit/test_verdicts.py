"""The documented rules, on numbers made up for them."""

from dataclasses import replace

import pytest

from synth.audit.question import verdict_of
from synth.audit.report import Control, Result
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
    ("value", "low", "high", "word"),
    [
        (0.88, 0.80, 0.93, "kept"),
        (0.70, 0.60, 0.80, "reduced"),
        (0.30, 0.20, 0.45, "lost"),
        (0.85, 0.30, 0.99, "cannot tell"),
        (0.10, 0.05, 0.20, "lost"),
    ],
)
def test_utility(value, low, high, word):
    measured = result("utility", value, low, high, chance=0.1, ceiling=0.9, tier="TSTR, unseen people")
    verdict = verdict_of("utility", [measured], [])
    assert verdict.verdict == word
    assert f"score of {figure(value, low, high)}" in verdict.sentence


def test_utility_on_few_unseen_people_is_judged_on_seen_ones():
    few = result("utility", 0.1, 0.0, 0.2, chance=0.1, ceiling=0.9, tier="TSTR, unseen people", n=3)
    seen = result("utility", 0.9, 0.8, 0.95, chance=0.1, ceiling=0.9, tier="TSTR, unseen time of seen people")
    assert verdict_of("utility", [few, seen], []).verdict == "kept"


def test_nothing_measured_gives_the_reason():
    nothing = Result(
        "reidentification", "m", "a", "t", None, None, None, 0.5, None, "lower", 0, "u", "Too few people."
    )
    verdict = verdict_of("reidentification", [nothing], [])
    assert (verdict.verdict, verdict.sentence) == ("cannot tell", "Too few people.")


def test_numbers_about_privacy_without_a_p_value_are_not_judged():
    harmless = result("reidentification", 0.1, 0.07, 0.13, chance=0.1)
    beside = replace(harmless, metric="top-5 accuracy", value=0.9, low=0.8, high=0.95, p=None)
    verdict = verdict_of("reidentification", [harmless, beside], [])
    assert verdict == verdict_of("reidentification", [harmless], [])
    assert verdict.verdict == "safe"
