"""Which version meets a goal: what it is for, what must not happen, and how near each version comes.

goal (purpose, harms, limits)  +  reports  ->  decide  ->  versions best first, and one sentence

A limit is a share of a way, because versions differ in what guessing gives:

    usefulness   from guessing (0) to what the original recordings give (1): at least this share is wanted
    all others   from guessing (0) to certainty (1): at most this share is allowed; of "Looks real?", where a result
                 below guessing is a finding too, in either direction

It is compared with the number of the question (`question.headline`), at the end of its interval that is worse: a
limit that only the mean meets is not met. Nor is one where the verdict is *cannot tell* or there is none; only of
usefulness and realism, an interval too wide for a word (R-real-3, R-utility-5) is compared all the same. Where the
verdict is *does not apply*, there is nothing to find, and a limit on privacy is met. At limits up to the line of the
verdict *safe*, nothing that is *at risk* meets it: an attacker who is certainly better than guessing was found.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from synth.audit.question import headline, question_of, questions
from synth.audit.report import Report, Result
from synth.audit.utility.question import CERTAINLY_KEPT
from synth.audit.verdicts import AT_RISK, CANNOT_TELL, NOT_APPLICABLE, RISK_LINE, way
from synth.core.figures import percent

Purpose = Literal["activities", "movement", "both"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
WANTED: Mapping[Purpose, tuple[str, ...]] = {
    "activities": ("utility",),
    "movement": ("discriminator",),
    "both": ("utility", "discriminator"),
}
PURPOSE_IN_WORDS: Mapping[Purpose, str] = {
    "activities": "Recognise activities",
    "movement": "Show realistic movement",
    "both": "Both",
}
# That somebody took part says something about them only where taking part is sensitive; it takes many people to ask.
USUAL_HARMS = ("reidentification", "copies")
USUAL_SHARES: Mapping[str, float] = {"utility": CERTAINLY_KEPT, "discriminator": 0.5}
OUTDATED = "numbers of earlier attackers, to be measured again"
# Of usefulness and realism, these only say that the interval fits no one word: a limit has a line of its own for it.
TOO_WIDE_FOR_A_WORD = ("R-real-3", "R-utility-5")
UNDECIDED = 0.1  # what cannot be told counts as at least this far beyond its limit

Outcome = Literal["met", "missed", "cannot tell", "not measured", "does not apply"]


@dataclass(frozen=True)
class Limit:
    """What is wanted or allowed of one question.

    Attributes:
        question: Key of the question.
        share: Of the way from guessing, in [0, 1]; see the module.
    """

    question: str
    share: float

    @property
    def is_wanted(self) -> bool:
        """Whether more is better: the limit is a least, not a most."""
        return question_of(self.question).direction == "higher"

    def way(self, value: float, result: Result) -> float:
        """Return where a value of a result lies on the way: guessing is 0.

        Raises:
            ValueError: If the way has no end: what the original recordings give is not known, or is no better than
                guessing.
        """
        if not self.is_wanted:
            position = way(value, result.chance)
            return abs(position) if result.direction == "chance" else position
        if result.ceiling is None or result.ceiling <= (result.chance or 0.0):
            raise ValueError(f"nothing to compare with: {result.metric}, {result.attacker}, {result.tier}")
        return way(value, result.chance, result.ceiling)

    def line(self, result: Result) -> float:
        """Return the limit as a number of this result, in [0, 1]."""
        start = result.chance or 0.0
        top = result.ceiling if self.is_wanted and result.ceiling is not None else 1.0
        return start + self.share * (top - start)

    def worse_end(self, result: Result) -> float:
        """Return the end of the interval that is further from what is wanted."""
        low, high = result.ends
        if self.is_wanted:
            return low
        return max((low, high), key=lambda end: self.way(end, result))


@dataclass(frozen=True)
class Goal:
    """What a version is for, and what must not happen to the people in it.

    Attributes:
        purpose: What it is for.
        harms: Keys of the questions about privacy that count.
        changed: Limits other than the usual ones; those of questions that do not count are ignored.

    Raises:
        ValueError: If a purpose or a question is not known, or a share is not in [0, 1].
    """

    purpose: Purpose = "activities"
    harms: tuple[str, ...] = USUAL_HARMS
    changed: tuple[Limit, ...] = ()

    def __post_init__(self) -> None:
        if self.purpose not in PURPOSES:
            raise ValueError(f"purpose must be one of {list(PURPOSES)}. Received: {self.purpose!r}")
        unknown = [key for key in self.harms if key not in harms()]
        if unknown:
            raise ValueError(f"harms must be among {list(harms())}. Received: {unknown}")
        for limit in self.changed:
            if limit.question not in (*WANTED["both"], *harms()):
                raise ValueError(
                    f"limits must be of {[*WANTED['both'], *harms()]}. Received: {limit.question!r}"
                )
            if not 0 <= limit.share <= 1:
                raise ValueError(f"a limit must be in [0, 1]. Received: {limit}")

    @property
    def limits(self) -> tuple[Limit, ...]:
        """Every limit that counts: what is wanted first, then what must not happen, in the order of pages."""
        chosen = {limit.question: limit.share for limit in self.changed}
        counting = (*WANTED[self.purpose], *(key for key in harms() if key in self.harms))
        return tuple(Limit(key, chosen.get(key, usual_share(key))) for key in counting)

    @property
    def in_words(self) -> str:
        """The purpose and every limit, for readers of a report."""
        return f"{_PURPOSE_IN_A_SENTENCE[self.purpose]} {' '.join(map(_limit_in_words, self.limits))}"


_PURPOSE_IN_A_SENTENCE: Mapping[Purpose, str] = {
    "activities": "The version is to serve for recognising activities.",
    "movement": "The version is to show realistic movement.",
    "both": "The version is to serve for recognising activities and to show realistic movement.",
}


@dataclass(frozen=True)
class Check:
    """What became of one limit.

    Attributes:
        limit: The limit.
        result: The number of the question; `None` where there is none.
        outcome: Whether it is met, and if not, why.
        shortfall: How far the worse end of the interval is beyond the limit, as a share of the way; 0 where it is met.
    """

    limit: Limit
    result: Result | None
    outcome: Outcome
    shortfall: float

    @property
    def met(self) -> bool:
        """Whether the limit is met, for certain, or there is nothing that could exceed it."""
        return self.outcome in ("met", "does not apply")

    @property
    def in_words(self) -> str:
        """What was measured and what was wanted, as part of a sentence."""
        said = question_of(self.limit.question).short.lower()
        if self.result is None or self.outcome == "does not apply":
            return f"{said}: {self.outcome}"
        if self.outcome == CANNOT_TELL:
            return f"{said}: {CANNOT_TELL} ({self.result.figure} measured, {self._wanted(self.result)})"
        return f"{said}: {self.result.figure} ({self._wanted(self.result)})"

    def _wanted(self, result: Result) -> str:
        """Return the limit as a number of this question, and what about the result exceeds it."""
        line, end = self.limit.line(result), self.limit.worse_end(result)
        asked = "at least {} wanted" if self.limit.is_wanted else "at most {} allowed"
        if self.outcome == "missed" and percent(line) == percent(end):
            said = asked.format(f"{100 * line:.1f} %")  # else both would look equal
        else:
            said = asked.format(percent(line))
        if self.limit.is_wanted and result.ceiling is not None:
            said += f", original recordings: {percent(result.ceiling)}"
        return said + self._why_missed(result, end)

    def _why_missed(self, result: Result, end: float) -> str:
        if self.outcome != "missed":
            return ""
        if self.shortfall <= 0:
            return ", it is certainly more than by guessing"
        if result.direction == "chance" and end < result.by_guessing:
            return ", it is as far below guessing"
        only_the_mean = (_shortfall(self.limit, replace(result, low=None, high=None)) or 0.0) <= 0
        return f", {percent(end)} cannot be excluded" if only_the_mean else ""


@dataclass(frozen=True)
class Standing:
    """How one version stands to the goal.

    Attributes:
        key: Of the version.
        name: Of the version.
        checks: One for each limit, in their order.
        usefulness: How much of what is wanted is certain, in [0, 1]; the mean where two things are wanted.
        outdated: Whether today's attackers have not measured it.
        ignored: What is at risk though the goal does not ask for it, with its number.
    """

    key: str
    name: str
    checks: tuple[Check, ...]
    usefulness: float
    outdated: bool = False
    ignored: tuple[str, ...] = ()

    @property
    def meets(self) -> bool:
        """Whether every limit is met, by what today's attackers found."""
        return not self.outdated and all(check.met for check in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The limits that are not met."""
        return tuple(check for check in self.checks if not check.met)

    @property
    def shortfall(self) -> float:
        """How far all limits together are missed; 0 where all are met."""
        return sum(check.shortfall for check in self.failures)

    @property
    def why_not(self) -> str:
        """What it fails at, as part of a sentence; `""` where it meets the goal."""
        said = [check.in_words for check in self.failures]
        return "; ".join([OUTDATED, *said] if self.outdated else said)


@dataclass(frozen=True)
class Decision:
    """Which version to share, if any.

    Attributes:
        goal: What was asked.
        standings: Every version, best first: those that meet the goal by usefulness, then the others, closest first,
            and last those that today's attackers have not measured.
    """

    goal: Goal
    standings: tuple[Standing, ...]

    @property
    def best(self) -> Standing:
        """The version to share, or the one that comes closest."""
        return self.standings[0]

    @property
    def sentence(self) -> str:
        """The answer in a sentence; another one says what is at risk though the goal does not ask for it."""
        best = self.best
        if best.meets:
            kept = "; ".join(check.in_words for check in best.checks)
            besides = (
                f" At risk, though not part of the goal: {'; '.join(best.ignored)}." if best.ignored else ""
            )
            return f"Share “{best.name}”, because it meets every limit; {kept}.{besides}"
        if len(self.standings) == 1:
            return f"“{best.name}” should not be shared. It fails at {best.why_not}."
        return f"None of these should be shared. Closest: “{best.name}”; it fails at {best.why_not}."

    def of(self, key: str) -> Standing:
        """Return how the version with this key stands."""
        return next(standing for standing in self.standings if standing.key == key)


def harms() -> tuple[str, ...]:
    """Return the keys of the questions about privacy, in the order of pages."""
    return tuple(key for key, question in questions().items() if question.is_privacy and question.has_verdict)


def usual_share(question: str) -> float:
    """Return the limit of a question unless another one is chosen.

    Of usefulness, what the verdict *kept* takes to be certain; of realism, half of the way from guessing to certainty;
    of privacy, the line of the verdict *safe*.
    """
    return USUAL_SHARES.get(question, RISK_LINE)


def decide(reports: Mapping[str, Report], goal: Goal, outdated: Collection[str] = ()) -> Decision:
    """Compare every version with the goal.

    Args:
        reports: By key of the version, at least one.
        goal: What is wanted and what must not happen.
        outdated: Keys of versions that only earlier attackers measured: they cannot meet a goal.

    Raises:
        ValueError: If there is no report.
    """
    if not reports:
        raise ValueError("at least one report is needed")
    standings = [_standing(key, report, goal, outdated=key in outdated) for key, report in reports.items()]
    return Decision(goal, tuple(sorted(standings, key=_best_first)))


def check(report: Report, limit: Limit) -> Check:
    """Compare one version with one limit."""
    verdict = report.verdicts.get(limit.question)
    result = headline(report, limit.question)
    if verdict is not None and verdict.verdict == NOT_APPLICABLE and not _is_purpose(limit):
        return Check(limit, result, "does not apply", 0.0)
    shortfall = 1.0 if result is None else _shortfall(limit, result)
    if verdict is None or (result is None and verdict.verdict != CANNOT_TELL):
        return Check(limit, None, "not measured", 1.0)
    is_undecided = verdict.verdict == CANNOT_TELL and verdict.rule not in TOO_WIDE_FOR_A_WORD
    if is_undecided or shortfall is None:
        return Check(limit, result, CANNOT_TELL, max(UNDECIDED, 1.0 if shortfall is None else shortfall))
    too_sure = verdict.verdict == AT_RISK and limit.share <= RISK_LINE
    return Check(limit, result, "missed" if shortfall > 0 or too_sure else "met", max(0.0, shortfall))


def _shortfall(limit: Limit, result: Result) -> float | None:
    """Return how far the worse end is beyond the limit, at most 0 where it is met; `None` if that has no meaning."""
    try:
        reached = limit.way(limit.worse_end(result), result)
    except ValueError:
        return None
    return limit.share - reached if limit.is_wanted else reached - limit.share


def _is_purpose(limit: Limit) -> bool:
    return limit.question not in harms()


def _standing(key: str, report: Report, goal: Goal, *, outdated: bool) -> Standing:
    checks = tuple(check(report, limit) for limit in goal.limits)
    wanted = [_usefulness(one) for one in checks if _is_purpose(one.limit)]
    ignored = tuple(_at_risk(report, question) for question in harms() if question not in goal.harms)
    return Standing(
        key, report.name, checks, sum(wanted) / len(wanted), outdated, tuple(filter(None, ignored))
    )


def _at_risk(report: Report, question: str) -> str:
    """Return what is at risk, with its number; `""` where it is not."""
    verdict, result = report.verdicts.get(question), headline(report, question)
    if verdict is None or verdict.verdict != AT_RISK or result is None:
        return ""
    return f"{question_of(question).short.lower()} {result.figure}"


def _usefulness(one: Check) -> float:
    """Return how much of what is wanted is certain, in [0, 1]; 0 where it was not measured."""
    if one.result is None:
        return 0.0
    try:
        reached = one.limit.way(one.limit.worse_end(one.result), one.result)
    except ValueError:
        return 0.0
    return min(max(reached if one.limit.is_wanted else 1 - reached, 0.0), 1.0)


def _best_first(standing: Standing) -> tuple[bool, bool, float, float]:
    return not standing.meets, standing.outdated, standing.shortfall, -standing.usefulness


def _limit_in_words(limit: Limit) -> str:
    question = question_of(limit.question)
    if limit.is_wanted:
        return f"{question.short}: at least {percent(limit.share)} of what the original recordings give above guessing."
    return f"{question.short}: at most {percent(limit.share)} of the way from guessing to certainty."


def in_order(reports: Sequence[Report]) -> dict[str, Report]:
    """Return reports by a key each, for those that have none: their position."""
    return {str(number): report for number, report in enumerate(reports)}
