"""Looks real? The definition of the question.

How values are rounded is judged apart: see `rounding.py`. The number of the question is that of attackers who see
values rounded alike, unless rounding alone is what gives the release away.
"""

from collections.abc import Sequence

from synth.audit.question import Question
from synth.audit.report import Control, Result, Verdict
from synth.audit.verdicts import CANNOT_TELL, certain, checked, guessing, why_not
from synth.core.figures import percent

LINE = 0.6
BY_ROUNDING = "by rounding alone"
INDISTINGUISHABLE, DISTINGUISHABLE = "indistinguishable", "distinguishable"


def _rule(results: Sequence[Result], controls: Sequence[Control]) -> Verdict:
    return checked(results, controls, _decide, convicting={DISTINGUISHABLE}, if_none=why_not(results))


def _decide(heard: Sequence[Result]) -> Verdict:
    found = certain(heard)
    by_rounding, others = _apart(heard)
    if found and not _apart(found)[1]:
        return Verdict(DISTINGUISHABLE, _only_by_rounding(by_rounding[0], others), by_rounding[0])
    strongest = max(_apart(found)[1] or others or heard, key=lambda r: r.number)
    said = (
        f"A classifier distinguishes these windows from real ones in "
        f"{strongest.figure} of cases {guessing(strongest)}."
    )
    if strongest.note:
        said += f" {strongest.note}"
    if any(r in found for r in by_rounding):
        said += f" How values are rounded would suffice: {by_rounding[0].figure}. The first number is without that."
    if any(r.ends[1] < r.by_guessing for r in heard):
        said += " A result below guessing suggests windows that resemble single recordings, as copies do."
    if all(r.ends[1] <= LINE for r in heard):
        return Verdict(INDISTINGUISHABLE, said, strongest, "R-real-1")
    if found:
        return Verdict(DISTINGUISHABLE, said, strongest, "R-real-2")
    needed = f"That may be luck; more recordings are needed to say that it is, or that it is not above {percent(LINE)}."
    return Verdict(CANNOT_TELL, f"{said} {needed}", strongest, "R-real-3")


def _apart(results: Sequence[Result]) -> tuple[list[Result], list[Result]]:
    """Separate those of attackers who look at rounding alone from all others."""
    by_rounding = [r for r in results if r.tier.endswith(BY_ROUNDING)]
    return by_rounding, [r for r in results if r not in by_rounding]


def _only_by_rounding(by_rounding: Result, others: Sequence[Result]) -> str:
    said = (
        f"How values are rounded is enough to distinguish these windows from real ones in "
        f"{by_rounding.figure} of cases {guessing(by_rounding)}."
    )
    if not others:
        return said
    best = max(others, key=lambda r: r.number)
    return (
        f"{said} Once both are rounded alike, no classifier is certainly better than guessing: {best.figure}."
    )


QUESTION = Question(
    key="discriminator",
    order=10,
    title="Looks real?",
    short="Distinguished from real",
    term="discriminator",
    explanation="Each classifier was trained on other examples of both. Near guessing means: looks like real data. "
    "It does not mean: protects people.",
    measure="share of windows assigned correctly to real or released (balanced accuracy)",
    worse="easily distinguished",
    better="cannot be distinguished",
    direction="chance",
    finding="{name} is distinguished from real recordings in {value} of cases",
    contrast="hardest to distinguish:",
    rule=_rule,
    axis_low=0.4,
    tiers={BY_ROUNDING: "and looks only at how values are rounded; all others see both sides rounded alike"},
    verdicts={INDISTINGUISHABLE: "neutral", DISTINGUISHABLE: "bad"},
    rules={
        "R-real-1": "indistinguishable: every attacker's interval ends at or below 60 %",
        "R-real-2": "distinguishable: otherwise, an attacker does better than guessing, by rounding alone or "
        "otherwise, corrected for the number of attackers (Holm)",
        "R-real-3": "cannot tell: neither",
    },
)
