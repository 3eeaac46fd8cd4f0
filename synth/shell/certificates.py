"""certificates: make what the machines of a computing cluster recognise each other by."""

import argparse
from pathlib import Path

DAYS = 365


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command and its options."""
    certificates = commands.add_parser(
        "certificates", help="make certificates for a computing cluster of your own (docs/security.md)"
    )
    certificates.add_argument(
        "--out", type=Path, required=True, help="folder for them; keep it on a disk that only you can read"
    )
    certificates.add_argument("--days", type=int, default=DAYS, help="how long they are valid")
    certificates.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Make the certificates, and say where they belong."""
    from data.errors import PenumbraError
    from synth.runs.workers.certificates import make_certificates

    if options.days < 1:
        raise PenumbraError(f"--days must be at least 1, not {options.days}.")
    make_certificates(options.out, days=options.days)
    print(
        f"Copy {options.out / 'scheduler'} to the machine of the scheduler, {options.out / 'worker'} to those of the "
        f"workers, and {options.out / 'client'} to the machine with the recordings; then delete {options.out}. Whoever "
        "has one of these folders gets into the cluster."
    )
    return 0
