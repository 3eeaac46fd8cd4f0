"""From numbers to a word and a sentence, by rules on intervals. There is no overall score.

    discriminator     indistinguishable  every attacker's interval ends at or below 60 of 100
                      distinguishable    else, an attacker does better than guessing, after Holm's correction
    reidentification, membership, copies, attributes, replacement
                      safe               every attacker was able to try, every interval ends at or below the
                                         line one tenth of the way from guessing to certainty (intervals of
                                         one decision a person or stretch are too wide for that: they
                                         convict, and do not acquit), and of copies and members there is not even a hint
                      at risk            else, an attacker does better than guessing, after Holm's
                                         correction for the number of attackers who tried
    utility           (of the forest)
                      lost               certainly less than half of what the unprotected recordings give
                                         beyond guessing
                      kept               nine tenths of it, certainly seven tenths, and no activity lost
                      reduced            else, above guessing and below the unprotected recordings, or an
                                         activity is lost: recognised certainly less than half as often
    all               cannot tell        in every other case, and where a control failed

An attacker who finds something where there is nothing is not heard. One who overlooks what he should find, or
is wrong more often than guessing where there is nothing, is heard only when he does find something. That
nothing was found counts only if every control passed. Numbers about privacy that
carry no p-value (who came next, beside who came first) are shown and not judged.

References:
    Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979).
"""

from collections.abc import Sequence

from synth.audit.report import PRIVACY, RECALL, Control, Result, Verdict

VERSION = 1  # of all rules: raise it when the same results give another verdict
DISCRIMINATOR_LINE = 0.6
RISK_LINE = 0.1  # share of the way from guessing to certainty
ANY_IS_TOO_MUCH = ("copies", "membership")  # a few copies are copies of somebody
HINT = 0.05  # one attacker who comes so near is enough not to call copies or members safe
ALPHA = 0.025  # one-sided: that of a 95 % interval
KEPT, CERTAINLY_KEPT, LOST = 0.9, 0.7, 0.5  # shares of the way from guessing to the ceiling
MIN_PEOPLE_UNSEEN = 5  # with fewer people held out, utility is judged on unused time of seen people
CANNOT_TELL = "cannot tell"


def verdict_of(question: str, results: Sequence[Result], controls: Sequence[Control]) -> Verdict:
    """Apply the documented rule of a question.

    Args:
        question: One of `report.QUESTIONS` that has a verdict.
        results: The results of this question, with ceilings.
        controls: The controls of this question's attackers.
    """
    if question == "utility":
        controls = [c for c in controls if c.attacker == results[0].attacker] if results else []
    broken = [control for control in controls if not control.passed]
    inventing = [c for c in broken if c.expected == "lose" and c.value > c.chance]
    distrusted = {control.attacker for control in inventing}
    heard = [r for r in results if r.value is not None and r.attacker not in distrusted]
    if question in PRIVACY:
        heard = [r for r in heard if r.p is not None]
    if not heard:
        return Verdict(CANNOT_TELL, _why_nothing(question, results, broken))
    if question in PRIVACY:
        word, sentence = _privacy(heard, _not_measured(results))
    else:
        word, sentence = _RULES[question](heard)
    if broken and word not in ("distinguishable", "at risk"):
        return Verdict(CANNOT_TELL, _why_nothing(question, results, broken))
    return Verdict(word, sentence)


def _discriminator(heard: Sequence[Result]) -> tuple[str, str]:
    certain = _certain(heard)
    strongest = max(certain or heard, key=lambda r: r.value)
    said = (
        f"A computer told these windows from real ones in {_of_100(strongest.value)} of 100 cases "
        f"(guessing: 50; 95 % interval {_of_100(strongest.low)} to {_of_100(strongest.high)})."
    )
    if any(r.high < 0.5 for r in heard):
        said += " Worse than guessing points to windows that resemble single recordings, as copies do."
    if all(r.high <= DISCRIMINATOR_LINE for r in heard):
        return "indistinguishable", said
    if certain:
        return "distinguishable", said
    return CANNOT_TELL, f"{said} More recordings are needed to say whether that is better than guessing."


def _privacy(heard: Sequence[Result], not_measured: Sequence[str]) -> tuple[str, str]:
    certain = _certain(heard)
    worst = max(certain or heard, key=lambda r: (_way(r.low, r.chance, 1.0), r.value))
    acquitting = [r for r in heard if not _convicts_only(r)]
    within_line = bool(acquitting) and all(_way(r.high, r.chance, 1.0) <= RISK_LINE for r in acquitting)
    any_is_too_much = worst.question in ANY_IS_TOO_MUCH
    if certain and not (within_line and not any_is_too_much and not any(map(_convicts_only, certain))):
        return "at risk", _SAID[worst.question](worst)
    if not_measured:
        return CANNOT_TELL, f"Nothing was found by those who could try, but: {not_measured[0]}"
    hinted = any_is_too_much and any(r.p <= HINT for r in heard)
    if within_line and not hinted:
        least_sure = max(acquitting, key=lambda r: _way(r.high, r.chance, 1.0))
        return "safe", _SAID[worst.question](least_sure)
    said = _SAID[worst.question](worst)
    return (
        CANNOT_TELL,
        f"{said} More people or recordings are needed to say whether that is better than guessing.",
    )


def _certain(heard: Sequence[Result]) -> list[Result]:
    """Return the results that are better than guessing, however many attackers tried."""
    from synth.audit.stats import holm  # pages name verdicts without loading statistics

    tests = [r for r in heard if r.p is not None]
    return [r for r, p in zip(tests, holm([r.p for r in tests]), strict=True) if p <= ALPHA]


