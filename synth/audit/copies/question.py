"""Copied recordings: the definition of the question."""

from functools import partial

from synth.audit.question import Question
from synth.audit.report import Result
from synth.audit.verdicts import PRIVACY_RULES, PRIVACY_VERDICTS, guessing, privacy


def _said(r: Result) -> str:
    return (
        f"Beyond what chance explains, {r.figure} of released windows are copies of recordings "
        f"that were used, however disguised {guessing(r)}."
    )


QUESTION = Question(
    key="copies",
    order=60,
    title="Copied recordings",
    short="Copied",
    term="copies",
    explanation="Released windows are compared with private ones: shifted, scaled, inverted, channels exchanged. "
    "Harmless windows match recordings that were not used just as well.",
    measure="share of windows that match a private recording, beyond chance",
    worse="recordings are copied",
    better="nothing is copied",
    direction="lower",
    finding="{name} copies most: {value} of windows",
    contrast="least:",
    rule=partial(privacy, said=_said, any_is_too_much=True),
    verdicts=PRIVACY_VERDICTS,
    rules=PRIVACY_RULES,
    is_privacy=True,
    tiers={
        "as a whole": "Compared with private recordings as a whole",
        "in fine detail": "Compared with private recordings in fine detail",
        "word for word": "Runs of samples, word for word",
    },
    pictures=("closest pairs",),
)
