"""From numbers to a word and a sentence, by rules on intervals. There is no overall score.

    discriminator     indistinguishable  every attacker's interval ends at or below 60 of 100
                      distinguishable    else, an attacker's interval lies above one half
    reidentification  safe               by window, every interval ends at or below the line one tenth of
                                         the way from guessing to certainty, and no interval of the
                                         decisions a person lies above guessing
                      at risk            else, an interval lies above guessing
    utility           kept               nine tenths of what the unprotected recordings give beyond
                                         guessing, and certainly seven tenths
                      lost               certainly less than half of it
                      reduced            else, above guessing and below the unprotected recordings
    all               cannot tell        in every other case, and where a control failed

An attacker who finds something where there is nothing is not heard. One who overlooks what he should find is
heard only when he does find something. That nothing was found counts only if every control passed.
"""

from collections.abc import Sequence

from synth.audit.report import Control, Result, Verdict

DISCRIMINATOR_LINE = 0.6
RISK_LINE = 0.1  # share of the way from guessing to certainty
KEPT, CERTAINLY_KEPT, LOST = 0.9, 0.7, 0.5  # shares of the way from guessing to the ceiling
MIN_PEOPLE_UNSEEN = 5  # with fewer people held out, utility is judged on unused time of seen people
CANNOT_TELL = "cannot tell"


def verdict_of(question: str, results: Sequence[Result], controls: Sequence[Control]) -> Verdict:
    """Apply the documented rule of a question.

    Args:
        question: `"discriminator"`, `"utility"` or `"reidentification"`.
        results: The results of this question, with ceilings.
        controls: The controls of this question's attackers.
    """
    broken = [control for control in controls if not control.passed]
    distrusted = {control.attacker for control in broken if control.expected == "lose"}
    heard = [r for r in results if r.value is not None and r.attacker not in distrusted]
    if not heard:
        return Verdict(CANNOT_TELL, _why_nothing(results, broken))
    word, sentence = _RULES[question](heard)
    if broken and word not in ("distinguishable", "at risk"):
        return Verdict(CANNOT_TELL, _why_nothing(results, broken))
    return Verdict(word, sentence)


def _discriminator(heard: Sequence[Result]) -> tuple[str, str]:
    strongest = max(heard, key=lambda r: (r.low > 0.5, r.value))
    said = (
        f"A computer told these windows from real ones in {_of_100(strongest.value)} of 100 cases "
        f"(guessing: 50; 95 % interval {_of_100(strongest.low)} to {_of_100(strongest.high)})."
    )
    if any(r.high < 0.5 for r in heard):
        said += " Worse than guessing points to windows that resemble single recordings, as copies do."
    if all(r.high <= DISCRIMINATOR_LINE for r in heard):
        return "indistinguishable", said
    if any(r.low > 0.5 for r in heard):
        return "distinguishable", said
    return CANNOT_TELL, f"{said} More recordings are needed to say whether that is better than guessing."


def _reidentification(heard: Sequence[Result]) -> tuple[str, str]:
    worst = max(heard, key=lambda r: (r.low > r.chance, _way(r.low, r.chance, 1.0)))
    said = _named(worst)
    by_window = [r for r in heard if not r.tier.endswith("aggregated")]
    found = any(r.low > r.chance for r in heard if r.tier.endswith("aggregated"))
    if not found and all(_way(r.high, r.chance, 1.0) <= RISK_LINE for r in by_window):
        return "safe", said
    if worst.low > worst.chance:
        return "at risk", said
    return CANNOT_TELL, f"{said} More people are needed to say whether that is better than guessing."


def _utility(heard: Sequence[Result]) -> tuple[str, str]:
    trained_on_it = [r for r in heard if r.tier.startswith("TSTR") and r.metric == "macro-F1"]
    enough = [r for r in trained_on_it if "people" not in r.tier or r.n >= MIN_PEOPLE_UNSEEN]
    chosen = (enough or trained_on_it)[0]
    chance, ceiling = chosen.chance, chosen.ceiling
    said = (
        f"A computer that learnt from this release recognises activities ({chosen.tier.split(', ')[1]}) "
        f"with a score of {_of_100(chosen.value)} of 100; after the unprotected recordings it is "
        f"{_of_100(ceiling)} (guessing: {_of_100(chance)}; "
        f"95 % interval {_of_100(chosen.low)} to {_of_100(chosen.high)})."
    )
    if ceiling <= chance:
        return CANNOT_TELL, f"{said} Even the unprotected recordings do no better than guessing."
    value, low, high = (_way(x, chance, ceiling) for x in (chosen.value, chosen.low, chosen.high))
    if value >= KEPT and low >= CERTAINLY_KEPT:
        return "kept", said
    if high <= LOST:
        return "lost", said
    if low > 0 and high < 1:
        return "reduced", said
    return CANNOT_TELL, f"{said} More people are needed to say how much was lost."


_RULES = {
    "discriminator": _discriminator,
    "reidentification": _reidentification,
    "utility": _utility,
}


def _named(r: Result) -> str:
    interval = f"95 % interval {_of_100(r.low)} to {_of_100(r.high)}"
    if r.metric == "member linkage":
        return (
            f"With as many people of each kind to choose from, {_of_100(r.value)} of 100 windows resemble "
            "people whose recordings were used, the others people whose recordings were not "
            f"(guessing: {_of_100(r.chance)}; {interval})."
        )
    who = (
        "someone who learnt from the release itself"
        if r.tier.startswith("refitted")
        else "someone who knows raw recordings"
    )
    what = "people by all of their windows" if r.tier.endswith("aggregated") else "windows"
    return (
        f"Of 100 {what}, {who} names the right person for {_of_100(r.value)} "
        f"(guessing: {_of_100(r.chance)}; {interval})."
    )


def _why_nothing(results: Sequence[Result], broken: Sequence[Control]) -> str:
    if broken:
        control = broken[0]
        should = "find" if control.expected == "win" else "find nothing in"
        return (
            f"The check of the attacker failed ({control.attacker} should {should} {control.planted}: "
            f"{_of_100(control.value)} of 100, guessing {_of_100(control.chance)}), so its answer cannot be "
            "relied on."
        )
    notes = [r.note for r in results if r.note]
    return notes[0] if notes else "Nothing could be measured with these recordings."


def _way(x: float, chance: float, top: float) -> float:
    """How far `x` is on the way from `chance` (0) to `top` (1)."""
    return (x - chance) / (top - chance)


def _of_100(share: float) -> str:
    return f"{100 * share:.0f}"
