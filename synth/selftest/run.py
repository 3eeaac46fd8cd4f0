"""The self-test: does the audit find every leak of the bank, and clear what is harmless?"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from data.windows import Windows
from synth.audit.audit import Each, Reference, audit, reference
from synth.audit.report import Effort, Report
from synth.core.learner import OnProgress, Progress, ShouldStop, ignore, never
from synth.selftest.planted_cases import AT_RISK, Case, Trial, World, cases, world_of


@dataclass(frozen=True)
class Answer:
    """What the audit said of one case and question.

    Attributes:
        seed: Of everything.
        case: What was planted.
        question: What was asked.
        expected: The right words.
        verdict: What it said.
        outcome: `"right"`, `"wrong"`, or `"below the floor"` where nothing could be measured and it said so.
        sentence: Why.
    """

    seed: int
    case: str
    question: str
    expected: str
    verdict: str
    outcome: str
    sentence: str


def selftest(
    windows: Windows,
    *,
    seeds: Sequence[int],
    effort: Effort = "quick",
    each: Each | None = None,
    on_progress: OnProgress = ignore,
    should_stop: ShouldStop = never,
) -> Iterator[Answer]:
    """Audit every case of the bank and yield the answers as they come.

    Args:
        windows: All windows of a data set.
        seeds: Each draws people, splits, and what is planted.
        effort: How hard the attackers try.
        each: Runs the attacks; one after the other in this process by default.
        on_progress: Told before every case.
        should_stop: Asked between pieces.

    Raises:
        RecordingError: If the recordings are too few for a bank.
        Stopped: If `should_stop` said so.
    """
    bank = cases()
    began = time.perf_counter()
    for number, seed in enumerate(seeds):
        world = world_of(windows, seed=seed)
        asked = sorted({question for case in bank for question in case.expected})
        known = reference(
            world.split, seed=seed, effort=effort, questions=asked, each=each, should_stop=should_stop
        )
        for i, case in enumerate(bank):
            done = number * len(bank) + i
            elapsed_s = time.perf_counter() - began
            on_progress(Progress(done, len(seeds) * len(bank), case.name, elapsed_s=elapsed_s))
            if len(world.strangers) or not case.needs_strangers:
                yield from _answers(case, world, known, seed, effort, each, should_stop)


def table(answers: Sequence[Answer]) -> pd.DataFrame:
    """Return one row a case and question: how often the audit was right over the seeds."""
    frame = pd.DataFrame([vars(answer) for answer in answers])
    rows = []
    for (case, question), group in frame.groupby(["case", "question"], sort=False):
        rows.append(
            {
                "planted": case,
                "question": question,
                "right answer": group["expected"].iloc[0],
                "said": ", ".join(f"{word} {n}" for word, n in group["verdict"].value_counts().items()),
                **{
                    outcome: int((group["outcome"] == outcome).sum())
                    for outcome in ("right", "wrong", "below the floor")
                },
            }
        )
    return pd.DataFrame(rows)


def _answers(
    case: Case,
    world: World,
    known: Reference,
    seed: int,
    effort: Effort,
    each: Each | None,
    should_stop: ShouldStop,
) -> Iterator[Answer]:
    trial: Trial = case.make(world)
    report = audit(
        trial.split,
        trial.release,
        seed=seed,
        effort=effort,
        reference=known if trial.split is world.split else None,
        questions=list(case.expected),
        each=each,
        should_stop=should_stop,
    )
    for question, right in case.expected.items():
        verdict = report.verdicts[question]
        yield Answer(
            seed,
            case.name,
            question,
            " or ".join(right),
            verdict.verdict,
            _outcome(report, question, right),
            verdict.sentence,
        )


def _outcome(report: Report, question: str, right: tuple[str, ...]) -> str:
    if report.verdicts[question].verdict in right:
        return "right"
    measured = [r for r in report.results if r.question == question and r.value is not None]
    if right == AT_RISK and not measured:
        return "below the floor"
    return "wrong"
