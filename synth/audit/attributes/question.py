"""Attributes of people: the definition of the question."""

from functools import partial

from synth.audit.question import Question
from synth.audit.report import Result
from synth.audit.verdicts import PRIVACY_RULES, PRIVACY_VERDICTS, guessing, privacy

CLAIMS_NOBODY = (
    "The windows of this release belong to nobody in particular, so they cannot reveal anybody's attributes."
)


def _said(r: Result) -> str:
    attribute = r.metric.partition(" of ")[2] or "the attribute"
    what = "people" if r.tier.endswith("aggregated") else "windows of people"
    return (
        f"Someone who learnt from other people of the release gets {attribute} right for "
        f"{r.figure} of {what} they have never seen {guessing(r)}. {r.note}"
    ).rstrip()


QUESTION = Question(
    key="attributes",
    order=70,
    title="Attributes of people",
    short="Attributes recognised",
    term="attribute inference",
    explanation="The attacker learns from some people of the release and is shown others.",
    measure="balanced accuracy of an attribute of people, folded (worse than guessing is a leak, too)",
    worse="the attribute is recognised",
    better="no better than guessing",
    direction="lower",
    finding="{name} reveals most about people: {value}",
    contrast="least:",
    rule=partial(privacy, said=_said),
    without_results=CLAIMS_NOBODY,
    axis_low=0.4,
    verdicts=PRIVACY_VERDICTS,
    rules=PRIVACY_RULES,
    is_privacy=True,
    harm="Attributes of people are guessed",
)
