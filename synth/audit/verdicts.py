"""Rules on intervals: from results to a verdict, a sentence and the headline number. There is no overall score.

    discriminator     indistinguishable  every attacker's interval ends at or below 60 %
                      distinguishable    else, an attacker does better than guessing, after Holm's correction, be it by
                                         rounding alone
    privacy           safe               every attacker could try, every interval ends at or below the line one
                                         tenth of the way from guessing to certainty (intervals of one
                                         decision per person or stretch are too wide for that: they convict
                                         but do not acquit), the interval of the person
                                         recognised most, which holds for all people at once, ends at or below half
                                         of the way, and for copies and membership there is no hint
                      at risk            else, an attacker does better than guessing, on average or for the person
                                         recognised most, after Holm's correction for the number of tests
    utility           (of the forest, compared person by person with the same model of unprotected recordings)
                      lost               certainly less than half of what the unprotected recordings give
                                         above guessing
                      kept               nine tenths of it, certainly seven tenths, and no activity lost
                      reduced            else, above guessing and below the unprotected recordings, or an
                                         activity is lost: recognised certainly less than half as often
    all               does not apply     no attack has a meaning for such a release or data
                      cannot tell        in every other case, and where a control failed

The number of a question is the result that its verdict rests on:

    discriminator     the highest value; of attackers who do better than guessing, if any do; that of rounding alone
                      only if nobody else does
    privacy           safe: whose interval ends furthest above guessing, which is closest to the line;
                      else whose interval begins furthest above guessing (ties: the higher value, then the
                      attacker who learnt from the release): of attackers who do better than guessing, if any do;
                      that of one person only where nothing else decides; what may be luck: the lowest p-value
    utility           macro-F1 of the forest on unseen people, if at least five were held out, else on unused time

This file holds what the rules share; the rest is in each question's definition (`question.py`).

An attacker who finds something in a negative control is ignored. One who fails a positive control, or is wrong more
often than guessing in a negative one, counts only when they do find something. That nothing was found counts only if
every control passed. Numbers about privacy without a p-value (top-5 accuracy next to top-1) are shown but not judged.

References:
    Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from synth.audit.report import Control, Result, Verdict
from synth.audit.stats import holm
from synth.core.figures import percent

# Of all rules: to be raised when the same results give another verdict or headline. Sentences may be reworded freely:
# they are composed whenever a report is read (`question.judged`).
VERSION = 2
RISK_LINE = 0.1  # share of the way from guessing to certainty
HINT = 0.2  # a p-value this low, after Holm's correction, is enough not to call copies or membership safe
ALPHA = 0.025  # one-sided, as in a 95 % interval
EXPOSED_LINE = 0.5  # the same for the person who is recognised most
EXPOSED = "most exposed person"  # ends the metric of results about the one person who is recognised most
MIN_PEOPLE_UNSEEN = 5  # with fewer people held out, utility is judged on unused time of seen people
CANNOT_TELL, NOT_APPLICABLE, SAFE, AT_RISK = "cannot tell", "does not apply", "safe", "at risk"
Tone = Literal["good", "fair", "bad", "neutral"]
TONES: Mapping[str, Tone] = {NOT_APPLICABLE: "neutral"}  # of all questions
PRIVACY_VERDICTS: Mapping[str, Tone] = {SAFE: "good", AT_RISK: "bad"}
RULES: Mapping[str, str] = {
    "R-all-1": "does not apply: no attack has a meaning for such a version or such recordings",
    "R-all-2": "cannot tell: nothing could be measured and judged",
    "R-all-3": "cannot tell: an attacker failed a check with a known answer",
}
PRIVACY_RULES: Mapping[str, str] = {
    "R-privacy-1": "at risk: an attacker does better than guessing, corrected for the number of tests (Holm)",
    "R-privacy-2": "at risk: one person is recognised better than by guessing, corrected for the number of people too",
    "R-privacy-3": "safe: every attacker could try, every interval ends within a tenth of the way from guessing to "
    "certainty, that of the most exposed person within half of it; for copies and membership there is no hint",
    "R-privacy-4": "cannot tell: nothing is certain, and not every attacker could try",
    "R-privacy-5": "cannot tell: something was found that may be luck (corrected p of at most 0.2)",
    "R-privacy-6": "cannot tell: nothing was found, but an interval reaches too far for safe",
}
NOT_MEASURED = "Nothing could be measured with these recordings."


def privacy(
    results: Sequence[Result],
    controls: Sequence[Control],
    *,
    said: Callable[[Result], str],
    any_is_too_much: bool = False,
) -> Verdict:
    """Apply the rule of a question about privacy.

    Args:
        results: Those of this question, with ceilings.
        controls: Those of this question's attackers.
        said: Describes a result in one sentence.
        any_is_too_much: Whether a hint is enough not to call it safe: even a few copies are copies of somebody.
    """

    def decide(heard: Sequence[Result]) -> Verdict:
        return _privacy(heard, _not_measured(results), said, any_is_too_much)

    tested = [r for r in results if r.p is not None]
    return checked(tested, controls, decide, convicting={AT_RISK}, if_none=why_not(results))


def checked(
    results: Sequence[Result],
    controls: Sequence[Control],
    decide: Callable[[Sequence[Result]], Verdict],
    *,
    convicting: Collection[str] = (),
    if_none: str = NOT_MEASURED,
) -> Verdict:
    """Judge by the attackers that can be trusted; where a control failed, only convicting verdicts stand.

    Args:
        results: The results to judge.
        controls: Those of the same attackers.
        decide: The rule, given the measured results of trusted attackers, at least one.
        convicting: Verdicts that stand however many controls failed.
        if_none: The sentence where nothing was measured.
    """
    broken = [control for control in controls if not control.passed]
    distrusted = {c.attacker for c in broken if c.expected == "lose" and c.value > c.chance}
    heard = [r for r in results if r.value is not None and r.attacker not in distrusted]
    if not heard:
        return _control_failed(broken[0]) if broken else Verdict(CANNOT_TELL, if_none, rule="R-all-2")
    verdict = decide(heard)
    if broken and verdict.verdict not in convicting:
        failed = _control_failed(broken[0])
        return replace(
            failed, sentence=f"{verdict.sentence} {failed.sentence}".lstrip(), headline=verdict.headline
        )
    return verdict


def not_applicable(why: str) -> Verdict:
    """Return the verdict where no attack has a meaning."""
    return Verdict(NOT_APPLICABLE, why, rule="R-all-1")


def left_to_the_eye(results: Sequence[Result], controls: Sequence[Control]) -> Verdict:
    """Return an empty verdict whose headline is the result furthest from guessing."""
    return Verdict("", "", max(measured(results), key=above_chance, default=None))


def measured(results: Sequence[Result]) -> list[Result]:
    """Return the results that have a value."""
    return [r for r in results if r.value is not None]


def certain(results: Sequence[Result]) -> list[Result]:
    """Return the results that are better than guessing after Holm's correction for the number of attackers."""
    tests = [(r, r.p) for r in results if r.p is not None]
    corrected = holm([p for _, p in tests])
    return [r for (r, _), p in zip(tests, corrected, strict=True) if p <= ALPHA]


