"""Results and reports: numbers that carry their own interval, chance level, ceiling and meaning."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, get_args

import pandas as pd

from synth.core.figures import figure
from synth.core.program import NAME

SCHEMA = 1
Effort = Literal["quick", "thorough"]
EFFORTS: tuple[Effort, ...] = get_args(Effort)

ACCURACY, KAPPA = "accuracy", "Cohen's kappa"  # scores of a model
SHARE_KEPT = "share kept, macro-F1"  # of what the unprotected recordings give above guessing
BEFOREHAND = (
    "computed beforehand"  # on cards and reports of what is shipped with the program: by which version
)
RECALL = "recall of "  # followed by an activity: how often it is recognised


@dataclass(frozen=True)
class Result:
    """One measured number. Values are shares in [0, 1].

    Attributes:
        question: Key of the question it answers.
        metric: What is measured, for example `"balanced accuracy"`.
        attacker: Who measures: `"LSTM discriminator"`, `"random forest"`, ...
        tier: The attacker's knowledge: `"static"`, `"refitted"`, `"refitted, aggregated"`, `"TSTR"`, ...
        value: The number; `None` where the data cannot support it, and `note` says why.
        low: Lower end of the 95 % interval over people.
        high: Upper end.
        chance: What pure guessing gives.
        ceiling: The same measurement on the unprotected data; `None` where there is none.
        direction: `"lower"` or `"higher"` is better for the person who releases; `"chance"`: nearer to
            chance is better.
        n: Number of units the interval rests on.
        unit: What was counted and how test data were kept apart, in words ("people; windows after a gap").
        note: An additional sentence where needed.
        p: One-sided p-value of the attacker doing better than guessing; `None` where that is not tested.
        applies: Whether the attack has a meaning for such a release and data at all; if not, `note` says why.
    """

    question: str
    metric: str
    attacker: str
    tier: str
    value: float | None
    low: float | None
    high: float | None
    chance: float | None
    ceiling: float | None
    direction: Literal["lower", "higher", "chance"]
    n: int
    unit: str
    note: str = ""
    p: float | None = None
    applies: bool = True

    @property
    def number(self) -> float:
        """The value of a result that was measured.

        Raises:
            ValueError: If the data could not support it.
        """
        if self.value is None:
            raise ValueError(f"not measured: {self.metric}, {self.attacker}, {self.tier}")
        return self.value

    @property
    def ends(self) -> tuple[float, float]:
        """Both ends of the interval of a result that was measured; twice its value where there is no interval."""
        low, high = (self.number if end is None else end for end in (self.low, self.high))
        return low, high

    @property
    def by_guessing(self) -> float:
        """The chance level of a result that has one.

        Raises:
            ValueError: If guessing has no meaning for it.
        """
        if self.chance is None:
            raise ValueError(f"no chance level: {self.metric}, {self.attacker}, {self.tier}")
        return self.chance

    @property
    def figure(self) -> str:
        """The value with its interval, as it is written everywhere: "74 % [63, 83]"."""
        return "not measured" if self.value is None else figure(self.value, self.low, self.high)


@dataclass(frozen=True)
class Control:
    """A case with a known answer, run with the same attacker.

    Attributes:
        question: The question whose attacker is controlled.
        attacker: The attacker.
        planted: The planted case, in words.
        expected: `"win"` or `"lose"`.
        value: The attacker's result.
        low: Lower end of the 95 % interval.
        high: Upper end.
        chance: What guessing gives.
        passed: Whether the attacker did as expected.
    """

    question: str
    attacker: str
    planted: str
    expected: Literal["win", "lose"]
    value: float
    low: float
    high: float
    chance: float
    passed: bool

    @property
    def figure(self) -> str:
        """The result with its interval."""
        return figure(self.value, self.low, self.high)


@dataclass(frozen=True)
class Verdict:
    """One word from a documented rule, one sentence a layperson can act on, and the number both rest on.

    Attributes:
        verdict: The word; `""` for a question without verdict.
        sentence: Names the number, where there is one.
        headline: The result that stands for the question wherever there is room for only one; `None` where the
            verdict rests on no number, or the report predates headlines.
        rule: Identifier of the rule that led to it, an anchor of `docs/reading-a-report.md`; `""` for a question
            without verdict, or where the report predates identifiers.
    """

    verdict: str
    sentence: str
    headline: Result | None = None
    rule: str = ""

    @property
    def in_full(self) -> str:
        """The sentence, followed by the rule in brackets where it is known."""
        return f"{self.sentence} [{self.rule}]" if self.rule else self.sentence


def beside_originals(reports: Mapping[str, "Report"]) -> dict[str, "Report"]:
    """Return reports by key with every corrected release directly after its original, otherwise in the given order."""
    ordered: list[str] = []
    for key, report in reports.items():
        family = [i for i, k in enumerate(ordered) if report.corrected_from and _related(reports[k], report)]
        ordered.insert(family[-1] + 1 if family else len(ordered), key)
    return {key: reports[key] for key in ordered}


def _related(earlier: "Report", corrected: "Report") -> bool:
    return corrected.corrected_from in (earlier.name, earlier.corrected_from)


@dataclass(frozen=True)
class Report:
    """All measurements of one release.

    Attributes:
        release: Name and card of the release, plain JSON values.
        data: The recordings it was compared with: counts, rate, channels, split.
        seed: The seed of the audit.
        verdicts: By question.
        results: All numbers.
        controls: The cases with a known answer.
        effort: How hard the attackers tried.
        not_run: Titles of the attackers that were left out.
        exhibits: What to show along with the numbers, by question: plain JSON values. They may be drawn from
            private windows, so they stay on this computer: `to_json` writes them only for the store.
        measured_by: Versions of the program, the rules of the verdicts and the attackers; empty for reports
            from before there were versions.
    """

    release: Mapping[str, Any]
    data: Mapping[str, Any]
    seed: int
    verdicts: Mapping[str, Verdict]
    results: tuple[Result, ...]
    controls: tuple[Control, ...] = field(default=())
    effort: str = "quick"
    not_run: tuple[str, ...] = ()
    exhibits: Mapping[str, Any] = field(default_factory=dict)
    measured_by: Mapping[str, Any] = field(default_factory=dict)

    @property
    def program(self) -> str:
        """The version of the program that measured it."""
        return f"{NAME} {self.measured_by['program']}" if self.measured_by else f"{NAME} before 1.0.0"

    @property
    def name(self) -> str:
        """Name of the release."""
        return str(self.release["name"])

    def renamed(self, name: str) -> "Report":
        """Return the report with another name of the release."""
        return replace(self, release={**self.release, "name": name})

    @property
    def corrected_from(self) -> str:
        """Name of the release that this one was corrected from by hand, `""` where it was not."""
        return str(self.release.get("card", {}).get("corrected_from", ""))

    def marked_beforehand(self, version: str) -> "Report":
        """Return the report as one that was shipped with the program; `""` for one that was not."""
        return replace(self, release={**self.release, BEFOREHAND: version}) if version else self

    @property
    def provenance(self) -> str:
        """What a corrected release was corrected from, and whether it was shipped with the program; `""` if neither."""
        said = []
        if self.corrected_from:
            n = self.release.get("n_corrected", 0)
            said.append(
                f"corrected from “{self.corrected_from}”, {n:,} of {self.release['n_windows']:,} windows"
            )
        if BEFOREHAND in self.release:
            said.append(f"{BEFOREHAND}, version {self.release[BEFOREHAND]}")
        return "; ".join(said)

    @property
    def promise(self) -> str:
        """The formal guarantee to the people in the data, in words; `""` where there is none."""
        words = str(self._promise.get("in words", ""))
        return f"The file states, which cannot be checked: {words}" if words and self.is_claim else words

    @property
    def is_claim(self) -> bool:
        """Whether the formal guarantee is only the claim of a file from elsewhere."""
        return bool(self._promise.get("unchecked", False))

    @property
    def _promise(self) -> Mapping[str, Any]:
        promise = self.release.get("card", {}).get("promise")
        return promise if isinstance(promise, Mapping) else {}

    def to_frame(self) -> pd.DataFrame:
        """Return one row per result, with the release's name in the first column."""
        frame = pd.DataFrame([asdict(result) for result in self.results])
        frame.insert(0, "release", self.name)
        return frame

    def to_json(self, *, private: bool = False) -> str:
        """Return the report as JSON text; `from_json` restores it.

        Args:
            private: Whether to include the exhibits: for the store, never for sharing.
        """
        body = {"schema": SCHEMA, **{k: getattr(self, k) for k in ("data", "release", "seed", "effort")}}
        body["not_run"] = list(self.not_run)
        body["verdicts"] = {
            question: {"verdict": v.verdict, "sentence": v.sentence, "rule": v.rule}
            for question, v in self.verdicts.items()
        }
        body["headlines"] = {
            question: self.results.index(v.headline)
            for question, v in self.verdicts.items()
            if v.headline is not None
        }
        body["measured_by"] = dict(self.measured_by)
        body["results"] = [asdict(result) for result in self.results]
        body["controls"] = [asdict(control) for control in self.controls]
        if private:
            body["exhibits"] = self.exhibits
        return json.dumps(body, indent=1, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Report":
        """Restore a report. Raises `ValueError` for another schema."""
        body = json.loads(text)
        if body.get("schema") != SCHEMA:
            raise ValueError(f"report schema {SCHEMA} is needed. Received: {body.get('schema')!r}")
        results = tuple(Result(**r) for r in body["results"])
        headlines = {question: results[index] for question, index in body.get("headlines", {}).items()}
        return cls(
            release=body["release"],
            data=body["data"],
            seed=body["seed"],
            verdicts={
                question: Verdict(**v, headline=headlines.get(question))
                for question, v in body["verdicts"].items()
            },
            results=results,
            controls=tuple(Control(**c) for c in body["controls"]),
            effort=body.get("effort", "quick"),
            not_run=tuple(body.get("not_run", ())),
            exhibits=body.get("exhibits", {}),
            measured_by=body.get("measured_by", {}),
        )


def reports_from_json(text: str) -> tuple[Report, ...]:
    """Restore the reports of a `report.json`, which holds one report or a list of them.

    Args:
        text: Written by any version of the program; an older one lacks later measures and verdicts.

    Raises:
        ValueError: If it is not a report.
    """
    try:
        body = json.loads(text)
        bodies = body if isinstance(body, list) else [body]
        return tuple(Report.from_json(json.dumps(one)) for one in bodies)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("this is not a report") from error
