"""Which of a report's numbers stands for a question where there is room for one only."""

from synth.audit.report import Report, Result
from synth.audit.verdicts import MIN_PEOPLE_UNSEEN

_TIER = {"reidentification": "refitted", "utility": "TSTR"}


def headline(report: Report, question: str) -> Result | None:
    """Return the number that counts most for a question; `None` where none was measured.

    For re-identification the strongest attacker by window who was refitted on the release, before any other
    tier (who came next, beside who came first, is not judged); for utility what a model that learnt on the
    release does on real data, by macro F1, on unseen people where there are enough (the rule of the
    verdict); for other questions the strongest.
    """
    measured = [r for r in report.results if r.question == question and r.value is not None]
    counting = [r for r in measured if r.tier.startswith(_TIER.get(question, ""))]
    if question == "utility":
        by_f1 = [r for r in counting if "f1" in r.metric.lower()] or counting
        enough = [r for r in by_f1 if "people" not in r.tier or r.n >= MIN_PEOPLE_UNSEEN]
        return next(iter(enough or by_f1), None)
    judged = [r for r in counting if r.p is not None] or counting
    by_window = [r for r in judged if "aggregated" not in r.tier]
    return max(by_window or measured, key=above_chance, default=None)


def above_chance(result: Result) -> float:
    """Return how far a number is on the way from guessing (0) to certainty (1); below 0 if worse than guessing."""
    return way(result.value, result.chance)


def way(value: float, chance: float | None) -> float:
    """Return how far `value` is on the way from `chance` to 1. No chance level counts as 0."""
    floor = min(chance or 0.0, 0.999)
    return (value - floor) / (1 - floor)


def claims_nobody(result: Result) -> bool:
    """Whether a re-identification number is about windows that do not say whom they show."""
    return "nobody" in result.tier


def attackers(report: Report, *, by_person: bool = False) -> tuple[Result | None, Result | None]:
    """Return the two attackers of re-identification to be compared: that of the papers, and a refitted one.

    The first knows unprotected recordings only (static), the second learnt from the release; of several the
    strongest. Of windows that claim nobody there is the second only, and only window by window.

    Args:
        report: Of one release.
        by_person: Whether all windows of a person are judged together (aggregated).
    """
    if not by_person:
        return _strongest(report, "static"), headline(report, "reidentification")
    return _strongest(report, "static, aggregated"), _strongest(report, "refitted, aggregated")


def _strongest(report: Report, tier: str) -> Result | None:
    measured = [
        r
        for r in report.results
        if r.question == "reidentification" and r.tier == tier and r.value is not None
    ]
    return max([r for r in measured if r.p is not None] or measured, key=above_chance, default=None)
