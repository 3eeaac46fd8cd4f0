"""report: show what an earlier audit found, and write its HTML report and data card again."""

import argparse
from pathlib import Path

from data.errors import PenumbraError
from synth.shell.outputs import print_verdicts, write_documents, write_private_report


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
    report.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the verdicts of a file, and write the documents of a report again."""
    return _show_card(options) if options.report is None else _show_report(options)


def _show_report(options: argparse.Namespace) -> int:
    from synth.audit.question import judged
    from synth.audit.report import reports_from_json

    try:
        reports = tuple(map(judged, reports_from_json(_text(options.report))))
    except ValueError as error:
        raise PenumbraError(f"{options.report} cannot be read as a report: {error}.") from error
    if not reports:
        raise PenumbraError(f"{options.report} holds no report.")
    if options.out is not None and any(report.exhibits for report in reports):  # the owner's
        write_private_report(reports, options.out)
    elif options.out is not None:
        write_documents(reports, options.out)
    print_verdicts(reports)
    return 0


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
