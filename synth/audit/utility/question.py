"""Activities recognised: the definition of the question.

What is kept comes from a comparison with the same model of the unprotected recordings, on the same windows and person
by person: two intervals side by side would also hold how much people differ, which is the same for both.
"""

from collections.abc import Sequence

from synth.audit.question import Question
from synth.audit.report import RECALL, SHARE_KEPT, Control, Result, Verdict
from synth.audit.verdicts import CANNOT_TELL, checked, on_enough_people, why_not
from synth.core.figures import percent

KEPT, CERTAINLY_KEPT, LOST = 0.9, 0.7, 0.5  # shares of the way from guessing to the ceiling
ONE_ACTIVITY = "No classifier can learn to recognise activities from this release: it holds only one."


def _rule(results: Sequence[Result], controls: Sequence[Control]) -> Verdict:
    """Judge by the first attacker, the forest."""
    own = [c for c in controls if c.attacker == results[0].attacker] if results else []
    return checked(results, own, _decide, if_none=why_not(results))


def _decide(heard: Sequence[Result]) -> Verdict:
    trained_on_it = [r for r in heard if r.tier.startswith("TSTR") and r.metric == "macro-F1"]
    if not trained_on_it:
        return Verdict(CANNOT_TELL, ONE_ACTIVITY, rule="R-all-2")
    chosen = on_enough_people(trained_on_it)[0]
    said = _said(chosen)
    ceiling, chance = _ceiling(chosen), chosen.by_guessing
    if ceiling <= chance:
        return Verdict(
            CANNOT_TELL,
            f"{said} Even trained on the unprotected recordings it does no better than guessing.",
            chosen,
            "R-utility-4",
        )
    lost = _lost_activities(heard, chosen)
    if lost:
        said += f" No longer recognised: {', '.join(lost)}."
    kept = _kept(heard, chosen)
    if kept is not None:
        said += f" Compared person by person, {kept.figure} of what is above guessing is kept."
        low, high = kept.ends
        if high <= LOST:
            return Verdict("lost", said, chosen, "R-utility-1")
        if kept.number >= KEPT and low >= CERTAINLY_KEPT and not lost:
            return Verdict("kept", said, chosen, "R-utility-2")
        if low > 0 and high < 1:
            return Verdict("reduced", said, chosen, "R-utility-3")
    if lost:
        return Verdict("reduced", said, chosen, "R-utility-3")
    needed = "More people are needed to say how much was lost."
    return Verdict(CANNOT_TELL, f"{said} {needed}", chosen, "R-utility-5")


def _kept(heard: Sequence[Result], chosen: Result) -> Result | None:
    """Return the comparison with the same model of unprotected recordings on the same windows."""
    same = [r for r in heard if (r.tier, r.attacker) == (chosen.tier, chosen.attacker)]
    return next((r for r in same if r.metric == SHARE_KEPT), None)


def _said(r: Result) -> str:
    where = r.tier.partition(", ")[2]
    tested = f" ({where})" if where else ""
    return (
        f"A classifier trained on this release recognises activities{tested} with a score of "
        f"{r.figure}; trained on the unprotected recordings it reaches {percent(_ceiling(r))} "
        f"(guessing: {percent(r.by_guessing)})."
    )


def _ceiling(r: Result) -> float:
    """Return the same score of the unprotected recordings; raises `ValueError` where it was not measured."""
    if r.ceiling is None:
        raise ValueError(f"no ceiling: {r.metric}, {r.attacker}, {r.tier}")
    return r.ceiling


def _lost_activities(heard: Sequence[Result], chosen: Result) -> list[str]:
    """Name the activities that are recognised in the unprotected recordings, and hardly after this release."""
    return [
        r.metric.removeprefix(RECALL)
        for r in heard
        if r.metric.startswith(RECALL)
        and (r.tier, r.attacker) == (chosen.tier, chosen.attacker)
        and r.ceiling is not None
        and r.ceiling >= LOST
        and (r.ends[1] <= LOST * r.ceiling or r.value == 0)
    ]


QUESTION = Question(
    key="utility",
    order=20,
    title="Activities recognised",
    short="Activities recognised",
    term="utility, TSTR",
    explanation="A model learns activities from one kind of data and is tested on another, on people it never saw "
    "if there are enough.",
    measure="how well activities are recognised (macro-F1)",
    worse="activities are lost",
    better="as useful as real data",
    direction="higher",
    finding="{name} keeps the most: activities recognised at {value}",
    contrast="least:",
    rule=_rule,
    verdicts={"kept": "good", "reduced": "fair", "lost": "bad"},
    rules={
        "R-utility-1": "lost: certainly less than half of what the unprotected recordings give above guessing is kept",
        "R-utility-2": "kept: nine tenths of it, certainly seven tenths, and no activity lost",
        "R-utility-3": "reduced: certainly more than nothing and less than all of it, or an activity is lost",
        "R-utility-4": "cannot tell: a classifier of the unprotected recordings does no better than guessing",
        "R-utility-5": "cannot tell: how much is kept is too uncertain",
    },
    tiers={
        "TRTR": "Train on real, test on real",
        "TSTR": "Train on the release, test on real",
        "TRTS": "Train on real, test on the release",
    },
    charts=("by activity",),
    pictures=("confusion",),
)
