"""Which version to share, and where none meets a goal, what to try next: another strength, or another method.

decide_among(reports, goal)    the decision of `synth.audit.goal`, which earlier attackers' reports cannot win
next_try(decision, reports)    what to make next, as settings of a method

The audit knows neither mechanisms nor what an earlier version measured; this stands above.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from synth.audit.goal import Decision, Goal, Purpose, decide, harms
from synth.audit.report import Report
from synth.core.learner import preset
from synth.mechanisms.base import Mechanism, mechanisms
from synth.runs import versions

# By docs/figures/sample.md: rewritten by Flow, and of stand-ins, people are named about as often as by guessing,
# and most activities stay; what Flow itself makes looks most real.
METHODS: Mapping[Purpose, tuple[str, ...]] = {
    "activities": ("flow_rewrite", "standin", "flow"),
    "movement": ("flow", "flow_rewrite", "standin"),
    "both": ("flow_rewrite", "flow", "standin"),
}
MORE_DATA = "a thorough measurement, or recordings of more people: what there is cannot tell"


@dataclass(frozen=True)
class NextTry:
    """A proposal.

    Attributes:
        words: What to try, as the rest of a sentence that begins with "Try".
        mechanism: The settings to make it with; `None` where making another version would not help.
    """

    words: str
    mechanism: Mechanism | None = None


def decide_among(reports: Mapping[str, Report], goal: Goal) -> Decision:
    """Decide which version to share, of versions some of which earlier attackers may have measured."""
    return decide(reports, goal, versions.measured_earlier(reports))


def next_try(decision: Decision, reports: Mapping[str, Report]) -> NextTry | None:
    """Propose what may come closer than the closest version.

    Where only limits on privacy are missed, it is the next strength of the same method, where only usefulness is, the
    next weaker one, of those that were not measured yet; else a method that was not tried.

    Args:
        decision: About these versions.
        reports: By key of the version.

    Returns:
        `None` where a version meets the goal, or where there is nothing left to propose.
    """
    if decision.best.meets:
        return None
    if decision.best.outdated:
        return NextTry("to measure it again")
    failed = decision.best.failures
    if all(check.outcome in ("cannot tell", "not measured") for check in failed):
        return NextTry(MORE_DATA)
    # More data may settle what cannot be told; which way to turn the dial follows from what is missed for certain.
    of_privacy = {check.limit.question in harms() for check in failed if check.outcome == "missed"}
    tried = [
        made
        for standing in decision.standings
        if not standing.outdated and (made := mechanism_of(reports[standing.key])) is not None
    ]
    closest = mechanism_of(reports[decision.best.key])
    if closest is not None and len(of_privacy) == 1:
        stronger = of_privacy.pop()
        for mechanism in _other_strengths(closest, stronger=stronger):
            if mechanism not in tried:
                return NextTry(_at_strength(mechanism, stronger=stronger), mechanism)
    kinds = {mechanism.kind for mechanism in tried}
    untried = next((kind for kind in METHODS[decision.goal.purpose] if kind not in kinds), None)
    if untried is None:
        return None
    mechanism = preset(mechanisms()[untried], "quick")
    return NextTry(f"another method: {mechanism.title}", mechanism)


def mechanism_of(report: Report) -> Mechanism | None:
    """Return the settings a version was made with; `None` for one from elsewhere, or with settings no longer known."""
    card = report.release.get("card", {}).get("mechanism")
    named = card.get("kind") if isinstance(card, Mapping) else None
    kind = mechanisms().get(named) if isinstance(named, str) else None
    if kind is None:
        return None
    try:
        return kind(**{name: value for name, value in card.items() if name != "kind"})
    except (TypeError, ValueError):  # the settings of an earlier version
        return None


def _other_strengths(mechanism: Mechanism, *, stronger: bool) -> Iterator[Mechanism]:
    """Yield the method at its other strengths on one side, nearest first."""
    dial = mechanism.dial
    if dial is None:
        return
    steps = list(dial.steps)
    upwards = (steps[0] < steps[-1]) == stronger
    now = getattr(mechanism, dial.field)
    beyond = sorted(step for step in steps if (step > now if upwards else step < now))
    for step in beyond if upwards else reversed(beyond):
        yield mechanism.at(step)


def _at_strength(mechanism: Mechanism, *, stronger: bool) -> str:
    setting = getattr(mechanism, mechanism.dial.field) if mechanism.dial else ""
    how = "stronger" if stronger else "weaker"
    return f"{mechanism.title}, {how} ({mechanism.dial_label().lower()}: {setting:g})"
