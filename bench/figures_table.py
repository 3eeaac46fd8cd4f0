"""Turn what `python -m synth explore` measured into a table for the documentation.

python -m bench.figures_table OUT/comparison.csv --title "Ten people, seven exercises" \
    --command "python -m synth explore --data sample --mechanism all --out OUT" --write docs/figures/sample.md

Several `comparison.csv` become one table, in the order in which they are named; name their commands in the same order.
Every table says at which revision it was measured, with which seed and by which command. The seed is read from the
command by the command line's own parser, so that what is written cannot be run differently.
"""

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from bench.provenance import current_revision, measured_line
from synth.__main__ import COMMANDS
from synth.audit.question import question_of
from synth.core.figures import figure, percent

COLUMNS = ("discriminator", "utility", "reidentification", "membership", "copies")  # as many as fit on a page
NOTES = {  # results that answer the question of their column in another way, by how their tier ends
    "refitted to nobody": (
        "\\*",
        "Generated windows do not say whom they show, so nobody can be named. Counted instead: windows that resemble "
        "people whose recordings were used more than people whose recordings were not.",
    ),
    "by person": ("†", "Counted by person, not by recording."),
    "aggregated": ("‡", "All windows of a person judged together."),
    "static": ("§", "By an attacker who knows only the original recordings."),
    "informed": ("¶", "By an attacker who owns the method and learns from releases of their own."),
    "strangers": ("#", "By an attacker who owns the method and has only recordings of other people."),
    "by rounding alone": ("°", "By how values are rounded alone; nobody else does better than guessing."),
}
GUESSING, UNPROTECTED = "*Guessing*", "*Unprotected recordings*"


def table(figures: pd.DataFrame) -> str:
    """Return a Markdown table: a row a version, a column a question, then guessing and the unprotected recordings.

    Args:
        figures: Rows of `comparison.csv`: release, question, tier, and shares value, low, high, chance and ceiling.

    Raises:
        ValueError: If a version has two numbers for one question.
    """
    repeated = figures[figures.duplicated(["release", "question"])]
    if not repeated.empty:
        raise ValueError(
            f"every version needs one number a question. Received two: {repeated.iloc[0].release}"
        )
    asked = [question for question in COLUMNS if question in set(figures["question"])]
    cells = {(row.release, row.question): _cell(row) for row in figures.itertuples()}
    versions = list(dict.fromkeys(figures["release"]))
    rows = [[version, *(cells.get((version, question), "–") for question in asked)] for version in versions]
    for name, column in ((GUESSING, "chance"), (UNPROTECTED, "ceiling")):
        rows.append([name, *(_yardstick(figures[figures["question"] == q], column) for q in asked)])
    heading = ["version", *(question_of(question).short.lower() for question in asked)]
    return "".join(f"| {' | '.join(row)} |\n" for row in [heading, ["---"] * len(heading), *rows])


def notes(figures: pd.DataFrame) -> str:
    """Return what the numbers and the marks of a table mean, as Markdown paragraphs."""
    asked = figures[figures["question"].isin(COLUMNS)]
    paragraphs = ["All figures are shares with their 95 % interval over people."]
    tested_on = {tier.partition(", ")[2] for tier in asked.loc[asked["question"] == "utility", "tier"]}
    if tested_on:
        where = " or ".join(sorted(tested_on))
        paragraphs[0] += (
            f" Activities recognised: macro-F1 of a classifier that learns from the version, on real windows ({where})."
        )
    for ending, (mark, words) in NOTES.items():
        if asked["tier"].str.endswith(ending).any():
            paragraphs.append(f"{mark} {words}")
    return "\n\n".join(paragraphs)


def seed_of(command: str) -> int:
    """Return the seed with which a command of `python -m synth` runs.

    Raises:
        ValueError: If this version has no such command or option.
    """
    words = shlex.split(command)
    if words[:3] != ["python", "-m", "synth"]:
        raise ValueError(f"a command must begin with `python -m synth`. Received: {command!r}")
    parser = argparse.ArgumentParser(exit_on_error=False)
    subparsers = parser.add_subparsers()
    for known in COMMANDS:
        known.add(subparsers)
    try:
        return parser.parse_args(words[3:]).seed
    except (argparse.ArgumentError, SystemExit) as error:
        raise ValueError(f"this version cannot run {command!r}: {error}") from error


def page(title: str, figures: pd.DataFrame, line: str) -> str:
    """Return the whole Markdown file."""
    return f"# {title}\n\n{line}\n\n{table(figures)}\n{notes(figures)}\n"


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    figures = pd.concat([pd.read_csv(path) for path in options.comparison], ignore_index=True)
    seeds = map(seed_of, options.command)
    line = measured_line(options.command, seeds, options.revision or current_revision())
    options.write.write_text(page(options.title, figures, line), encoding="utf-8")


def _cell(row) -> str:
    ends = () if pd.isna(row.low) else (row.low, row.high)
    return f"{figure(row.value, *ends)} {_mark(row.tier)}".rstrip()


def _yardstick(figures: pd.DataFrame, column: str) -> str:
    """Return guessing or the unprotected recordings' number for each way of counting; a range over attackers."""
    by_mark = figures.dropna(subset=[column]).groupby(figures["tier"].map(_mark))[column]
    return ", ".join(f"{_range(shares)} {mark}".rstrip() for mark, shares in by_mark) or "–"


def _range(shares: pd.Series) -> str:
    low, high = (percent(share) for share in (shares.min(), shares.max()))
    return high if low == high else f"{low.removesuffix(' %')} to {high}"


def _mark(tier: str) -> str:
    return next((mark for ending, (mark, _) in NOTES.items() if tier.endswith(ending)), "")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("comparison", nargs="+", type=Path, help="comparison.csv that explore wrote")
    parser.add_argument("--title", required=True, help="heading of the page")
    parser.add_argument(
        "--command", required=True, action="append", help="what wrote the file; once for each file"
    )
    parser.add_argument("--revision", help="where it was measured; by default the checked-out commit")
    parser.add_argument("--write", required=True, type=Path, help="the Markdown file to write")
    return parser


if __name__ == "__main__":
    main()
