"""prepare-sample: compute the results of the sample that are shipped with the program."""

import argparse
from pathlib import Path

from data.errors import PenumbraError
from synth.shell.inputs import open_repository
from synth.shell.outputs import Narrator, narrated


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command and its options."""
    prepare = commands.add_parser(
        "prepare-sample", help="compute the results of the sample that are shipped with the program"
    )
    prepare.add_argument(
        "--store",
        type=Path,
        required=True,
        help="folder for what is computed, not the one that the app uses; what it holds already is not computed again",
    )
    prepare.add_argument("--file", type=Path, help="the file to write (default: the one that is shipped)")
    prepare.set_defaults(run=run, out=None)


def run(options: argparse.Namespace) -> int:
    """Make and measure versions, sweep their strengths and train what fills gaps, and write all of it into one file."""
    from data.sample import load_sample
    from synth.runs.beforehand import plan, sample_results
    from synth.runs.explore import explore, sweep
    from synth.runs.step import run_here
    from synth.runs.steps import Steps

    repository, study = open_repository(options), plan.sample_study(load_sample())
    for mechanism in plan.methods():
        explore(study, mechanism, repository, effort=plan.EFFORT, context=narrated(study, mechanism.label()))
    filler = plan.filler()
    run_here(Steps(repository).learn_to_fill(study, filler), narrated(study, filler.label()))
    _, errors = sweep(study, plan.swept(), repository, on_progress=Narrator("Sweep"))
    if errors:
        raise PenumbraError(f"Some points of the sweep could not be measured: {' '.join(errors)}")
    path = options.file or sample_results.FILE
    sample_results.write(study, repository.store, path)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
    return 0