def on_enough_people(results: Sequence[Result]) -> list[Result]:
    """Return the results on unseen people if enough were held out, else those on unused time, or else all."""
    enough = [r for r in results if "people" not in r.tier or r.n >= MIN_PEOPLE_UNSEEN]
    return enough or list(results)


def why_not(results: Sequence[Result]) -> str:
    """Return the reason why nothing was measured."""
    return next((r.note for r in results if r.note), NOT_MEASURED)


def above_chance(result: Result) -> float:
    """Return the position of a result between guessing (0) and certainty (1); below 0 if worse than guessing."""
    return way(result.number, result.chance)


def way(value: float, chance: float | None, top: float = 1.0) -> float:
    """Return the position of a value between `chance` (0) and `top` (1); a missing chance level counts as 0."""
    floor = min(chance or 0.0, 0.999 * top)
    return (value - floor) / (top - floor)


def guessing(result: Result) -> str:
    """Return the chance level in brackets; `""` where there is none."""
    return "" if result.chance is None else f"(guessing: {percent(result.chance)})"


def _privacy(
    heard: Sequence[Result], not_measured: Sequence[str], said: Callable[[Result], str], any_is_too_much: bool
) -> Verdict:
    acquitting = [r for r in heard if not (_convicts_only(r) or _of_one(r))]
    within_line = bool(acquitting) and all(_part_of_the_way(r) <= RISK_LINE for r in acquitting)
    found = certain(heard)
    convicting = found if any_is_too_much or not within_line else [r for r in found if r not in acquitting]
    if convicting:
        worst = max([r for r in convicting if not _of_one(r)] or convicting, key=_surest)
        return Verdict(AT_RISK, said(worst), worst, "R-privacy-2" if _of_one(worst) else "R-privacy-1")
    too_exposed = [r for r in heard if _of_one(r) and _part_of_the_way(r) > EXPOSED_LINE]
    hinted = any_is_too_much and min(_corrected(heard)) <= HINT
    if within_line and not too_exposed and not hinted and not not_measured:
        least_sure = max(acquitting, key=_part_of_the_way)
        return Verdict(SAFE, said(least_sure), least_sure, "R-privacy-3")
    undecided = _undecided(heard, acquitting, too_exposed, said, decided=bool(found))
    if not_measured:
        return replace(
            undecided,
            sentence=f"{undecided.sentence} Not every attacker could try. {not_measured[0]}",
            rule="R-privacy-4",
        )
    return undecided


