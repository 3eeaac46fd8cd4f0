"""apply: use a model that is ready on other recordings."""

import argparse
import sys

from synth.shell.inputs import SOURCES, add_use_of_model, open_shelf, study_of
from synth.shell.outputs import Narrator, measure_and_write


def add(commands: argparse._SubParsersAction) -> None:
    apply = commands.add_parser("apply", help="use a model that is ready on other recordings")
    apply.add_argument("--data", required=True, help=SOURCES)
    add_use_of_model(apply)
    apply.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Make a release with a model that learnt from other recordings, and measure it."""
    from synth.runs.explore import apply

    shelf = open_shelf(options)
    question = study_of(options.data, options)
    model = shelf.model_for(question, options.model)
    for role in model.roles:
        print(f"{model.name}: {role}", file=sys.stderr)
    key = apply(question, model.key, shelf, on_progress=Narrator(model.name))
    measure_and_write(question, key, shelf, options)
    return 0
