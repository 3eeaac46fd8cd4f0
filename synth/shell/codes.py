"""codes: write which code stands for which person in shared files; for the owner of the recordings only."""

import argparse
from pathlib import Path

from synth.shell.inputs import SOURCES, add_meaning, add_store, load, open_repository

FILE = "private_code_list.csv"


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command and its options."""
    codes = commands.add_parser(
        "codes", help="write which code stands for which person in shared files; keep that list to yourself"
    )
    codes.add_argument("--data", required=True, help=SOURCES)
    codes.add_argument("--out", type=Path, required=True, help=f"folder for {FILE}, which only you can read")
    add_store(codes)
    add_meaning(codes)
    codes.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the list of codes, readable by its owner only."""
    from data.atomic_write import write_whole

    recordings = load(options.data, options)
    codes = open_repository(options).code_list_of(recordings.fingerprint, recordings.subjects)
    options.out.mkdir(parents=True, exist_ok=True)
    write_whole(options.out / FILE, codes.to_csv().encode())
    print(
        f"{options.out / FILE}: {len(codes.people)} people. Whoever has this list knows who is who in every shared "
        "file: keep it apart from them, and never share it."
    )
    return 0
