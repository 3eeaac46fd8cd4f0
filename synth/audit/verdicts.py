"""Rules on intervals: from results to a verdict, a sentence and the headline number. There is no overall score.

    discriminator     indistinguishable  every attacker's interval ends at or below 60 %
                      distinguishable    else, an attacker does better than guessing, after Holm's correction, be it by
                                         rounding alone
    privacy           safe               every attacker could try, every interval ends at or below the line one
                                         tenth of the way from guessing to certainty (intervals of one
                                         decision per person or stretch are too wide for that: they convict
                                         but do not acquit), and for copies and membership there is no hint
                      at risk            else, an attacker does better than guessing, after Holm's
                                         correction for the number of attackers who tried
    utility           (of the forest)
                      lost               certainly less than half of what the unprotected recordings give
                                         above guessing
                      kept               nine tenths of it, certainly seven tenths, and no activity lost
                      reduced            else, above guessing and below the unprotected recordings, or an
                                         activity is lost: recognised certainly less than half as often
    all               cannot tell        in every other case, and where a control failed

The number of a question is the result that its verdict rests on:

    discriminator     the highest value; of attackers who do better than guessing, if any do; that of rounding alone
                      only if nobody else does
    privacy           safe: whose interval ends furthest above guessing, which is closest to the line;
                      else whose interval begins furthest above guessing (ties: the higher value, then the
                      attacker who learnt from the release): of attackers who do better than guessing, if any do
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
MIN_PEOPLE_UNSEEN = 5  # with fewer people held out, utility is judged on unused time of seen people
CANNOT_TELL, SAFE, AT_RISK = "cannot tell", "safe", "at risk"
Tone = Literal["good", "fair", "bad", "neutral"]
PRIVACY_VERDICTS: Mapping[str, Tone] = {SAFE: "good", AT_RISK: "bad"}
NOT_MEASURED = "Nothing could be measured with these recordings."


def privacy(
    results: Sequence[Result],
    controls: Sequence[Control],
    *,
    said: Callable[[Result], str],
    any_is_too_much: bool = False,
    without_results: str = NOT_MEASURED,
) -> Verdict:
    """Apply the rule of a question about privacy.

    Args:
        results: Those of this question, with ceilings.
        controls: Those of this question's attackers.
        said: Describes a result in one sentence.
        any_is_too_much: Whether a hint is enough not to call it safe: even a few copies are copies of somebody.
        without_results: The sentence where no attacker applies.
    """

    def decide(heard: Sequence[Result]) -> Verdict:
        return _privacy(heard, _not_measured(results), said, any_is_too_much)

    tested = [r for r in results if r.p is not None]
    return checked(tested, controls, decide, convicting={AT_RISK}, if_none=why_not(results, without_results))


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
        return Verdict(CANNOT_TELL, _failed(broken[0]) if broken else if_none)
    verdict = decide(heard)
    if broken and verdict.verdict not in convicting:
        return replace(
            verdict, verdict=CANNOT_TELL, sentence=f"{verdict.sentence} {_failed(broken[0])}".lstrip()
        )
    return verdict


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


def why_not(results: Sequence[Result], without_results: str = NOT_MEASURED) -> str:
    """Return the reason why nothing was measured."""
    return next((r.note for r in results if r.note), without_results)


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
    found = certain(heard)
    worst = max(found or heard, key=_surest)
    acquitting = [r for r in heard if not _convicts_only(r)]
    within_line = bool(acquitting) and all(way(r.ends[1], r.chance) <= RISK_LINE for r in acquitting)
    if found and not (within_line and not any_is_too_much and not any(map(_convicts_only, found))):
        return Verdict(AT_RISK, said(worst), worst)
    if not_measured:
        return Verdict(
            CANNOT_TELL, f"{said(worst)} But not every attacker could try. {not_measured[0]}", worst
        )
    hinted = any_is_too_much and _least_p(heard) <= HINT
    if within_line and not hinted:
        least_sure = max(acquitting, key=lambda r: way(r.ends[1], r.chance))
        return Verdict(SAFE, said(least_sure), least_sure)
    needed = "More people or recordings are needed to say whether that is better than guessing."
    return Verdict(CANNOT_TELL, f"{said(worst)} {needed}", worst)


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


def _least_p(results: Sequence[Result]) -> float:
    """Return the smallest p-value, after Holm's correction; 1 where nothing was tested."""
    return min(holm([r.p for r in results if r.p is not None]), default=1.0)


def _failed(control: Control) -> str:
    should = "find" if control.expected == "win" else "find nothing in"
    return (
        f"The check of the attacker failed ({control.attacker} should {should} {control.planted}: "
        f"{percent(control.value)}, guessing {percent(control.chance)}), so this answer cannot be relied on."
    )
