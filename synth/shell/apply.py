"""apply: use a trained model on other recordings."""

import argparse
import sys

from synth.shell.inputs import SOURCES, add_use_of_model, open_repository, read_study
from synth.shell.outputs import measure_and_write, narrated


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command and its options."""
    apply = commands.add_parser("apply", help="use a trained model on other recordings")
    apply.add_argument("--data", required=True, help=SOURCES)
    add_use_of_model(apply)
    apply.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Make a release with a model that was trained on other recordings, and measure it."""
    from synth.runs.explore import apply

    repository = open_repository(options)
    study, _ = read_study(options.data, options)
    model = repository.model_for(study, options.model)
    for role in model.roles:
        print(f"{model.name}: {role}", file=sys.stderr)
    key = apply(study, model.key, repository, context=narrated(study, model.name))
    measure_and_write(study, key, repository, options)
    return 0
