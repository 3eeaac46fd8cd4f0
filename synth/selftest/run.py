"""The self-test: does the audit detect every planted leak, and clear every harmless release?"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from data.windows import Windows
from synth.audit.audit import Each, Reference, audit, reference
from synth.audit.report import Effort, Report
from synth.core.run_context import RunContext
from synth.selftest.planted_cases import cases
from synth.selftest.world import AT_RISK, PlantedCase, Trial, World, world_of


@dataclass(frozen=True)
class Answer:
    """The verdict of the audit on one case and question.

    Attributes:
        seed: Draws people, splits, and what is planted.
        case: What was planted.
        question: Key of the question.
        expected: The right verdict, or several joined by "or".
        verdict: The verdict of the audit.
        outcome: `"right"`, `"wrong"`, or `"below the floor"` where nothing could be measured and the audit said so.
        sentence: The reason for the verdict.
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
    context: RunContext,
    *,
    n_seeds: int = 1,
    effort: Effort = "quick",
    each: Each | None = None,
) -> Iterator[Answer]:
    """Audit every planted case, and yield the answers as they become available.

    Args:
        windows: All windows of a data set.
        context: Its seed is the first of `n_seeds`; each draws people, splits, and what is planted. Told before every
            case; asked to stop between attacks.
        n_seeds: Number of seeds, >= 1.
        effort: The effort of the attacks.
        each: Runs the attacks; by default one after the other in this process.

    Raises:
        RecordingError: If there are too few recordings.
        Stopped: If it was asked to stop.
    """
    bank = cases()
    began = time.perf_counter()
    for number in range(n_seeds):
        own = context.quiet().with_seed(context.seed + number)
        world = world_of(windows, seed=own.seed)
        asked = sorted({question for case in bank for question in case.expected})
        known = reference(world.split, own, effort=effort, questions=asked, each=each)
        for i, case in enumerate(bank):
            done = number * len(bank) + i
            context.tell(done, n_seeds * len(bank), case.name, began=began)
            if len(world.strangers) or not case.needs_strangers:
                yield from _answers(case, world, known, own, effort, each)


def table(answers: Sequence[Answer]) -> pd.DataFrame:
    """Return one row per case and question: how often the audit was right, over all seeds."""
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
    case: PlantedCase,
    world: World,
    known: Reference,
    context: RunContext,
    effort: Effort,
    each: Each | None,
) -> Iterator[Answer]:
    trial: Trial = case.make(world)
    report = audit(
        trial.split,
        trial.release,
        context,
        effort=effort,
        reference=known if trial.split is world.split else None,
        questions=list(case.expected),
        each=each,
    )
    for question, right in case.expected.items():
        verdict = report.verdicts[question]
        yield Answer(
            context.seed,
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
