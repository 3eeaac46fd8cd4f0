"""How people are recognised, as the maps of releases and strengths show it: by which attacker, and how often."""

from synth.audit.question import headline
from synth.audit.report import Report, Result
from synth.audit.verdicts import above_chance, way
from synth.core.figures import percent

QUESTION = "reidentification"


def claims_nobody(result: Result) -> bool:
    """Whether a number is about windows that are attributed to no real person."""
    return "nobody" in result.tier


def knows_release(tier: str) -> bool:
    """Whether an attacker learnt from released windows, ours or their own, unlike the static one of the usual test."""
    return not tier.startswith("static")


def attackers(report: Report, *, by_person: bool = False) -> tuple[Result | None, Result | None]:
    """Return the results of the two attackers to compare: the static one of the usual test, and the one that counts.

    The one that counts is the `headline` of the report, whatever they know. Person by person (aggregated), which is
    another quantity and labelled so, it is the strongest who learnt from the release. For windows that claim to show
    no real person there is only the second one, and only window by window.

    Args:
        report: Of one release.
        by_person: Whether the attackers decide once for all windows of a person.
    """
    if not by_person:
        return _strongest(report, "static"), headline(report, QUESTION)
    return _strongest(report, "static, aggregated"), _strongest(report, "refitted, aggregated")


def how_hidden(value: float, chance: float | None) -> float:
    """Return how well people are hidden from an attacker who is right as often as `value`."""
    return 1 - way(value, chance)


def recognised(often: str, chance: float | None) -> str:
    """Say how often people are recognised, in words, and how often by guessing."""
    return often + ("" if chance is None else f" (guessing: {percent(chance)})")


def usual_test(name: str, static: float | None, often: str, *, by_release: bool) -> str:
    """Say how often the usual test recognises people, and how often the attacker that counts does.

    Args:
        name: Of the release, or of the setting.
        static: How often the static attacker of the usual test is right.
        often: How often the one that counts is, in words.
        by_release: Whether the one that counts learnt from released windows.
    """
    if not by_release:
        return (
            f"“{name}”: the attacker of the usual test recognises people in {often}; none who trains on "
            "released windows does so with more certainty."
        )
    trained = f"an attacker who trains on released windows recognises them in {often}"
    if static is None:
        return (
            f"“{name}”: an attacker who trains on released windows recognises people in {often}. The usual test does "
            "not apply to windows that are attributed to no real person."
        )
    return f"By the usual test, people are recognised in “{name}” in {percent(static)} of cases; {trained}."


def _strongest(report: Report, tier: str) -> Result | None:
    found = [r for r in report.results if r.question == QUESTION and r.tier == tier and r.value is not None]
    return max([r for r in found if r.p is not None] or found, key=above_chance, default=None)
