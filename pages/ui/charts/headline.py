"""Which of a report's numbers stands for a question where there is room for one only."""

from synth.audit.report import Report, Result

_TIER = {"reidentification": "refitted", "utility": "TSTR"}


def headline(report: Report, question: str) -> Result | None:
    """Return the number that counts most for a question; `None` where none was measured.

    For re-identification the strongest attacker per window who was refitted on the release, before any other
    tier; for utility the best model that learnt on the release and was tested on real data, by macro F1
    where there is one; else the strongest.
    """
    measured = [r for r in report.results if r.question == question and r.value is not None]
    single = [r for r in measured if "aggregated" not in r.tier] or measured
    counting = [r for r in single if r.tier.startswith(_TIER.get(question, ""))]
    if question == "utility":
        candidates = [r for r in counting if "f1" in r.metric.lower()] or counting
    else:
        candidates = counting or single
    return max(candidates, key=lambda r: r.value, default=None)
