"""edit: replay a recipe of corrections by hand on recordings or on a release, and measure what comes out."""

import argparse
import sys
from pathlib import Path

from data.errors import PenumbraError
from synth.shell.inputs import (
    SOURCES,
    add_effort,
    add_meaning,
    add_measuring,
    add_store,
    add_window,
    columns,
    load,
    open_repository,
    shares,
    window_settings,
)  # fmt: skip
from synth.shell.outputs import measure_and_write, narrated


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    edit = commands.add_parser("edit", help="replay corrections by hand, as the Sketch page saves them")
    edit.add_argument("--recipe", required=True, type=Path, help="the file that the Sketch page saved")
    edit.add_argument("--data", default="sample", help=SOURCES)
    edit.add_argument(
        "--release",
        type=Path,
        help="what is corrected: a release that explore made of the data (default: the recordings themselves)",
    )
    edit.add_argument("--name", help="what to call the corrected version")
    edit.add_argument("--no-audit", action="store_true", help="make the version only, and measure nothing")
    add_window(edit)
    add_store(edit)
    add_effort(edit)
    add_measuring(edit)
    add_meaning(edit)
    edit.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Replay a recipe, and measure the corrected version."""
    from synth.runs.explore import edit
    from synth.runs.study import study

    recipe = _recipe(options.recipe)
    release = _release(options)
    _refuse_numbers(recipe, release, options.release)
    seconds = options.window if release is None else release.windows.duration_s
    recordings = load(options.data, options)
    settings = window_settings(seconds, options.overlap)
    question = study(recordings, settings, seed=options.seed, shares=shares(options))
    kept = open_repository(options)
    for number, sentence in enumerate(recipe.describe(), 1):
        print(f"{number}. {sentence}", file=sys.stderr)
    key = edit(
        question,
        recipe,
        kept,
        release=release,
        name=options.name,
        context=narrated(question, "Correcting"),
    )
    measure_and_write(question, key, kept, options)
    return 0


def _recipe(path: Path):
    from synth.editing.recipe import Recipe

    try:
        return Recipe.from_json(path.read_bytes())
    except OSError as error:
        raise PenumbraError(f"The recipe {path} cannot be opened: {error.strerror}.") from error


def _release(options: argparse.Namespace):
    from data.export.files import read_release

    if options.release is None:
        return None
    return read_release(
        options.release, rate_hz=options.rate, convert_units=not options.keep_units, **columns(options)
    )


def _refuse_numbers(recipe, release, path: Path | None) -> None:
    """Refuse steps that name windows by number for a file in which windows of people stand in another order."""
    if release is None or path is None or not recipe.by_number or not _was_shared(release):
        return
    raise PenumbraError(
        f"The recipe names windows by their numbers in step {', '.join(map(str, recipe.by_number))}, but {path.name} "
        "was made to be shared and lists its windows in another order. Use private_provenance.parquet (explore "
        "--provenance), or choose windows by activity, person or kind of movement."
    )


def _was_shared(release) -> bool:
    """Return whether it was made here and read from a file to share, which lists windows in another order.

    Private files name the data they come from; a file from elsewhere has no card.
    """
    return len(release.card) > 0 and release.source is None and "data" not in release.card