def _undecided(
    heard: Sequence[Result],
    acquitting: Sequence[Result],
    too_exposed: Sequence[Result],
    said: Callable[[Result], str],
    *,
    decided: bool,
) -> Verdict:
    """Say whether something was found that may be luck, or nothing, and what keeps that from being safe.

    Args:
        heard: All results.
        acquitting: Those whose intervals can end below the line.
        too_exposed: Those of one person that end above theirs.
        said: Describes a result in one sentence.
        decided: Whether something was found for certain that is within the line.
    """
    corrected = _corrected(heard)
    p = min(corrected)
    if p <= HINT and not decided:
        luckiest = heard[corrected.index(p)]
        sentence = (
            f"{said(luckiest)} Something was found, but it may be luck (p = {p:.2g}, corrected for "
            f"{len(heard)} {'test' if len(heard) == 1 else 'tests'})."
        )
        return Verdict(CANNOT_TELL, sentence, luckiest, "R-privacy-5")
    nothing = "What was found is within the line of safe" if decided else "Nothing was found"
    beyond = [r for r in acquitting if _part_of_the_way(r) > RISK_LINE] or list(too_exposed)
    rests_on = max([r for r in heard if not _of_one(r)] or heard, key=_surest)
    if beyond:
        widest = max(beyond, key=_part_of_the_way)
        of_one = " for the most exposed person" if _of_one(widest) else ""
        by = "" if widest is rests_on else f" ({widest.attacker})"
        nothing += (
            f", but with so few people or recordings {percent(widest.ends[1])} cannot be excluded{of_one}{by}; "
            f"at most {percent(_line(widest))} would be safe"
        )
    elif not acquitting:
        nothing += ", but these measurements can only show a risk, not that there is none"
    return Verdict(CANNOT_TELL, f"{said(rests_on)} {nothing}.", rests_on, "R-privacy-6")


def _line(r: Result) -> float:
    """Return where the interval of a result has to end to be safe."""
    part = EXPOSED_LINE if _of_one(r) else RISK_LINE
    return r.by_guessing + part * (1 - r.by_guessing)


def _part_of_the_way(r: Result) -> float:
    """Return where an interval ends between guessing (0) and certainty (1)."""
    return way(r.ends[1], r.chance)


def _of_one(r: Result) -> bool:
    """Whether it is about the one person who is recognised most."""
    return r.metric.endswith(EXPOSED)


def _corrected(heard: Sequence[Result]) -> list[float]:
    """Return the p-values after Holm's correction."""
    return holm([1.0 if r.p is None else r.p for r in heard])


def _surest(r: Result) -> tuple[float, float, bool]:
    """Order results by how far their interval begins above guessing; in a tie, refitted attackers come first."""
    return way(r.ends[0], r.chance), r.number, not r.tier.startswith("static")


def _not_measured(results: Sequence[Result]) -> list[str]:
    """Return why attackers could not try at all; one with a result in a tier did try."""
    tried = {(r.attacker, r.tier) for r in results if r.value is not None}
    return [r.note for r in results if r.value is None and (r.attacker, r.tier) not in tried]


def _convicts_only(r: Result) -> bool:
    """Whether its interval is too wide to acquit: one decision per person, or one draw per stretch of recording."""
    return r.tier.endswith(("aggregated", "by person", "all windows"))


def _control_failed(control: Control) -> Verdict:
    should = "find" if control.expected == "win" else "find nothing in"
    said = (
        f"The check of the attacker failed ({control.attacker} should {should} {control.planted}: "
        f"{percent(control.value)}, guessing {percent(control.chance)}), so this answer cannot be relied on."
    )
    return Verdict(CANNOT_TELL, said, rule="R-all-3")
