"""Was a person in the data? The definition of the question."""

from functools import partial

from synth.audit.question import Question
from synth.audit.report import Result
from synth.audit.verdicts import PRIVACY_RULES, PRIVACY_VERDICTS, guessing, privacy


def _said(r: Result) -> str:
    how_often = r.figure
    if "against other people" in r.tier:
        return (
            "Of two people, one whose recordings were used and one whose were not, the release resembles the used one "
            f"more in {how_often} of cases {guessing(r)}."
        )
    if r.tier.endswith("by person"):
        return (
            f"For {how_often} of people, the release resembles their recordings that were used more than their "
            f"recordings that were not {guessing(r)}."
        )
    return (
        "Shown one recording that was used and one of the same person that was not, someone with the release picks "
        f"the used one in {how_often} of cases {guessing(r)}."
    )


QUESTION = Question(
    key="membership",
    order=50,
    title="Was a person in the data?",
    short="Membership inferred",
    term="membership inference",
    explanation="The attacker holds recordings of a person and asks which of them the release was made from.",
    measure="how often used recordings are picked out from unused ones of the same people (AUC)",
    worse="used recordings are recognised",
    better="no better than guessing",
    direction="lower",
    finding="{name} gives away most about which recordings were used: {value} of pairs",
    contrast="least:",
    rule=partial(privacy, said=_said, any_is_too_much=True),
    axis_low=0.4,
    verdicts=PRIVACY_VERDICTS,
    rules=PRIVACY_RULES,
    is_privacy=True,
    harm="It is known whose recordings were used",
    tiers={
        "density ratio": "Where the release is denser than other recordings",
        "nearest distance": "Distance to the nearest released window",
        "nearest change": "Windows that change as the recording does",
        "discriminator": "What a network that learnt the release by heart takes for released",
    },
)
