"""The shell: python -m synth explore | audit. The same code as the pages, the same numbers for the same seed.

An entry point like app.py: nothing imports it, so it may use the charts of pages/ui for report.html.
Exit codes: 0 done, 1 a defect of ours, 2 bad input or settings, 130 interrupted.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from data.errors import PenumbraError
from data.windows import WindowSettings
from synth.learner import PRESETS, Progress


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except PenumbraError as error:
        print(f"penumbra: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("penumbra: interrupted; nothing half-made was kept", file=sys.stderr)
        return 130


def run_explore(options: argparse.Namespace) -> int:
    """Make and measure releases of one data set."""
    from data.writers import write_release
    from synth import environment
    from synth.explore import explore
    from synth.learner import preset
    from synth.mechanisms.base import mechanisms
    from synth.shelf import Shelf
    from synth.store import Store
    from synth.study import study

    known = mechanisms()
    kinds = list(known) if options.mechanism == "all" else [options.mechanism]
    if not set(kinds) <= set(known):
        raise PenumbraError(
            f"There is no mechanism {options.mechanism!r}. Choose one of: all, {', '.join(known)}."
        )
    question = study(
        _load(options.data, options), _window_settings(options.window, options.overlap), seed=options.seed
    )
    shelf = Shelf(Store(options.store or environment.home()))
    reports = []
    for kind in kinds:
        mechanism = preset(known[kind], options.preset)
        release, report = explore(question, mechanism, shelf, on_progress=_Narrator(mechanism.label()))
        folder = options.out if len(kinds) == 1 else options.out / kind
        _write_report([report], folder)
        write_release(release, folder / "release.parquet", provenance=False)
        if options.provenance:
            write_release(release, folder / "private_provenance.parquet")
        reports.append(report)
    if len(kinds) > 1:
        _write_report(reports, options.out)
    _print_verdicts(reports)
    return 0


def run_audit(options: argparse.Namespace) -> int:
    """Measure a release that somebody brings."""
    from data.writers import read_release, write_release
    from synth.audit.audit import audit
    from synth.study import study

    release = read_release(Path(options.release), rate_hz=options.rate, **_columns(options))
    settings = _window_settings(release.windows.duration_s, options.overlap)
    question = study(_load(options.real, options), settings, seed=options.seed)
    report = audit(question.split, release, seed=options.seed, on_progress=_Narrator(release.name))
    _write_report([report], options.out)
    write_release(release, options.out / "release.parquet", provenance=False)
    _print_verdicts([report])
    return 0


class _Narrator:
    """Prints progress to stderr, at most one line every two seconds."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._last = 0.0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._last < 2 and progress.step < progress.total:
            return
        self._last = now
        figures = " ".join(f"{name} {value:.3g}" for name, value in progress.figures.items())
        line = f"{self._title}: {progress.text} {progress.step}/{progress.total} {figures}"
        print(line.rstrip(), file=sys.stderr, flush=True)


def _write_report(reports: list, folder: Path) -> None:
    import json

    from pages.ui.html_report import report_html

    folder.mkdir(parents=True, exist_ok=True)
    bodies = [report.to_json() for report in reports]
    text = bodies[0] if len(bodies) == 1 else json.dumps([json.loads(body) for body in bodies], indent=1)
    (folder / "report.json").write_text(text, encoding="utf-8")
    (folder / "report.html").write_text(report_html(reports), encoding="utf-8")


def _print_verdicts(reports: list) -> None:
    for report in reports:
        for question, verdict in report.verdicts.items():
            print(f"{report.name} | {question} | {verdict.verdict}: {verdict.sentence}")


def _load(source: str, options: argparse.Namespace):
    from data.loading import load

    return load(source, rate_hz=options.rate, **_columns(options))


def _columns(options: argparse.Namespace) -> dict[str, str | None]:
    return {name: getattr(options, name) for name in ("subject", "activity", "trial", "time")}


def _window_settings(duration_s: float, overlap: float) -> WindowSettings:
    try:
        return WindowSettings(duration_s, overlap)
    except ValueError as error:
        raise PenumbraError(f"The window settings cannot work: {error}") from error


def _seed(text: str) -> int:
    seed = int(text)
    if seed < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return seed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m synth", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    explore = commands.add_parser("explore", help="make shareable versions of recordings and measure them")
    explore.add_argument("--data", default="sample", help='"sample", or a CSV or Parquet file')
    explore.add_argument("--mechanism", default="all", help='what makes the release, or "all" (default)')
    explore.add_argument("--preset", default="quick", choices=list(PRESETS))
    explore.add_argument("--window", type=float, default=WindowSettings.duration_s, help="seconds a window")
    explore.add_argument("--store", type=Path, help="where results are looked up and kept")
    explore.add_argument(
        "--provenance",
        action="store_true",
        help="also write where each window came from, for an audit of your own; never share that file",
    )
    explore.set_defaults(run=run_explore)

    audit = commands.add_parser("audit", help="measure a release that was made elsewhere")
    audit.add_argument("--real", required=True, help="the recordings that it was made from")
    audit.add_argument("--release", required=True, help="the released windows, one trial a window")
    audit.set_defaults(run=run_audit)

    for command in (explore, audit):
        command.add_argument("--out", type=Path, required=True, help="folder for the report and the release")
        command.add_argument("--seed", type=_seed, default=0)
        command.add_argument("--overlap", type=float, default=WindowSettings.overlap, help="share, 0 to 0.95")
        for name in ("subject", "activity", "trial", "time"):
            command.add_argument(f"--{name}", help=f"name of the {name} column, where it cannot be guessed")
        command.add_argument("--rate", type=float, help="samples per second, where there is no time column")
    return parser


if __name__ == "__main__":
    sys.exit(main())
