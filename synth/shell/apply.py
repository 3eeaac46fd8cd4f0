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
from synth.shell.outputs import Narrator, print_verdicts, write_report


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
    from data.writers import write_release
    from synth.explore import apply, measure
    from synth.study import study

    shelf = open_shelf(options)
    settings = window_settings(options.window, options.overlap)
    recordings = load(options.data, options)
    question = study(recordings, settings, seed=options.seed, shares=shares(options))
    model = shelf.model_for(question, options.model)
    for role in model.roles:
        print(f"{model.name}: {role}", file=sys.stderr)
    key = apply(question, model.key, shelf, on_progress=Narrator(model.name))
    release = shelf.release(key)
    if not options.no_audit:
        narrator = Narrator(release.name)
        report = measure(question, key, shelf, effort=options.effort, on_progress=narrator)
        write_report([report], options.out)
        print_verdicts([report])
    options.out.mkdir(parents=True, exist_ok=True)
    write_release(release, options.out / "release.parquet", provenance=False)
    return 0
