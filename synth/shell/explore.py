"""explore: make shareable versions of recordings and measure them."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import PenumbraError
from data.roles import Roles
from synth.core.errors import TrainingError
from synth.shell.inputs import (
    SOURCES,
    add_effort,
    add_making,
    add_meaning,
    add_measuring,
    add_sharing,
    open_repository,
    read_study,
    roles_of,
    sharing_of,
)
from synth.shell.outputs import (
    narrated,
    print_verdicts,
    write_comparison,
    write_private_report,
    write_report,
)

if TYPE_CHECKING:
    from synth.audit.report import Report
    from synth.runs.study import Study

ALL = "all"


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command and its options."""
    explore = commands.add_parser("explore", help="make shareable versions of recordings and measure them")
    explore.add_argument("--data", action="append", help=f"{SOURCES}; can be repeated (default: sample)")
    explore.add_argument(
        "--mechanism",
        action="append",
        help='method that makes a release; can be repeated, or "all" (default)',
    )
    explore.add_argument(
        "--provenance",
        action="store_true",
        help="also write, for the owner only, the release with names and with the private window each one came from, "
        "and the report with all it shows; never share these files",
    )
    add_making(explore)
    add_effort(explore)
    add_measuring(explore)
    add_sharing(explore)
    add_meaning(explore)
    explore.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Make and measure releases of one or several data sets, and compare them."""
    kinds = _chosen(options.mechanism or [ALL])
    options.data = list(dict.fromkeys(options.data or ["sample"]))
    sources = options.data
    folders = {source: _folder(source, options.out, alone=len(sources) == 1) for source in sources}
    if len(set(folders.values())) < len(sources):
        raise PenumbraError(
            "Two of the data sets have the same name, so their results would be mixed up. Rename one."
        )
    # All are read before the first release is made, so that what cannot be read is reported at once.
    studies = {source: _study(source, options) for source in sources}
    reports = dict(
        _explore_all(source, *studies.pop(source), kinds, folder, options)
        for source, folder in folders.items()
    )
    if sum(map(len, reports.values())) > 1:
        write_comparison(reports, options.out)
    for of_one in reports.values():
        print_verdicts(of_one)
    return 0


def _chosen(names: Sequence[str]) -> list[str]:
    from synth.mechanisms.base import mechanisms

    known = mechanisms()
    unknown = [name for name in names if name not in known and name != ALL]
    if unknown:
        raise PenumbraError(
            f"There is no mechanism {unknown[0]!r}. Choose one of: {ALL}, {', '.join(known)}."
        )
    return list(known) if ALL in names else list(dict.fromkeys(names))


def _folder(source: str, out: Path, *, alone: bool) -> Path:
    return out if alone else out / Path(source).stem


def _study(source: str, options: argparse.Namespace) -> tuple["Study", Roles]:
    """Read and split one data set."""
    study, recordings = read_study(source, options)
    return study, roles_of(options, recordings)


def _explore_all(
    source: str, study: "Study", roles: Roles, kinds: Sequence[str], out: Path, options: argparse.Namespace
) -> tuple[str, list["Report"]]:
    """Make and measure a release of one data set with each mechanism, and write each into its own folder.

    Returns:
        What the data set is called in shared files, and the reports for sharing.
    """
    from data.export.files import write_release
    from synth.core.learner import preset
    from synth.mechanisms.base import mechanisms
    from synth.reporting.for_sharing import for_sharing
    from synth.runs.explore import explore

    repository = open_repository(options)
    sharing = sharing_of(options, repository.code_list(study), study.windows)
    reports = []
    for kind in kinds:
        mechanism = preset(mechanisms()[kind], options.preset).for_roles(roles)
        try:
            release, report = explore(
                study,
                mechanism,
                repository,
                effort=options.effort,
                context=narrated(study, mechanism.label()),
            )
        except TrainingError as error:
            if len(kinds) == 1 and not options.data[1:]:
                raise
            print(f"penumbra: {mechanism.label()} was left out: {error}", file=sys.stderr)
            continue
        folder = out if len(kinds) == 1 else out / kind
        write_report([report], folder, sharing)
        write_release(release, folder / "release.parquet", sharing=sharing)
        if options.provenance:
            write_release(release, folder / "private_provenance.parquet")
            write_private_report([report], folder)
        reports.append(report)
    if len(kinds) > 1 and reports:
        write_report(reports, out, sharing)
    called = sharing.codes.in_label(Path(source).stem)
    return called, [for_sharing(report, sharing) for report in reports]
