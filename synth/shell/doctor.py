"""doctor: check a store, say what is damaged or left over, and repair it."""

import argparse
import sys
from pathlib import Path

from data.machine.faults import megabytes
from synth.shell.inputs import add_store, open_repository

DAMAGED = 3  # exit code


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command and its options."""
    doctor = commands.add_parser("doctor", help="check everything that is kept, and repair it")
    doctor.add_argument(
        "--repair",
        action="store_true",
        help="set aside what is damaged (nothing is deleted), delete what crashes left behind, restore the workspace",
    )
    add_store(doctor)
    doctor.set_defaults(run=run, out=None)


def run(options: argparse.Namespace) -> int:
    """Check a store, and repair it if asked to."""
    from synth.runs.upkeep.leftovers import sweep, sweep_temporary

    repository = open_repository(options)
    found = repository.examine()
    for kind in found.kinds:
        damaged = f", {len(kind.damages)} DAMAGED" if kind.damages else ""
        earlier = f", {kind.earlier} of an earlier version" if kind.earlier else ""
        unhashed = f", {kind.unhashed} kept before there were hashes" if kind.unhashed else ""
        print(f"{kind.kind}: {kind.whole} whole{damaged}{earlier}{unhashed} ({megabytes(kind.size)})")
    for damage in found.damages:
        print(f"DAMAGED {damage.kind} {damage.key}: {damage.sentence}")
    _list("left over from a crash", found.leftovers)
    _list("set aside earlier", [damage.folder for damage in found.set_aside if damage.folder])
    if options.repair:
        repository.repair()
        n_swept = len(sweep(repository.store.root)) + len(sweep_temporary())
        print(
            f"Repaired: {len(found.damages)} set aside in {repository.store.root / 'damaged'}, {n_swept} swept."
        )
        return DAMAGED if repository.examine().damages else 0
    if found.damages:
        print(
            "penumbra: run doctor again with --repair to set these aside; nothing is deleted", file=sys.stderr
        )
        return DAMAGED
    return 0


def _list(what: str, paths: "list[Path] | tuple[Path, ...]") -> None:
    for path in paths:
        print(f"{what}: {path}")