def _not_measured(results: Sequence[Result]) -> list[str]:
    """Return why attackers could not try at all; one who measured something of a tier did try."""
    tried = {(r.attacker, r.tier) for r in results if r.value is not None}
    return [r.note for r in results if r.value is None and (r.attacker, r.tier) not in tried]


def _convicts_only(r: Result) -> bool:
    """Whether its intervals are too wide to acquit: one decision a person, or one draw a stretch of recording."""
    return r.tier.endswith(("aggregated", "by person", "all windows"))


def _utility(heard: Sequence[Result]) -> tuple[str, str]:
    trained_on_it = [r for r in heard if r.tier.startswith("TSTR") and r.metric == "macro-F1"]
    if not trained_on_it:
        return (
            CANNOT_TELL,
            "Nothing could learn to tell activities apart from this release: it holds one only.",
        )
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
    lost = _lost_activities(heard, chosen)
    if lost:
        said += f" Not recognised any more: {', '.join(lost)}."
    value, low, high = (_way(x, chance, ceiling) for x in (chosen.value, chosen.low, chosen.high))
    if high <= LOST:
        return "lost", said
    if value >= KEPT and low >= CERTAINLY_KEPT and not lost:
        return "kept", said
    if (low > 0 and high < 1) or lost:
        return "reduced", said
    return CANNOT_TELL, f"{said} More people are needed to say how much was lost."


def _lost_activities(heard: Sequence[Result], chosen: Result) -> list[str]:
    """Name the activities that are recognised in the unprotected recordings, and hardly after this release."""
    return [
        r.metric.removeprefix(RECALL)
        for r in heard
        if r.metric.startswith(RECALL)
        and (r.tier, r.attacker) == (chosen.tier, chosen.attacker)
        and (r.ceiling or 0.0) >= LOST
        and (r.high <= LOST * r.ceiling or r.value == 0)
    ]


def _reidentification(r: Result) -> str:
    if r.metric == "member linkage":
        return (
            f"With as many people of each kind to choose from, {_of_100(r.value)} of 100 windows resemble "
            f"people whose recordings were used, the others people whose recordings were not {_against(r)}."
        )
    who = (
        "someone who learnt from the release itself"
        if r.tier.startswith("refitted")
        else "someone who knows raw recordings"
    )
    what = "people by all of their windows" if r.tier.endswith("aggregated") else "windows"
    return f"Of 100 {what}, {who} names the right person for {_of_100(r.value)} {_against(r)}."


def _membership(r: Result) -> str:
    if "against other people" in r.tier:
        return (
            "Of two people, one whose recordings were used and one whose were not, the release resembles the used "
            f"one more in {_of_100(r.value)} of 100 cases {_against(r)}."
        )
    if r.tier.endswith("by person"):
        return (
            f"Of 100 people, {_of_100(r.value)} are recognised in the release more by the recordings that were "
            f"used than by recordings of theirs that were not {_against(r)}."
        )
    return (
        f"Shown one recording that was used and one of the same person that was not, someone with the release "
        f"picks the used one in {_of_100(r.value)} of 100 cases {_against(r)}."
    )


def _copies(r: Result) -> str:
    return (
        f"Beyond what chance explains, {_of_100(r.value)} of 100 released windows are copies of recordings that were "
        f"used, however disguised {_against(r)}."
    )


def _attributes(r: Result) -> str:
    attribute = r.metric.partition(" of ")[2] or "the attribute"
    what = "people" if r.tier.endswith("aggregated") else "windows of people"
    return (
        f"Of 100 {what} he has never seen, someone who learnt from other people of the release gets {attribute} "
        f"right for {_of_100(r.value)} {_against(r)}. {r.note}".rstrip()
    )


def _replacement(r: Result) -> str:
    if r.tier.startswith("stops"):
        return (
            f"Where a recording stops, someone who learnt from examples says in {_of_100(r.value)} of 100 cases "
            f"rightly whether something was withheld there {_against(r)}."
        )
    if r.tier.startswith("amounts"):
        return (
            "Of two people, of one of whom much was withheld, someone who counts their windows names the right one in "
            f"{_of_100(r.value)} of 100 cases {_against(r)}."
        )
    return (
        f"Someone who learnt from examples says of {_of_100(r.value)} of 100 windows rightly whether they were "
        f"replaced {_against(r)}."
    )


_RULES = {"discriminator": _discriminator, "utility": _utility}
_SAID = {
    "reidentification": _reidentification,
    "membership": _membership,
    "copies": _copies,
    "attributes": _attributes,
    "replacement": _replacement,
}


def _against(r: Result) -> str:
    return f"(guessing: {_of_100(r.chance)}; 95 % interval {_of_100(r.low)} to {_of_100(r.high)})"


def _why_nothing(question: str, results: Sequence[Result], broken: Sequence[Control]) -> str:
    if broken:
        control = broken[0]
        should = "find" if control.expected == "win" else "find nothing in"
        return (
            f"The check of the attacker failed ({control.attacker} should {should} {control.planted}: "
            f"{_of_100(control.value)} of 100, guessing {_of_100(control.chance)}), so its answer cannot be "
            "relied on."
        )
    notes = [r.note for r in results if r.note]
    if not results and question == "attributes":
        return "The windows of this release claim nobody, so there is nobody whose gender or age they could tell."
    return notes[0] if notes else "Nothing could be measured with these recordings."


def _way(x: float, chance: float, top: float) -> float:
    """How far `x` is on the way from `chance` (0) to `top` (1)."""
    return (x - chance) / (top - chance)


def _of_100(share: float) -> str:
    return f"{100 * share:.0f}"
