"""explore: make shareable versions of recordings and measure them."""

import argparse
import sys

from data.errors import PenumbraError
from synth.errors import TrainingError
from synth.shell.inputs import (
    SOURCES,
    add_effort,
    add_making,
    add_meaning,
    add_measuring,
    load,
    open_shelf,
    roles_of,
    shares,
    window_settings,
)
from synth.shell.outputs import Narrator, print_verdicts, write_report


def add(commands: argparse._SubParsersAction) -> None:
    explore = commands.add_parser("explore", help="make shareable versions of recordings and measure them")
    explore.add_argument("--data", default="sample", help=SOURCES)
    explore.add_argument("--mechanism", default="all", help='what makes the release, or "all" (default)')
    explore.add_argument(
        "--provenance",
        action="store_true",
        help="also write where each window came from, for an audit of your own; never share that file",
    )
    add_making(explore)
    add_effort(explore)
    add_measuring(explore)
    add_meaning(explore)
    explore.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Make and measure releases of one data set."""
    from data.writers import write_release
    from synth.explore import explore
    from synth.learner import preset
    from synth.mechanisms.base import mechanisms
    from synth.study import study

    known = mechanisms()
    kinds = list(known) if options.mechanism == "all" else [options.mechanism]
    if not set(kinds) <= set(known):
        raise PenumbraError(
            f"There is no mechanism {options.mechanism!r}. Choose one of: all, {', '.join(known)}."
        )
    settings = window_settings(options.window, options.overlap)
    recordings = load(options.data, options)
    roles = roles_of(options, recordings)
    question = study(recordings, settings, seed=options.seed, shares=shares(options))
    shelf = open_shelf(options)
    reports = []
    for kind in kinds:
        mechanism = preset(known[kind], options.preset).for_roles(roles)
        try:
            release, report = explore(
                question, mechanism, shelf, effort=options.effort, on_progress=Narrator(mechanism.label())
            )
        except TrainingError as error:
            if len(kinds) == 1:
                raise
            print(f"penumbra: {mechanism.label()} was left out: {error}", file=sys.stderr)
            continue
        folder = options.out if len(kinds) == 1 else options.out / kind
        write_report([report], folder)
        write_release(release, folder / "release.parquet", provenance=False)
        if options.provenance:
            write_release(release, folder / "private_provenance.parquet")
        reports.append(report)
    if len(kinds) > 1 and reports:
        write_report(reports, options.out)
    print_verdicts(reports)
    return 0
