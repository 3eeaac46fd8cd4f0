"""The shell: python -m synth check | explore | sweep | models | apply | audit. The code of the pages, the same numbers.

An entry point like app.py: nothing imports it, so it may use the charts of pages/ui for report.html.
Exit codes: 0 done, 1 a defect of ours, 2 bad input or settings, 130 interrupted.
"""

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from data.errors import PenumbraError
from data.preparation import Preparation
from data.roles import Roles, default_roles
from data.splits import SplitSettings
from data.windows import WindowSettings
from synth.audit.report import EFFORTS
from synth.errors import TrainingError
from synth.learner import PRESETS, Progress
from synth.sweep import MAX_SEEDS

SOURCES = '"sample", or a file, folder or ZIP archive of recordings'


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        _refuse_file_as_folder(options.out)
        return options.run(options)
    except PenumbraError as error:
        print(f"penumbra: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("penumbra: interrupted; nothing half-made was kept", file=sys.stderr)
        return 130


def _refuse_file_as_folder(out: Path | None) -> None:
    if out is not None and out.exists() and not out.is_dir():
        raise PenumbraError(f"{out} is a file. --out names the folder for the results.")


def run_explore(options: argparse.Namespace) -> int:
    """Make and measure releases of one data set."""
    from data.writers import write_release
    from synth.explore import explore
    from synth.learner import preset
    from synth.mechanisms.base import mechanisms
    from synth.study import study

    known = mechanisms()
    kinds = list(known) if options.mechanism == "all" else [options.mechanism]
    if not set(kinds) <= set(known):
        raise PenumbraError(
            f"There is no mechanism {options.mechanism!r}. Choose one of: all, {', '.join(known)}."
        )
    settings = _window_settings(options.window, options.overlap)
    recordings = _load(options.data, options)
    roles = _roles(options, recordings)
    question = study(recordings, settings, seed=options.seed, shares=_shares(options))
    shelf = _shelf(options)
    reports = []
    for kind in kinds:
        mechanism = preset(known[kind], options.preset).for_roles(roles)
        try:
            release, report = explore(
                question, mechanism, shelf, effort=options.effort, on_progress=_Narrator(mechanism.label())
            )
        except TrainingError as error:
            if len(kinds) == 1:
                raise
            print(f"penumbra: {mechanism.label()} was left out: {error}", file=sys.stderr)
            continue
        folder = options.out if len(kinds) == 1 else options.out / kind
        _write_report([report], folder)
        write_release(release, folder / "release.parquet", provenance=False)
        if options.provenance:
            write_release(release, folder / "private_provenance.parquet")
        reports.append(report)
    if len(kinds) > 1 and reports:
        _write_report(reports, options.out)
    _print_verdicts(reports)
    return 0


def run_sweep(options: argparse.Namespace) -> int:
    """Make and measure mechanisms at several strengths, and draw what each strength costs."""
    from synth import environment
    from synth.explore import sweep
    from synth.learner import preset
    from synth.mechanisms.base import mechanisms
    from synth.shelf import Shelf
    from synth.store import Store
    from synth.study import study
    from synth.sweep import points

    known = mechanisms()
    kinds = list(dict.fromkeys(options.mechanism)) or [k for k, m in known.items() if m.dial is not None]
    unknown = [kind for kind in kinds if kind not in known]
    if unknown:
        raise PenumbraError(f"There is no mechanism {unknown[0]!r}. Choose of: {', '.join(known)}.")
    strengths = _strengths(options.strength, {kind: known[kind] for kind in kinds})
    settings = _window_settings(options.window, options.overlap)
    recordings = _load(options.data, options)
    roles = _roles(options, recordings)
    question = study(recordings, settings, seed=options.seed, shares=_shares(options))
    choice = {preset(known[kind], options.preset).for_roles(roles): strengths[kind] for kind in kinds}
    try:
        asked = points(choice, range(options.seed, options.seed + options.seeds))
        for point in asked:
            _ = point.turned
    except ValueError as error:
        raise PenumbraError(str(error)) from error
    shelf = Shelf(Store(options.store or environment.home()))
    measured, errors = sweep(question, asked, shelf, on_progress=_Narrator("Sweep"))
    if measured:
        _write_sweep(measured, options.out)
    for error in errors:
        print(
            f"penumbra: {len(asked) - len(measured)} of {len(asked)} points are missing: {error}",
            file=sys.stderr,
        )
    return 0 if len(measured) == len(asked) else 2


def _strengths(given: Sequence[str], kinds: Mapping[str, type]) -> dict[str, tuple[float, ...]]:
    """Read KIND=STRENGTH; all steps of a mechanism's dial where none was named."""
    named: dict[str, list[float]] = {}
    for text in given:
        kind, _, strength = text.partition("=")
        try:
            named.setdefault(kind, []).append(float(strength))
        except ValueError as error:
            raise PenumbraError(f"--strength {text!r} is not MECHANISM=NUMBER.") from error
        if kind not in kinds or kinds[kind].dial is None:
            raise PenumbraError(f"--strength {text!r}: {kind!r} is not swept, or has no strength to turn.")
    steps = {
        kind: () if mechanism.dial is None else mechanism.dial.steps for kind, mechanism in kinds.items()
    }
    return {
        kind: tuple(map(type(own[0]), named[kind])) if kind in named else own for kind, own in steps.items()
    }


def _write_sweep(measured: dict, folder: Path) -> None:
    import json

    from data.spreadsheets import to_csv
    from pages.ui.charts import sweep_table
    from pages.ui.html_report import sweep_html

    folder.mkdir(parents=True, exist_ok=True)
    found = list(measured.items())
    bodies = [
        {
            "method": point.method,
            "mechanism": point.turned.card(),
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
    print(table.iloc[:, :5].to_string(index=False))


def run_models(options: argparse.Namespace) -> int:
    """List the models that are ready, to be used on other recordings with `apply`."""
    models = _shelf(options).stored_models()
    if not models:
        print("penumbra: there are no models yet; explore makes them", file=sys.stderr)
    for model in models:
        kind = model.windows
        channels = ", ".join(f"{c} ({u})" for c, u in zip(kind.channels, kind.units, strict=True))
        parts = (model.key, model.name, f"{kind.n_timesteps} samples at {kind.rate_hz:g} Hz", channels)
        print(" | ".join([*parts, *model.roles]))
    return 0


def run_apply(options: argparse.Namespace) -> int:
    """Make a release with a model that learnt from other recordings, and measure it."""
    from data.writers import write_release
    from synth.explore import apply, measure
    from synth.study import study

    shelf = _shelf(options)
    settings = _window_settings(options.window, options.overlap)
    recordings = _load(options.data, options)
    question = study(recordings, settings, seed=options.seed, shares=_shares(options))
    model = shelf.model_for(question, options.model)
    for role in model.roles:
        print(f"{model.name}: {role}", file=sys.stderr)
    key = apply(question, model.key, shelf, on_progress=_Narrator(model.name))
    release = shelf.release(key)
    if not options.no_audit:
        narrator = _Narrator(release.name)
        report = measure(question, key, shelf, effort=options.effort, on_progress=narrator)
        _write_report([report], options.out)
        _print_verdicts([report])
    options.out.mkdir(parents=True, exist_ok=True)
    write_release(release, options.out / "release.parquet", provenance=False)
    return 0


def run_check(options: argparse.Namespace) -> int:
    """Read recordings, say what was found, and write them clean."""
    import pandas as pd

    from data.spreadsheets import to_csv
    from data.writers import write_recordings

    recordings = _load(options.data, options)
    print(
        f"{recordings.name}: {len(recordings.subjects)} people, {len(recordings.activities)} activities, "
        f"{recordings.duration_s / 60:.1f} minutes at {recordings.rate_hz:g} Hz, channels "
        + ", ".join(
            f"{c} ({u or 'unit not known'})"
            for c, u in zip(recordings.channels, recordings.units, strict=True)
        )
    )
    for finding in recordings.findings:
        print(f"{finding.severity} | {finding.where} | {finding.found} | {finding.done}")
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        write_recordings(recordings, options.out / "recordings.parquet")
        table = pd.DataFrame([vars(finding) for finding in recordings.findings])
        (options.out / "data_check.csv").write_text(to_csv(table), encoding="utf-8")
    return 0


def run_audit(options: argparse.Namespace) -> int:
    """Measure a release that somebody brings, or the audit itself."""
    return run_selftest(options) if options.selftest else run_audit_of_release(options)


def run_selftest(options: argparse.Namespace) -> int:
    """Audit releases with a known answer, made from any recordings, and print what was right."""
    from data.spreadsheets import to_csv
    from data.windows import cut_windows
    from synth.selftest import selftest, table
    from synth.spread import Processes

    settings = _window_settings(options.window, options.overlap)
    windows = cut_windows(_load(options.data, options), settings)
    seeds = range(options.seed, options.seed + options.seeds)
    answers = []
    with Processes() as each:
        narrator = _Narrator("Self-test")
        for answer in selftest(windows, seeds=seeds, effort=options.effort, each=each, on_progress=narrator):
            answers.append(answer)
            mark = "" if answer.outcome == "right" else f"   <-- {answer.outcome}: {answer.sentence}"
            print(
                f"seed {answer.seed} | {answer.case} | {answer.question} | {answer.verdict}{mark}", flush=True
            )
    found = table(answers)
    print(found.to_string(index=False))
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "selftest.csv").write_text(to_csv(found), encoding="utf-8")
    return 0 if not found["wrong"].sum() else 1


def run_audit_of_release(options: argparse.Namespace) -> int:
    """Measure a release that somebody brings."""
    if options.real is None or options.release is None or options.out is None:
        raise PenumbraError(
            "An audit needs --real, --release and --out; a self-test needs --selftest and --data."
        )
    from data.writers import read_release, write_release
    from synth.audit.audit import audit
    from synth.spread import Processes

    release = read_release(
        Path(options.release),
        rate_hz=options.rate,
        convert_units=not options.keep_units,
        **_columns(options),
    )
    settings = _window_settings(release.windows.duration_s, options.overlap)
    split = _split_for_audit(options, settings)
    narrator = _Narrator(release.name)
    with Processes() as each:
        report = audit(
            split, release, seed=options.seed, effort=options.effort, each=each, on_progress=narrator
        )
    _write_report([report], options.out)
    write_release(release, options.out / "release.parquet", provenance=False)
    _print_verdicts([report])
    return 0


def _split_for_audit(options: argparse.Namespace, settings: WindowSettings):
    """Take REAL and HOLDOUT as they are, or part REAL as `explore` did."""
    from data.splits import split_by_holdout, split_windows
    from data.windows import cut_windows

    real = cut_windows(_load(options.real, options), settings)
    if options.made_by_explore:
        if options.holdout is not None:
            raise PenumbraError("--made-by-explore takes the holdout from --real; leave --holdout out.")
        return split_windows(real, seed=options.seed, settings=_shares(options))
    holdout = None
    if options.holdout is not None:
        holdout = cut_windows(_load(options.holdout, options), settings)
    split = split_by_holdout(real, holdout, seed=options.seed)
    if holdout is not None:
        n_same, n_others = len(split.fresh.subjects), len(split.unseen.subjects)
        print(
            f"holdout: {n_same} people have the same names as people of {options.real} and are taken for them; "
            f"{n_others} are others",
            file=sys.stderr,
        )
    return split


def _shelf(options: argparse.Namespace):
    from synth import environment
    from synth.shelf import Shelf
    from synth.store import Store

    return Shelf(Store(options.store or environment.home()))


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

    preparation = Preparation(
        convert_units=not options.keep_units,
        remove_gravity=options.remove_gravity,
        magnitudes=options.magnitudes,
        bridge_s=options.bridge,
    )
    columns = _columns(options)
    return load(
        source,
        rate_hz=options.rate,
        pattern=options.pattern,
        preparation=preparation,
        tick=_Reader(),
        **columns,
    )


class _Reader:
    """Tells which file of many is being read, at most one line every two seconds."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, done: int, total: int, text: str) -> None:
        if time.monotonic() - self._last > 2:
            self._last = time.monotonic()
            print(f"{text}, {done:,} of {total:,}", file=sys.stderr, flush=True)


def _roles(options: argparse.Namespace, recordings) -> Roles:
    """Return what has to be kept and hidden, as named on the command line or as names suggest."""
    default = default_roles(recordings.activities, list(recordings.attributes.columns))
    activities, attributes = dict(default.activities), dict(default.attributes)
    for role in ("sensitive", "neutral"):
        for name in getattr(options, role):
            if name not in activities:
                raise PenumbraError(f"There is no activity {name!r}. There are: {', '.join(activities)}.")
            activities[name] = role
    for name in options.harmless_attribute:
        if name not in attributes:
            raise PenumbraError(
                f"There is no attribute {name!r}. There are: {', '.join(attributes) or 'none'}."
            )
        attributes[name] = False
    return Roles(activities, attributes).checked()


def _shares(options: argparse.Namespace) -> SplitSettings:
    try:
        return SplitSettings(options.held_out, options.kept_aside)
    except ValueError as error:
        raise PenumbraError(f"The shares cannot work: {error}") from error


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
    explore.add_argument("--data", default="sample", help=SOURCES)
    explore.add_argument("--mechanism", default="all", help='what makes the release, or "all" (default)')
    explore.add_argument(
        "--provenance",
        action="store_true",
        help="also write where each window came from, for an audit of your own; never share that file",
    )
    explore.set_defaults(run=run_explore)

    sweep = commands.add_parser(
        "sweep", help="try mechanisms at several strengths and draw what each one costs"
    )
    sweep.add_argument("--data", default="sample", help=SOURCES)
    sweep.add_argument(
        "--mechanism",
        action="append",
        default=[],
        help="what is swept; repeatable (default: all that have a strength)",
    )
    sweep.add_argument(
        "--strength",
        action="append",
        default=[],
        metavar="MECHANISM=NUMBER",
        help="only this strength of a mechanism; repeatable (default: its usual ones)",
    )
    sweep.add_argument(
        "--seeds",
        type=int,
        default=1,
        choices=range(1, MAX_SEEDS + 1),
        help="how often each, with other seeds",
    )
    sweep.set_defaults(run=run_sweep)
    for command in (explore, sweep):
        _add_making(command)

    models = commands.add_parser("models", help="list the models that are ready, and what they learnt from")
    models.set_defaults(run=run_models, out=None)

    apply = commands.add_parser("apply", help="use a model that is ready on other recordings")
    apply.add_argument("--model", required=True, metavar="KEY", help="which one, as `models` lists it")
    apply.add_argument("--data", required=True, help=SOURCES)
    apply.add_argument("--window", type=float, default=WindowSettings.duration_s, help="seconds a window")
    apply.add_argument("--no-audit", action="store_true", help="make the release only, and measure nothing")
    apply.set_defaults(run=run_apply)
    for command in (models, apply):
        command.add_argument("--store", type=Path, help="where models are, and where results are kept")

    audit = commands.add_parser("audit", help="measure a release that was made elsewhere")
    audit.add_argument("--real", help="the recordings that it was made from")
    audit.add_argument("--release", help="the released windows, one trial a window")
    audit.add_argument(
        "--holdout",
        help="recordings that it was not made from: other times of the same people, other people, or both. "
        "Questions that need them cannot be answered without",
    )
    audit.add_argument(
        "--made-by-explore",
        action="store_true",
        help="the release was made by explore: take what it kept aside of REAL (same seed and shares) as holdout",
    )
    audit.add_argument(
        "--selftest",
        action="store_true",
        help="audit releases with a known answer, made from --data, and print what was right",
    )
    audit.add_argument("--data", default="sample", help=f"for the self-test: {SOURCES}")
    audit.add_argument("--seeds", type=int, default=1, help="for the self-test: how many")
    audit.add_argument(
        "--window", type=float, default=WindowSettings.duration_s, help="for the self-test: seconds"
    )
    audit.set_defaults(run=run_audit)

    check = commands.add_parser("check", help="read recordings and say what is in them and what is wrong")
    check.add_argument("--data", required=True, help=SOURCES)
    check.add_argument("--out", type=Path, help="folder for clean recordings and the data check")
    check.set_defaults(run=run_check)

    for command in (explore, apply, audit):
        command.add_argument(
            "--effort", default="quick", choices=list(EFFORTS), help="which attackers run (default: quick)"
        )
    for command in (explore, sweep, apply, audit):
        command.add_argument("--out", type=Path, required=command is not audit, help="folder for the results")
        command.add_argument("--seed", type=_seed, default=0)
        command.add_argument("--overlap", type=float, default=WindowSettings.overlap, help="share, 0 to 0.95")
        command.add_argument(
            "--held-out",
            type=float,
            default=SplitSettings.held_out,
            help="share of people held out, 0 to 0.8",
        )
        command.add_argument(
            "--kept-aside",
            type=float,
            default=SplitSettings.fresh,
            help="share of the others' time for tests",
        )
    for command in (explore, sweep, apply, audit, check):
        _add_meaning(command)
    return parser


def _add_making(command: argparse.ArgumentParser) -> None:
    """Add what says what releases are made of, and where they are kept."""
    command.add_argument("--preset", default="quick", choices=list(PRESETS))
    command.add_argument("--window", type=float, default=WindowSettings.duration_s, help="seconds a window")
    command.add_argument(
        "--sensitive", action="append", default=[], metavar="ACTIVITY", help="an activity to hide; repeatable"
    )
    command.add_argument(
        "--neutral", action="append", default=[], metavar="ACTIVITY", help="one that gives nothing away"
    )
    command.add_argument(
        "--harmless-attribute", action="append", default=[], metavar="NAME", help="an attribute not to hide"
    )
    command.add_argument("--store", type=Path, help="where results are looked up and kept")


def _add_meaning(command: argparse.ArgumentParser) -> None:
    """Add what says how recordings are to be read."""
    for name in ("subject", "activity", "trial", "time"):
        command.add_argument(f"--{name}", help=f"name of the {name} column, where it cannot be guessed")
    command.add_argument("--rate", type=float, help="samples per second, where there is no time column")
    command.add_argument(
        "--pattern", help="how files are named, for example {subject}_{activity}_{trial}.csv"
    )
    command.add_argument("--keep-units", action="store_true", help="do not convert to g and rad/s")
    command.add_argument("--remove-gravity", action="store_true", help="take out what is slower than 0.3 Hz")
    command.add_argument("--magnitudes", action="store_true", help="add the strength of each sensor")
    command.add_argument(
        "--bridge", type=float, default=Preparation.bridge_s, help="seconds without values to bridge, 0 to 1"
    )


if __name__ == "__main__":
    sys.exit(main())
