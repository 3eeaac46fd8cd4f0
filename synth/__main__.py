"""The shell, with the pages' code and numbers: python -m synth COMMAND, `--help` lists them.

An entry point like app.py: nothing imports it. The commands are in synth/shell, one per file.
Exit codes: 0 done, 1 a defect of ours, 2 bad input or settings, 130 interrupted.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from data.errors import PenumbraError
from data.machine.faults import in_words
from synth.shell import (
    apply,
    audit,
    certificates,
    check,
    cluster,
    codes,
    doctor,
    edit,
    explore,
    generate,
    models,
    prepare_sample,
    report,
    sweep,
)

COMMANDS = (
    explore, sweep, models, apply, generate, edit, audit, report, check, codes, doctor, certificates, cluster,
    prepare_sample,
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        _refuse_file_as_folder(options.out)
        return options.run(options)
    except PenumbraError as error:
        print(f"penumbra: {error}", *getattr(error, "__notes__", ()), sep="\n", file=sys.stderr)
        return 2
    except (OSError, MemoryError) as error:
        print(f"penumbra: {in_words(error)} Nothing incomplete was kept.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("penumbra: interrupted; nothing incomplete was kept", file=sys.stderr)
        return 130


def _refuse_file_as_folder(out: Path | None) -> None:
    if out is not None and out.exists() and not out.is_dir():
        raise PenumbraError(f"{out} is a file. --out names the folder for the results.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m synth", description=(__doc__ or "").split("\n")[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
