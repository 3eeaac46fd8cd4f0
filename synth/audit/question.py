"""One definition per question: its wording, its rule, its headline number, and its charts and tables.

A definition is a `Question` in any module below `synth/audit`; by convention it is called `QUESTION` and lives in
`question.py` of the question's folder. Pages, charts, HTML report, data card, command line and tables read it.

questions()                          every definition by key, in the order of pages and reports
verdict_of(key, results, controls)   the verdict by the rule of a question
headline(report, key)                the one number of a question
judged(report)                       a stored report with verdicts worded by the present rules
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Literal

from data.discovery import instances_in
from synth.audit import verdicts
from synth.audit.report import Control, Report, Result, Verdict
from synth.audit.verdicts import Tone
from synth.core.figures import percent

Rule = Callable[[Sequence[Result], Sequence[Control]], Verdict]
COMMON_TIERS = {
    "static": "Attacker knows the originals only",
    "refitted": "Attacker learns on the release",
    "informed": "Attacker owns the method",
    "aggregated": "person by person",
}
FIELD_TERMS = {"TRTR", "TSTR", "TRTS", *COMMON_TIERS}


@dataclass(frozen=True, kw_only=True, eq=False)
class Question:
    """One question of the audit.

    Attributes:
        key: Its name in results, controls, reports and attacks.
        order: Its position on pages and in reports; ties are ordered by key.
        title: Its name on pages and in documents.
        short: What its number counts, in two or three words, for headings over numbers.
        term: The field's term.
        explanation: How to read its chart.
        measure: Label of the axis.
        worse: Label of the worse end of the axis.
        better: Label of the better end.
        direction: As in `Result`.
        finding: Title of the chart, with `{name}` and `{value}`.
        contrast: Words of the title before the release at the other end.
        rule: Turns results (with ceilings) and controls of this question into a verdict.
        axis_low: Largest start of the axis, in [0, 1).
        verdicts: The verdicts of its rule with their tone, except those of all questions; empty for a question without
            verdict.
        rules: The rules that lead to its verdicts, in words by identifier, except those of all questions.
        without_results: The sentence where no attack applies to a release; `""` if one always does.
        is_privacy: Whether it is about what a release reveals about people.
        harm: Of a question about privacy with a verdict: what must not happen, as a choice of a goal.
        tiers: Parts of tiers in plain words, in addition to `COMMON_TIERS`.
        charts: Names of charts of all releases in addition to the forest plot, as in `synth.reporting.charts.views`.
        tables: Names of tables, likewise.
        pictures: Names of pictures of one release, drawn from exhibits and therefore never shared.
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
    rules: Mapping[str, str] = field(default_factory=dict)
    without_results: str = ""
    is_privacy: bool = False
    harm: str = ""
    tiers: Mapping[str, str] = field(default_factory=dict)
    charts: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()

    @property
    def has_verdict(self) -> bool:
        """Whether its rule gives a verdict; otherwise its results are only shown."""
        return bool(self.verdicts)

    def tone(self, verdict: str) -> Tone | None:
        """Return the tone of a verdict; `None` where it is undecided, or of a rule that is no longer known."""
        return self.verdicts.get(verdict) or verdicts.TONES.get(verdict)

    def rule_in_words(self, rule: str) -> str:
        """Return what the rule of a verdict says; `""` where it is not known."""
        return {**verdicts.RULES, **self.rules}.get(rule, "")

    def label(self, verdict: Verdict) -> str:
        """Return the word of a verdict and, where it decides something, the number: "distinguishable (95 %)"."""
        if verdict.headline is None or verdict.verdict not in self.verdicts:
            return verdict.verdict
        return f"{verdict.verdict} ({percent(verdict.headline.number)})"

    def tier_in_words(self, tier: str) -> str:
        """Return a tier in plain words, followed by the field's terms; unknown parts are left as they are."""
        words = {**COMMON_TIERS, **self.tiers}
        parts = [part.strip() for part in tier.split(",")]
        terms = [part for part in parts if part in FIELD_TERMS]
        said = ", ".join(words.get(part, part) for part in parts)
        return f"{said} ({', '.join(terms)})" if terms else said


@cache
def questions() -> Mapping[str, Question]:
    """Return every definition by key, in the order of pages and reports: a new question is one new file.

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
    """Return the keys of the questions that have a verdict."""
    return tuple(key for key, question in questions().items() if question.has_verdict)


def question_of(key: str) -> Question:
    """Return a definition, or a placeholder for an unknown key, so that reports from elsewhere can be shown."""
    return questions().get(key) or _unknown(key)


def verdict_of(key: str, results: Sequence[Result], controls: Sequence[Control]) -> Verdict:
    """Apply the rule of a question to its part of all results (with ceilings) and controls."""
    own_results = [result for result in results if result.question == key]
    own_controls = [control for control in controls if control.question == key]
    question = question_of(key)
    applying = [result for result in own_results if result.applies]
    ruled_out = next((result.note for result in own_results), question.without_results)
    if ruled_out and not applying and question.has_verdict:
        return verdicts.not_applicable(ruled_out)
    return question.rule(applying, own_controls)


def headline(report: Report, key: str) -> Result | None:
    """Return the number that stands for a question: the result that its verdict rests on; `None` without one.

    This is the result stored with the verdict, or else the one that the present rule rests on.
    """
    stored = report.verdicts.get(key)
    if stored is not None and stored.headline is not None:
        return stored.headline
    return verdict_of(key, report.results, report.controls).headline


def judged(report: Report) -> Report:
    """Return a report with its verdicts as the present rules word them.

    A report that was judged by rules of another version stays as it was stored.
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
