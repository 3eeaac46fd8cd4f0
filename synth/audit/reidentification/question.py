"""People recognised: the definition of the question."""

from functools import partial

from synth.audit.question import Question
from synth.audit.report import Result
from synth.audit.verdicts import PRIVACY_VERDICTS, guessing, privacy


def _said(r: Result) -> str:
    how_often = r.figure
    if r.metric == "member linkage":
        return (
            f"{how_often} of windows resemble people whose recordings were used, the others equally many people whose "
            f"recordings were not {guessing(r)}."
        )
    who = (
        "Someone who learnt from the release itself"
        if r.tier.startswith("refitted")
        else "Someone who knows only the original recordings"
    )
    what = "people, judging all of their windows together," if r.tier.endswith("aggregated") else "windows"
    return f"{who} names the right person for {how_often} of {what} {guessing(r)}."


QUESTION = Question(
    key="reidentification",
    order=40,
    title="People recognised",
    short="People recognised",
    term="re-identification",
    explanation="An attacker who learns from the release itself (refitted) usually recognises more people than one "
    "who only knows the originals (static), which underestimates the risk.",
    measure="share of people (or of their windows) recognised",
    worse="people are recognised",
    better="no better than guessing",
    direction="lower",
    finding="{name} reveals people most: recognised in {value} of cases",
    contrast="least:",
    rule=partial(privacy, said=_said),
    verdicts=PRIVACY_VERDICTS,
    is_privacy=True,
    tiers={
        "averaged over 5 releases": "Attacker averages five releases of the same recordings and learns from the mean",
        "refitted to nobody": "Whom do generated windows look like?",
    },
)
