"""apply: use a model that is ready on other recordings."""

import argparse
import sys

from synth.shell.inputs import SOURCES, add_use_of_model, open_repository, study_of
from synth.shell.outputs import measure_and_write, narrated


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    apply = commands.add_parser("apply", help="use a model that is ready on other recordings")
    apply.add_argument("--data", required=True, help=SOURCES)
    add_use_of_model(apply)
    apply.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Make a release with a model that learnt from other recordings, and measure it."""
    from synth.runs.explore import apply

    repository = open_repository(options)
    question = study_of(options.data, options)
    model = repository.model_for(question, options.model)
    for role in model.roles:
        print(f"{model.name}: {role}", file=sys.stderr)
    key = apply(question, model.key, repository, context=narrated(question, model.name))
    measure_and_write(question, key, repository, options)
    return 0
