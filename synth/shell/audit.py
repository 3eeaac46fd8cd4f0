"""audit: measure a release that was made elsewhere, or test the audit itself."""

import argparse
import sys
from pathlib import Path

from data.errors import PenumbraError
from data.windows import Windows, WindowSettings
from synth.core.run_context import RunContext
from synth.shell.inputs import (
    SOURCES,
    add_effort,
    add_meaning,
    add_measuring,
    add_sharing,
    add_store,
    columns,
    load,
    open_repository,
    shares,
    sharing_of,
    window_settings,
)
from synth.shell.outputs import Narrator, print_verdicts, write_report


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command and its options."""
    audit = commands.add_parser(
        "audit", help="measure a release that was made elsewhere, or test the audit itself"
    )
    audit.add_argument("--real", help="the recordings that the release was made from")
    audit.add_argument("--release", help="the released windows, one trial a window")
    audit.add_argument(
        "--holdout",
        help="recordings that it was not made from: other times of the same people, other people, or both. "
        "Without them, some questions cannot be answered",
    )
    audit.add_argument(
        "--made-by-explore",
        action="store_true",
        help="the release was made by explore: use what explore kept aside of REAL (same seed and shares) as holdout",
    )
    audit.add_argument(
        "--selftest",
        action="store_true",
        help="audit releases whose answer is known, made from --data, and print which verdicts were right",
    )
    audit.add_argument("--data", default="sample", help=f"for the self-test: {SOURCES}")
    audit.add_argument("--seeds", type=int, default=1, help="for the self-test: number of seeds")
    audit.add_argument(
        "--window",
        type=float,
        default=WindowSettings.duration_s,
        help="for the self-test: length of a window in seconds",
    )
    add_store(audit)
    add_effort(audit)
    add_measuring(audit, out_required=False)
    add_sharing(audit)
    add_meaning(audit)
    audit.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Measure a release from elsewhere, or test the audit itself."""
    return run_selftest(options) if options.selftest else run_audit_of_release(options)


def run_selftest(options: argparse.Namespace) -> int:
    """Audit releases whose answer is known, made from any recordings, and print which verdicts were right."""
    from data.export.csv import to_csv
    from data.windows import cut_windows
    from synth.runs.workers.parallel_audit import Processes
    from synth.selftest.run import selftest, table

    settings = window_settings(options.window, options.overlap)
    windows = cut_windows(load(options.data, options), settings)
    answers = []
    with Processes() as each:
        context = RunContext(options.seed, Narrator("Self-test"))
        for answer in selftest(windows, context, n_seeds=options.seeds, effort=options.effort, each=each):
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
    """Measure a release from elsewhere."""
    if options.real is None or options.release is None or options.out is None:
        raise PenumbraError(
            "An audit needs --real, --release and --out; a self-test needs --selftest and --data."
        )
    from data.export.files import read_release, write_release
    from data.windows import cut_windows
    from synth.audit.audit import audit
    from synth.runs.workers.parallel_audit import Processes

    release = read_release(
        Path(options.release),
        rate_hz=options.rate,
        convert_units=not options.keep_units,
        **columns(options),
    ).from_outside()
    settings = window_settings(release.windows.duration_s, options.overlap)
    recordings = load(options.real, options)
    real = cut_windows(recordings, settings)
    people = dict.fromkeys([*recordings.subjects, *release.windows.subjects])
    codes = open_repository(options).code_list_of(recordings.fingerprint, people)
    release = codes.named_again(release, real)
    sharing = sharing_of(options, codes, real)
    split = _split_for_audit(options, real, settings)
    narrator = Narrator(release.name)
    with Processes() as each:
        report = audit(split, release, RunContext(options.seed, narrator), effort=options.effort, each=each)
    write_report([report], options.out, sharing)
    write_release(release, options.out / "release.parquet", sharing=sharing)
    print_verdicts([report])
    return 0


def _split_for_audit(options: argparse.Namespace, real: Windows, settings: WindowSettings):
    """Take REAL and HOLDOUT as they are, or split REAL as `explore` did."""
    from data.splits import split_by_holdout, split_windows
    from data.windows import cut_windows

    if options.made_by_explore:
        if options.holdout is not None:
            raise PenumbraError("--made-by-explore takes the holdout from --real. Leave out --holdout.")
        return split_windows(real, seed=options.seed, settings=shares(options))
    holdout = None
    if options.holdout is not None:
        holdout = cut_windows(load(options.holdout, options), settings)
    split = split_by_holdout(real, holdout, seed=options.seed)
    if holdout is not None:
        n_same, n_others = len(split.fresh.subjects), len(split.unseen.subjects)
        print(
            f"holdout: {n_same} people share their names with people in {options.real} and are taken to be them; "
            f"{n_others} are other people",
            file=sys.stderr,
        )
    return split
