"""One definition a question: its wording, its rule, the number that stands for it, and what is drawn of it.

A definition is a `Question` in any module below `synth/audit`; by custom it is called `QUESTION` and stands in
`question.py` of the question's folder. Pages, charts, HTML report, data card, command line and tables read it.

questions()                          every definition by key, in the order of pages and reports
verdict_of(key, results, controls)   what the rule of a question says
headline(report, key)                the one number of a question
judged(report)                       a stored report as the present rules word it
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Literal

from data.discovery import instances_in
from synth.audit import verdicts
from synth.audit.report import Control, Report, Result, Verdict
from synth.audit.verdicts import Tone

Rule = Callable[[Sequence[Result], Sequence[Control]], Verdict]
COMMON_TIERS = {
    "static": "Attacker knows the originals only",
    "refitted": "Attacker learns on the release",
    "aggregated": "person by person",
}
FIELD_TERMS = {"TRTR", "TSTR", "TRTS", *COMMON_TIERS}


@dataclass(frozen=True, kw_only=True, eq=False)
class Question:
    """One question of the audit.

    Attributes:
        key: What results, controls, reports and attacks call it.
        order: Its place on pages and in reports; ties go by key.
        title: What it is called on pages and in documents.
        short: What its number counts, in two or three words, for headings over numbers.
        term: The field's term.
        explanation: How to read its chart.
        measure: What the axis counts.
        worse: The worse end of the axis.
        better: The better end.
        direction: As in `Result`.
        finding: What the chart's title says, with `{name}` and `{value}`.
        contrast: What the title says before the release at the other end.
        rule: What results (with ceilings) and controls of this question amount to.
        axis_low: Where the axis begins at the latest, in [0, 1).
        verdicts: The words of its rule with their tone, "cannot tell" left out; none where it is left to the eye.
        is_privacy: Whether it asks what is given away about people.
        tiers: Parts of tiers in words, beyond `COMMON_TIERS`.
        charts: Names of charts of all releases beyond the forest plot, as `synth.reporting.charts.views` knows them.
        tables: Names of tables, likewise.
        pictures: Names of what there is to see of one release, drawn from exhibits and therefore never shared.
    """

    key: str
    order: int
    title: str
    short: str
    term: str
    explanation: str
    measure: str
    worse: str
    better: str
    direction: Literal["lower", "higher", "chance"]
    finding: str
    contrast: str
    rule: Rule
    axis_low: float = 0.0
    verdicts: Mapping[str, Tone] = field(default_factory=dict)
    is_privacy: bool = False
    tiers: Mapping[str, str] = field(default_factory=dict)
    charts: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()

    @property
    def has_verdict(self) -> bool:
        """Whether its rule says a word, or it is shown and left to the eye."""
        return bool(self.verdicts)

    def tier_in_words(self, tier: str) -> str:
        """Return a tier in words with the field's terms behind; what is unknown is left as it is."""
        words = {**COMMON_TIERS, **self.tiers}
        parts = [part.strip() for part in tier.split(",")]
        terms = [part for part in parts if part in FIELD_TERMS]
        said = ", ".join(words.get(part, part) for part in parts)
        return f"{said} ({', '.join(terms)})" if terms else said


@cache
def questions() -> Mapping[str, Question]:
    """Return every definition by key, in the order of pages and reports: a new one is one new file.

    Raises:
        ValueError: If two definitions have the same key.
    """
    import synth.audit

    found = sorted(instances_in(synth.audit, Question), key=lambda question: (question.order, question.key))
    by_key = {question.key: question for question in found}
    if len(by_key) < len(found):
        raise ValueError(f"every question needs a key of its own. Received: {[q.key for q in found]}")
    return by_key


def with_verdict() -> tuple[str, ...]:
    """Return the keys of the questions that are answered by a word."""
    return tuple(key for key, question in questions().items() if question.has_verdict)


def question_of(key: str) -> Question:
    """Return a definition; one made up for a key without, so that reports from elsewhere can be shown."""
    return questions().get(key) or _unknown(key)


def verdict_of(key: str, results: Sequence[Result], controls: Sequence[Control]) -> Verdict:
    """Apply the rule of a question to its part of all results (with ceilings) and controls."""
    own_results = [result for result in results if result.question == key]
    own_controls = [control for control in controls if control.question == key]
    return question_of(key).rule(own_results, own_controls)


def headline(report: Report, key: str) -> Result | None:
    """Return the number that stands for a question: the result that its verdict rests on; `None` without one.

    It is the one that was stored with the verdict, else the one that the present rule rests on.
    """
    stored = report.verdicts.get(key)
    if stored is not None and stored.headline is not None:
        return stored.headline
    return verdict_of(key, report.results, report.controls).headline


def judged(report: Report) -> Report:
    """Return a report with its verdicts as the present rules word them.

    One that was measured under rules of another version stays as it was stored.
    """
    if report.measured_by.get("verdicts", 1) != verdicts.VERSION:
        return report
    worded = {
        key: verdict_of(key, report.results, report.controls) if key in with_verdict() else stored
        for key, stored in report.verdicts.items()
    }
    return replace(report, verdicts=worded)


def _unknown(key: str) -> Question:
    return Question(
        key=key,
        order=0,
        title=key.capitalize(),
        short=key.capitalize(),
        term=key,
        explanation="",
        measure="share",
        worse="attackers succeed",
        better="attackers fail",
        direction="lower",
        finding=key.capitalize() + ": {name} {value}",
        contrast="lowest:",
        rule=verdicts.left_to_the_eye,
    )
