"""Replaced or withheld: the definition of the question."""

from functools import partial

from synth.audit.question import Question
from synth.audit.report import Result
from synth.audit.verdicts import PRIVACY_RULES, PRIVACY_VERDICTS, guessing, privacy


def _said(r: Result) -> str:
    how_often = r.figure
    if r.tier.startswith("stops"):
        return (
            f"Where a recording stops, someone who learnt from examples rightly tells in {how_often} of cases whether "
            f"something was withheld there {guessing(r)}."
        )
    if r.tier.startswith("amounts"):
        return (
            "Given two people, one with much withheld, someone who counts their windows picks the right one in "
            f"{how_often} of cases {guessing(r)}."
        )
    return (
        f"Someone who learnt from examples rightly tells for {how_often} of windows whether they were replaced "
        f"{guessing(r)}."
    )


QUESTION = Question(
    key="replacement",
    order=80,
    title="Replaced or withheld",
    short="Replacement recognised",
    term="genuine or replaced",
    explanation="The attacker knows examples of both and looks at windows of other people.",
    measure="share of windows correctly called genuine or replaced, or of stops correctly called gaps",
    worse="replaced windows stand out",
    better="no better than guessing",
    direction="lower",
    finding="{name}: replaced windows are recognised in {value} of cases",
    contrast="least:",
    rule=partial(privacy, said=_said),
    axis_low=0.4,
    verdicts=PRIVACY_VERDICTS,
    rules=PRIVACY_RULES,
    is_privacy=True,
    harm="It shows what was replaced or withheld",
    tiers={
        "stops": "Did a recording stop by itself, or was something withheld?",
        "amounts": "From whom was much withheld?",
        "knows genuine recordings only": "Attacker knows genuine recordings only, and no replaced window",
    },
)
