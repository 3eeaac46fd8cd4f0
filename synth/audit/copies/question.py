"""Copied recordings: the definition of the question."""

from functools import partial

from synth.audit.question import Question
from synth.audit.report import Result
from synth.audit.verdicts import PRIVACY_RULES, PRIVACY_VERDICTS, guessing, privacy


def _said(r: Result) -> str:
    if r.attacker == "exact values":
        return (
            f"Beyond what chance explains, the release holds an exact number (a mean, an extreme, ...) of {r.figure} "
            f"of the windows that were used {guessing(r)}."
        )
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
    explanation="Every released window is looked for in all recordings: cut elsewhere, scaled, smoothed, rotated, "
    "spliced, at another pace. Harmless windows match recordings that were not used just as well.",
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
    harm="Recordings are copied",
    tiers={
        "as a whole": "Compared with private recordings as a whole",
        "in fine detail": "Compared with private recordings in fine detail",
        "slow movement": "Slow movement compared, in case it was smoothed",
        "whichever direction": "Compared whichever way sensors were turned",
        "channels exchanged": "Every channel compared with every other",
        "at another pace": "Compared at other paces",
        "by halves": "Halves of windows compared",
        "word for word": "Runs of samples, word for word",
        "nearly word for word": "Runs of samples, nearly word for word",
        "every number": "Exact means, extremes and ends of windows",
        "numbers that recur": "Exact numbers that several released windows have",
        "windows that stand out": "windows that match one place far better than any other",
        "all windows": "all windows, whatever they match",
    },
    pictures=("closest pairs",),
)
