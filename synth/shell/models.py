"""models: list the trained models, and what they were trained on."""

import argparse
import sys

from synth.shell.inputs import add_store, open_repository


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command and its options."""
    models = commands.add_parser("models", help="list the trained models, and what they were trained on")
    add_store(models)
    models.set_defaults(run=run, out=None)


def run(options: argparse.Namespace) -> int:
    """List the trained models, to be used on other recordings with `apply`."""
    models = open_repository(options).stored_models()
    if not models:
        print("penumbra: there are no models yet; explore makes them", file=sys.stderr)
    for model in models:
        kind = model.windows
        channels = ", ".join(f"{c} ({u})" for c, u in zip(kind.channels, kind.units, strict=True))
        parts = (model.key, model.name, f"{kind.n_timesteps} samples at {kind.rate_hz:g} Hz", channels)
        print(" | ".join([*parts, *model.roles]))
    return 0
