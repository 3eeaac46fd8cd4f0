"""What the commands write and print: reports, verdicts, progress."""

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import PenumbraError
from synth.core.run_context import Progress, RunContext
from synth.shell.inputs import sharing_of

if TYPE_CHECKING:
    from data.export.sharing import Sharing
    from synth.audit.goal import Goal
    from synth.audit.report import Report
    from synth.runs.repository import Repository
    from synth.runs.study import Study


class Narrator:
    """Prints progress to stderr, at most one line every two seconds."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._last = 0.0

    def __call__(self, progress: Progress) -> None:
        """Print it, unless a line was printed just before."""
        now = time.monotonic()
        if now - self._last < 2 and progress.step < progress.total:
            return
        self._last = now
        figures = " ".join(f"{name} {value:.3g}" for name, value in progress.figures.items())
        line = f"{self._title}: {progress.text} {progress.step}/{progress.total} {figures}"
        print(line.rstrip(), file=sys.stderr, flush=True)


def narrated(study: "Study", title: str) -> RunContext:
    """Return the run context of a study whose progress is printed."""
    return RunContext(study.seed, Narrator(title))


def write_report(reports: Sequence["Report"], folder: Path, sharing: "Sharing") -> None:
    """Write `report.json`, `report.html` and, for a single release, `data_card.md`, all of them for sharing."""
    from synth.reporting.for_sharing import for_sharing

    shared = [for_sharing(report, sharing) for report in reports]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(_as_json([report.to_json() for report in shared]), encoding="utf-8")
    write_documents(shared, folder)


def write_private_report(reports: Sequence["Report"], folder: Path, goal: "Goal | None" = None) -> None:
    """Write `private_report.json` and `private_report.html`, which name people and which only their owner can read."""
    from data.atomic_write import write_whole
    from synth.reporting.html_report import OWNERS, report_html

    folder.mkdir(parents=True, exist_ok=True)
    bodies = [report.to_json(private=True) for report in reports]
    write_whole(folder / "private_report.json", _as_json(bodies).encode())
    write_whole(folder / "private_report.html", report_html(reports, notice=OWNERS, goal=goal).encode())


def _as_json(bodies: Sequence[str]) -> str:
    import json

    return bodies[0] if len(bodies) == 1 else json.dumps([json.loads(body) for body in bodies], indent=1)


def write_documents(reports: Sequence["Report"], folder: Path, goal: "Goal | None" = None) -> None:
    """Write `report.html` and, for a single release, `data_card.md`."""
    from synth.reporting.data_card import data_card
    from synth.reporting.html_report import report_html

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.html").write_text(report_html(reports, goal=goal), encoding="utf-8")
    if len(reports) == 1:
        (folder / "data_card.md").write_text(data_card(reports[0]), encoding="utf-8")


def write_comparison(studies: Mapping[str, Sequence["Report"]], folder: Path) -> None:
    """Write `comparison.csv` with the main numbers of all releases, and `comparison.md` for reading."""
    from data.export.csv import to_csv
    from synth.core.markdown import literal
    from synth.reporting.charts import comparison_in_words, comparison_table

    table = comparison_table(studies)
    words = comparison_in_words(table)
    lines = [words.columns, ["---"] * words.shape[1], *words.itertuples(index=False)]
    rows = [" | ".join(literal(str(cell)) for cell in line) for line in lines]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "comparison.csv").write_text(to_csv(table), encoding="utf-8")
    (folder / "comparison.md").write_text("".join(f"| {row} |\n" for row in rows), encoding="utf-8")


def measure_and_write(
    study: "Study", key: str, repository: "Repository", options: argparse.Namespace
) -> None:
    """Measure a release, unless `--no-audit`; write its report, and the release to share."""
    from synth.runs.explore import measure

    release = repository.release(key)
    if release is None:
        raise PenumbraError("The version was deleted from the store before it could be measured.")
    sharing = sharing_of(options, repository.code_list(study), study.windows)
    if not options.no_audit:
        report = measure(
            study,
            key,
            repository,
            effort=options.effort,
            context=narrated(study, release.name),
        )
        write_report([report], options.out, sharing)
        print_verdicts([report])
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "release.parquet").write_bytes(repository.shareable(key, sharing))


def print_verdicts(reports: Sequence["Report"]) -> None:
    """Print one line for each question."""
    from synth.audit.question import question_of

    for report in reports:
        for question, verdict in report.verdicts.items():
            print(f"{report.name} | {question_of(question).title} | {verdict.verdict}: {verdict.in_full}")
