"""People recognised: the definition of the question."""

from collections.abc import Sequence
from dataclasses import replace

from synth.audit.question import Question
from synth.audit.report import Control, Result, Verdict
from synth.audit.verdicts import (
    AT_RISK,
    EXPOSED,
    PRIVACY_RULES,
    PRIVACY_VERDICTS,
    guessing,
    measured,
    privacy,
)
from synth.core.figures import percent

NOT_TRIED = (
    "A stronger attacker was not tried: one who owns the method and makes releases of their own from other "
    "recordings of the same people."
)

KNOWS = {
    "refitted": "Someone who learnt from the release itself",
    "informed": "Someone who owns the method and learnt from releases of their own",
}


def _rule(results: Sequence[Result], controls: Sequence[Control]) -> Verdict:
    """Apply the rule of privacy; where nobody owned the method, whatever is short of a risk says so."""
    verdict = privacy(results, controls, said=_said)
    tiers = {r.tier for r in measured(results)}
    if verdict.verdict == AT_RISK or "refitted" not in tiers or "informed" in tiers:
        return verdict
    return replace(verdict, sentence=f"{verdict.sentence} {NOT_TRIED}")


def _said(r: Result) -> str:
    how_often = r.figure
    if r.metric == "member linkage":
        return (
            f"{how_often} of windows resemble people whose recordings were used, the others equally many people whose "
            f"recordings were not {guessing(r)}."
        )
    if r.metric.endswith(EXPOSED):
        return (
            f"The person recognised most is named rightly for {how_often} of their windows "
            f"(windows of others that are taken for theirs, or guessing: {percent(r.by_guessing)})."
        )
    if "strangers" in r.tier:
        return (
            f"Someone who owns the method and has recordings of other people only links {how_often} of windows to the "
            f"right person's other windows {guessing(r)}."
        )
    knows = r.tier.split(",")[0]
    who = KNOWS.get(knows, "Someone who knows only the original recordings")
    what = "people, judging all of their windows together," if r.tier.endswith("aggregated") else "windows"
    return f"{who} names the right person for {how_often} of {what} {guessing(r)}."


QUESTION = Question(
    key="reidentification",
    order=40,
    title="People recognised",
    short="People recognised",
    term="re-identification",
    explanation="An attacker who learns from the release itself (refitted), or owns the method and learns from "
    "releases of their own (informed), usually recognises more than one who only knows the originals (static), which "
    "underestimates the risk.",
    measure="share of people (or of their windows) recognised",
    worse="people are recognised",
    better="no better than guessing",
    direction="lower",
    finding="{name} reveals people most: recognised in {value} of cases",
    contrast="least:",
    rule=_rule,
    verdicts=PRIVACY_VERDICTS,
    rules=PRIVACY_RULES,
    is_privacy=True,
    harm="People are recognised",
    tiers={
        "averaged over 5 releases": "Attacker averages five releases of the same recordings and learns from the mean",
        "strangers": "and has only recordings of other people",
        "refitted to nobody": "Whom do generated windows look like?",
        "mean distance": "other people whose recordings are farther away on average (similarity rank)",
    },
    pictures=("people", "guesses", "before and after by person", "before and after by activity"),
)
