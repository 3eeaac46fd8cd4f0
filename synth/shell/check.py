"""check: read recordings, and report what they contain and what is wrong with them."""

import argparse
from pathlib import Path

from data.plurals import counted
from synth.shell.inputs import SOURCES, add_meaning, load


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command and its options."""
    check = commands.add_parser(
        "check", help="read recordings, and report what they contain and what is wrong with them"
    )
    check.add_argument("--data", required=True, help=SOURCES)
    check.add_argument("--out", type=Path, help="folder for the cleaned recordings and the table of findings")
    add_meaning(check)
    check.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read recordings, report what was found, and write them cleaned."""
    import pandas as pd

    from data.atomic_write import write_whole
    from data.export.csv import to_csv
    from data.export.files import write_recordings

    recordings = load(options.data, options)
    print(
        f"{recordings.name}: {counted(len(recordings.subjects), 'person', 'people')}, "
        f"{counted(len(recordings.activities), 'activity', 'activities')}, "
        f"{recordings.duration_s / 60:.1f} minutes at {recordings.rate_hz:g} Hz, channels "
        + ", ".join(
            f"{c} ({u or 'unit unknown'})" for c, u in zip(recordings.channels, recordings.units, strict=True)
        )
    )
    for finding in recordings.findings:
        print(f"{finding.severity} | {finding.where} | {finding.found} | {finding.done}")
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        write_recordings(recordings, options.out / "recordings.parquet")
        table = pd.DataFrame([vars(finding) for finding in recordings.findings])
        write_whole(options.out / "data_check.csv", to_csv(table).encode())
    return 0
