"""sweep: try mechanisms at several strengths and draw what protection costs."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import PenumbraError
from synth.runs.sweep import MAX_SEEDS
from synth.shell.inputs import (
    SOURCES,
    add_making,
    add_meaning,
    add_measuring,
    add_sharing,
    open_repository,
    read_study,
    roles_of,
    sharing_of,
)
from synth.shell.outputs import Narrator

if TYPE_CHECKING:
    from synth.mechanisms.base import Mechanism


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command and its options."""
    sweep = commands.add_parser(
        "sweep", help="try mechanisms at several strengths and draw what protection costs"
    )
    sweep.add_argument("--data", default="sample", help=SOURCES)
    sweep.add_argument(
        "--mechanism",
        action="append",
        default=[],
        help="method to sweep; can be repeated (default: all that have a strength)",
    )
    sweep.add_argument(
        "--strength",
        action="append",
        default=[],
        metavar="MECHANISM=NUMBER",
        help="try only this strength of a mechanism; can be repeated (default: its usual strengths)",
    )
    sweep.add_argument(
        "--seeds",
        type=int,
        default=1,
        choices=range(1, MAX_SEEDS + 1),
        help="how often to repeat each point, each time with another seed",
    )
    add_making(sweep)
    add_measuring(sweep)
    add_sharing(sweep)
    add_meaning(sweep)
    sweep.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Make and measure releases at several strengths, and draw what each strength costs."""
    from synth.core.learner import preset
    from synth.mechanisms.base import mechanisms
    from synth.reporting.for_sharing import for_sharing
    from synth.runs.explore import sweep
    from synth.runs.sweep import points

    known = mechanisms()
    kinds = list(dict.fromkeys(options.mechanism)) or [k for k, m in known.items() if m.dial is not None]
    unknown = [kind for kind in kinds if kind not in known]
    if unknown:
        raise PenumbraError(f"There is no mechanism {unknown[0]!r}. Choose from: {', '.join(known)}.")
    strengths = _strengths(options.strength, {kind: known[kind] for kind in kinds})
    study, recordings = read_study(options.data, options)
    roles = roles_of(options, recordings)
    choice = {preset(known[kind], options.preset).for_roles(roles): strengths[kind] for kind in kinds}
    try:
        asked = points(choice, range(options.seed, options.seed + options.seeds))
        for point in asked:
            _ = point.turned
    except ValueError as error:
        raise PenumbraError(str(error)) from error
    repository = open_repository(options)
    sharing = sharing_of(options, repository.code_list(study), study.windows)
    measured, errors = sweep(study, asked, repository, on_progress=Narrator("Sweep"))
    if measured:
        shared = {point: for_sharing(report, sharing) for point, report in measured.items()}
        _write_sweep(shared, options.out)
    for error in errors:
        print(
            f"penumbra: {len(asked) - len(measured)} of {len(asked)} points are missing: {error}",
            file=sys.stderr,
        )
    return 0 if len(measured) == len(asked) else 2


def _strengths(given: Sequence[str], kinds: Mapping[str, "type[Mechanism]"]) -> dict[str, tuple[float, ...]]:
    """Read MECHANISM=NUMBER; every step of a mechanism's dial where no strength was named."""
    steps: dict[str, tuple[float, ...]] = {
        kind: () if mechanism.dial is None else mechanism.dial.steps for kind, mechanism in kinds.items()
    }
    named: dict[str, list[float]] = {}
    for text in given:
        kind, _, strength = text.partition("=")
        try:
            named.setdefault(kind, []).append(float(strength))
        except ValueError as error:
            raise PenumbraError(f"--strength {text!r} is not MECHANISM=NUMBER.") from error
        if not steps.get(kind):
            raise PenumbraError(f"--strength {text!r}: {kind!r} is not swept, or has no strength.")
    return {
        kind: tuple(map(type(own[0]), named[kind])) if kind in named else own for kind, own in steps.items()
    }


def _write_sweep(measured: dict, folder: Path) -> None:
    import json

    from data.export.csv import to_csv
    from data.export.files import public_card
    from synth.reporting.charts import sweep_in_words, sweep_table
    from synth.reporting.html_report import sweep_html

    folder.mkdir(parents=True, exist_ok=True)
    found = list(measured.items())
    bodies = [
        {
            "method": point.method,
            "mechanism": public_card({"mechanism": point.turned.card()})["mechanism"],
            "strength": point.strength,
            "seed": point.seed,
            "report": json.loads(report.to_json()),
        }
        for point, report in found
    ]
    table = sweep_table(found)
    (folder / "sweep.json").write_text(json.dumps(bodies, indent=1), encoding="utf-8")
    (folder / "sweep.html").write_text(sweep_html(found), encoding="utf-8")
    (folder / "sweep.csv").write_text(to_csv(table), encoding="utf-8")
    columns = ["method", "strength", "seed", "activities recognised", "people recognised"]
    print(sweep_in_words(table)[columns].to_string(index=False))
