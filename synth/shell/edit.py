"""edit: replay a recipe of manual corrections on recordings or on a release, and measure the result."""

import argparse
import sys
from pathlib import Path

from data.errors import PenumbraError
from synth.shell.inputs import (
    SOURCES,
    add_effort,
    add_meaning,
    add_measuring,
    add_sharing,
    add_store,
    add_window,
    columns,
    open_repository,
    read_study,
)  # fmt: skip
from synth.shell.outputs import measure_and_write, narrated


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command and its options."""
    edit = commands.add_parser("edit", help="replay manual corrections, as the Sketch page saves them")
    edit.add_argument("--recipe", required=True, type=Path, help="recipe file, as the Sketch page saves it")
    edit.add_argument("--data", default="sample", help=SOURCES)
    edit.add_argument(
        "--release",
        type=Path,
        help="what to correct: a release that explore made from the data (default: the recordings themselves)",
    )
    edit.add_argument("--name", help="name of the corrected version")
    edit.add_argument("--no-audit", action="store_true", help="only make the version, without measuring it")
    add_window(edit)
    add_store(edit)
    add_effort(edit)
    add_measuring(edit)
    add_sharing(edit)
    add_meaning(edit)
    edit.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Replay a recipe, and measure the corrected version."""
    from synth.editing.shared_recipe import named_again
    from synth.runs.explore import edit

    recipe = _recipe(options.recipe)
    release = _release(options)
    _refuse_numbers(recipe, release, options.release)
    seconds = options.window if release is None else release.windows.duration_s
    study, _ = read_study(options.data, options, window_s=seconds)
    kept = open_repository(options)
    codes = kept.code_list(study)
    recipe = named_again(recipe, codes, study.windows)
    release = release and codes.named_again(release, study.windows)
    for number, sentence in enumerate(recipe.describe(), 1):
        print(f"{number}. {sentence}", file=sys.stderr)
    key = edit(
        study,
        recipe,
        kept,
        release=release,
        name=options.name,
        context=narrated(study, "Correcting"),
    )
    measure_and_write(study, key, kept, options)
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
    """Refuse steps that name windows by number for a file that lists windows of people in another order."""
    if release is None or path is None or not recipe.by_number or not _was_shared(release):
        return
    raise PenumbraError(
        f"The recipe names windows by their numbers in step {', '.join(map(str, recipe.by_number))}, but {path.name} "
        "was made to be shared and lists its windows in another order. Use private_provenance.parquet (explore "
        "--provenance), or select windows by activity, person or kind of movement."
    )


def _was_shared(release) -> bool:
    """Return whether it was made here and read from a file to share, which lists windows in another order.

    Private files name the data they come from; a file from elsewhere has no card.
    """
    return len(release.card) > 0 and release.source is None and "data" not in release.card
