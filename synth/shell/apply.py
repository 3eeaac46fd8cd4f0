"""apply: use a model that is ready on other recordings."""

import argparse
import sys

from synth.shell.inputs import (
    SOURCES,
    add_effort,
    add_meaning,
    add_measuring,
    add_store,
    add_window,
    load,
    open_shelf,
    shares,
    window_settings,
)
from synth.shell.outputs import Narrator, measure_and_write


def add(commands: argparse._SubParsersAction) -> None:
    apply = commands.add_parser("apply", help="use a model that is ready on other recordings")
    apply.add_argument("--model", required=True, metavar="KEY", help="which one, as `models` lists it")
    apply.add_argument("--data", required=True, help=SOURCES)
    add_window(apply)
    apply.add_argument("--no-audit", action="store_true", help="make the release only, and measure nothing")
    add_store(apply)
    add_effort(apply)
    add_measuring(apply)
    add_meaning(apply)
    apply.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Make a release with a model that learnt from other recordings, and measure it."""
    from synth.explore import apply
    from synth.study import study

    shelf = open_shelf(options)
    settings = window_settings(options.window, options.overlap)
    recordings = load(options.data, options)
    question = study(recordings, settings, seed=options.seed, shares=shares(options))
    model = shelf.model_for(question, options.model)
    for role in model.roles:
        print(f"{model.name}: {role}", file=sys.stderr)
    key = apply(question, model.key, shelf, on_progress=Narrator(model.name))
    measure_and_write(question, key, shelf, options)
    return 0
