"""report: show what an earlier audit found, say which version to share, and write its documents again."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import PenumbraError
from synth.shell.outputs import print_verdicts, write_documents, write_private_report

if TYPE_CHECKING:
    from synth.audit.goal import Goal


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command and its options."""
    report = commands.add_parser(
        "report", help="show what an earlier audit found, and write its HTML report and data card again"
    )
    source = report.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--report", type=Path, metavar="FILE", help="a report.json of this or an earlier version"
    )
    source.add_argument(
        "--card",
        type=Path,
        metavar="FILE",
        help="a data_card.md of this or an earlier version, to print its verdicts",
    )
    report.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="with --report: folder for report.html and, if there is a single release, data_card.md",
    )
    report.add_argument(
        "--purpose",
        choices=["activities", "movement", "both"],
        default="activities",
        help="what a version is for: to recognise activities, to show realistic movement, or both",
    )
    report.add_argument(
        "--harm",
        action="append",
        metavar="QUESTION",
        help="what must not happen, by the key of a question about privacy; may be repeated; by default "
        "reidentification and copies",
    )
    report.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="QUESTION=PERCENT",
        help="another limit than the usual one: of the way from guessing to certainty at most, or for utility to the "
        "original recordings at least; may be repeated",
    )
    report.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the verdicts of a file, and write the documents of a report again."""
    return _show_card(options) if options.report is None else _show_report(options)


def _show_report(options: argparse.Namespace) -> int:
    from synth.audit.goal import in_order
    from synth.audit.question import judged
    from synth.audit.report import reports_from_json
    from synth.reporting.advice import decide_among

    goal = _goal(options)
    try:
        reports = tuple(map(judged, reports_from_json(_text(options.report))))
    except ValueError as error:
        raise PenumbraError(f"{options.report} cannot be read as a report: {error}.") from error
    if not reports:
        raise PenumbraError(f"{options.report} holds no report.")
    if options.out is not None and any(report.exhibits for report in reports):  # the owner's
        write_private_report(reports, options.out, goal)
    elif options.out is not None:
        write_documents(reports, options.out, goal)
    print_verdicts(reports)
    print(decide_among(in_order(reports), goal).sentence)
    return 0


def _goal(options: argparse.Namespace) -> "Goal":
    from synth.audit.goal import USUAL_HARMS, Goal, Limit

    try:
        pairs = [text.split("=") for text in options.limit]
        limits = tuple(Limit(question, float(share) / 100) for question, share in pairs)
        return Goal(options.purpose, tuple(options.harm or USUAL_HARMS), limits)
    except ValueError as error:
        raise PenumbraError(
            f"The goal cannot be read ({error}). A limit is written as utility=70."
        ) from error


def _show_card(options: argparse.Namespace) -> int:
    from synth.reporting.data_card import read_data_card

    if options.out is not None:
        raise PenumbraError("--out needs --report: a data card does not hold the numbers of a report.")
    try:
        card = read_data_card(_text(options.card))
    except ValueError as error:
        raise PenumbraError(f"{options.card} cannot be read as a data card: {error}.") from error
    for title, verdict in card.verdicts.items():
        print(f"{card.name} | {title} | {verdict.verdict}: {verdict.in_full}")
    return 0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise PenumbraError(f"{path} cannot be opened: {error.strerror}.") from error
