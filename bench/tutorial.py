"""The sensor-privacy tutorial's comparison, with its own protocol and the audit's attackers. Prints a table.

python -m bench.tutorial --data sample|FILE [--activities A B ...] [--mechanisms raw ssa-1 ...] [--thin 4] [--out CSV]

A mechanism learns from the learnt part of some people; everybody's learnt and tested parts are released by it.
Activities: a forest learns from all that is released of these people; it is tested on what is released of the people
left out (released, as published) and on their recordings (real, TSTR). People: attackers learn from the learnt part
of everybody, recorded (static) or released (refitted), and name the released tested part. The share of windows that
are named right is averaged over people.
"""

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from bench.protocols import TUTORIAL, Parts
from bench.provenance import this_run
from data.load import load
from data.recordings import Recordings
from data.splits import SplitSettings, cut_by_time
from data.windows import Windows, concatenate
from synth.audit.models.features import features
from synth.audit.reidentification.base import Naming, Reidentification, Scenario
from synth.audit.reidentification.convnet import ConvnetReidentification
from synth.audit.reidentification.forest import ForestReidentification
from synth.audit.stats import Estimate, macro_f1
from synth.audit.utility.forest import ForestUtility
from synth.core.learner import PRESETS, preset
from synth.core.run_context import RunContext
from synth.mechanisms.aae.aae import AnonymisingAutoencoder
from synth.mechanisms.aae.censoring import CensoringAutoencoder
from synth.mechanisms.base import Mechanism
from synth.mechanisms.rules.fft_resampling import FftResampling
from synth.mechanisms.rules.noise import Noise
from synth.mechanisms.rules.ssa import SingularSpectrum
from synth.mechanisms.standin.standin import StandIn

THOROUGH = ConvnetReidentification().for_effort("thorough")
RAW = "raw"
MEASURES = ("activity macro-F1", "re-identification static", "re-identification refitted")
ACTIVITY, STATIC, REFITTED = MEASURES
# Of 24 people (MotionSense): activity macro-F1 on what is released of people left out, re-identification accuracy.
PUBLISHED = {
    RAW: {ACTIVITY: "92.5", STATIC: "96.2"},
    "ssa-1": {ACTIVITY: "87.4", STATIC: "16.1", REFITTED: "83.7"},
    "ssa-2": {ACTIVITY: "89.6", STATIC: "34.1", REFITTED: "88.5"},
    "fft-10": {ACTIVITY: "91.1", STATIC: "31.1", REFITTED: "86.8"},
    "fft-5": {ACTIVITY: "88.0", STATIC: "13.5", REFITTED: "64.4"},
    "aae": {ACTIVITY: "92.9", STATIC: "7.0", REFITTED: "74-79"},
    "censoring": {ACTIVITY: "91.5", STATIC: "15.9"},
}


@dataclass(frozen=True)
class Figure:
    """One number of the table.

    Attributes:
        mechanism: Name of what made the release.
        measure: What is measured.
        by: Who measures, or on what.
        estimate: Share in [0, 1] with its interval over people.
    """

    mechanism: str
    measure: str
    by: str
    estimate: Estimate


def comparison(effort: str) -> dict[str, Mechanism | None]:
    """Return what is compared, by name; networks as in one of the presets."""
    return {
        RAW: None,
        "ssa-1": SingularSpectrum(components=1),
        "ssa-2": SingularSpectrum(components=2),
        "fft-10": FftResampling(target_hz=10.0),
        "fft-5": FftResampling(target_hz=5.0),
        "noise": Noise(),
        "standin": StandIn(),
        "aae": preset(AnonymisingAutoencoder, effort),
        "censoring": preset(CensoringAutoencoder, effort),
    }


def parted(windows: Windows, by: str) -> Scenario:
    """Return recorded windows of the people of whom there is something to learn from and to test on."""
    parts = TUTORIAL.parts(windows) if by == "protocol" else Parts(*cut_by_time(windows), by="time")
    scene = Scenario("recorded", parts.by, windows.take(parts.learnt), windows.take(parts.tested))
    return scene.of_common_people()


def released(mechanism: Mechanism | None, recorded: Scenario, left_out: np.ndarray, *, seed: int) -> Scenario:
    """Fit to the learnt part of all but the people left out, and release both parts of everybody."""
    if mechanism is None:
        return recorded
    members = recorded.known.take(~np.isin(recorded.known.subject, left_out))
    fitted = mechanism.fit(members, RunContext(seed))
    known, shown = (fitted.release(w, seed=seed).windows for w in (recorded.known, recorded.shown))
    return replace(recorded, known=known, shown=shown)


def activity_figures(
    name: str, made: Scenario, recorded: Scenario, left_out: np.ndarray, *, seed: int
) -> Iterator[Figure]:
    """Learn activities from a release and recognise them in people left out: in their release, and in truth."""
    whole = concatenate([made.known, made.shown])
    unseen = np.isin(whole.subject, left_out)
    learnt = whole.take(~unseen)
    taught = ForestUtility().classifier(features(learnt), learnt.activity, seed=seed)
    real = concatenate([recorded.known, recorded.shown])
    for where, windows in (("released", whole.take(unseen)), ("real", real.take(unseen))):
        called = taught.predict(features(windows))
        yield Figure(name, ACTIVITY, where, macro_f1(windows.activity, called, windows.subject, seed=seed))


def static_figures(
    attacker: Reidentification, made: Mapping[str, Scenario], recorded: Scenario, *, seed: int
) -> Iterator[Figure]:
    """Learn from recordings once, and name the tested part of every release."""
    shown = concatenate([scene.shown for scene in made.values()])
    told = attacker.name(recorded.known, shown, RunContext(seed))
    for name, evidence, subject in zip(
        made, np.split(told.evidence, len(made)), np.split(told.subject, len(made)), strict=True
    ):
        estimate = Naming(evidence, subject, told.people).top(1)
        yield Figure(name, STATIC, attacker.attacker, estimate)


def measure(
    made: Mapping[str, Scenario],
    recorded: Scenario,
    left_out: np.ndarray,
    attackers: Sequence[Reidentification],
    *,
    seed: int,
) -> Iterator[Figure]:
    """Yield every figure of every release."""
    for name, scene in made.items():
        yield from activity_figures(name, scene, recorded, left_out, seed=seed)
    for attacker in attackers:
        yield from static_figures(attacker, made, recorded, seed=seed)
        for name, scene in made.items():
            if scene is recorded:  # there the refitted attacker is the static one
                continue
            estimate = attacker.name(scene.known, scene.shown, RunContext(seed)).top(1)
            yield Figure(name, REFITTED, attacker.attacker, estimate)


def table(figures: Sequence[Figure]) -> pd.DataFrame:
    """Return one row a mechanism: percentages with 95 % intervals, and the published ones beside."""
    rows: dict[str, dict[str, str]] = {}
    for figure in figures:
        row = rows.setdefault(figure.mechanism, {})
        row[f"{figure.measure}, {figure.by}"] = _percent(figure.estimate)
    for name, row in rows.items():
        for measured in MEASURES:
            row[f"{measured}, published"] = PUBLISHED.get(name, {}).get(measured, "-")
    frame = pd.DataFrame.from_dict(rows, orient="index").fillna("-")
    order = sorted(frame.columns, key=lambda c: (MEASURES.index(c.split(", ")[0]), c.endswith("published")))
    return frame[order].rename_axis("mechanism").reset_index()


def _percent(estimate: Estimate) -> str:
    return f"{100 * estimate.value:.1f} [{100 * estimate.low:.0f}-{100 * estimate.high:.0f}]"


def main() -> None:
    options = _options()
    recordings = _restricted(load(options.data), options.activities)
    windows = TUTORIAL.windows(recordings)
    recorded = parted(thinned(windows, options.thin), options.split)
    if len(recorded.known.subjects) < 3:
        raise SystemExit("Fewer than three people have windows on both sides of the split.")
    left_out = people_left_out(recorded.known.subjects, seed=options.seed)
    print(_opening(recordings.name, len(windows), recorded, left_out, options), flush=True)
    offered, made = comparison(options.preset), {}
    figures: list[Figure] = []
    with threadpool_limits(1, user_api="blas"):
        for name in options.mechanisms:
            began = time.perf_counter()
            made[name] = released(offered[name], recorded, left_out, seed=options.seed)
            print(f"made: {name} in {time.perf_counter() - began:.0f} s", flush=True)
        attackers = _attackers(options.networks, options.updates)
        for figure in measure(made, recorded, left_out, attackers, seed=options.seed):
            figures.append(figure)
            print(
                ", ".join((figure.mechanism, figure.measure, figure.by, _percent(figure.estimate))),
                flush=True,
            )
    found = table(figures)
    if options.out:
        found.to_csv(options.out, index=False)
    print(f"\n{this_run('bench.tutorial', options.seed)}\n")
    for row in [found.columns, ["---"] * found.shape[1], *found.to_numpy()]:
        print("|", " | ".join(row), "|")


def thinned(windows: Windows, k: int) -> Windows:
    """Return every k-th window of each series, beginning with the first."""
    return windows.take(windows.start // TUTORIAL.stride % k == 0)


def people_left_out(people: Sequence[str], *, seed: int) -> np.ndarray:
    """Draw the people that no mechanism and no classifier of activities learns from; at least one."""
    n_left_out = max(1, round(SplitSettings().held_out * len(people)))
    return np.random.default_rng(seed).choice(people, n_left_out, replace=False)


def _opening(
    name: str, n_cut: int, recorded: Scenario, left_out: np.ndarray, options: argparse.Namespace
) -> str:
    """Say what the figures rest on."""
    people = recorded.known.subjects
    return (
        f"{name}: {len(people)} people (guessing names {100 / len(people):.1f} %), "
        f"{', '.join(recorded.known.activities)}\n"
        f"{n_cut:,} windows of {TUTORIAL.n_timesteps} samples at stride {TUTORIAL.stride}; mechanisms and attackers "
        f"use 1 in {options.thin} (published: all)\n"
        f"by {recorded.unit}: {len(recorded.known):,} learnt from, {len(recorded.shown):,} tested; "
        f"left out for activities: {', '.join(sorted(left_out))}\n"
        f"networks of mechanisms: {options.preset}; attacking networks: {options.networks}, {options.updates} "
        f"updates each; seed {options.seed}"
    )


def _attackers(n_networks: int, n_updates: int) -> list[Reidentification]:
    network = ConvnetReidentification(n_updates=n_updates, n_seeds=n_networks, tiers=None)
    return [ForestReidentification(), *([network] if n_networks else [])]


def _restricted(recordings: Recordings, activities: Sequence[str] | None) -> Recordings:
    if not activities:
        return recordings
    unknown = sorted(set(activities) - set(recordings.activities))
    if unknown:
        known = ", ".join(recordings.activities)
        raise SystemExit(f"The recordings have no {', '.join(unknown)}. They have: {known}")
    rows = recordings.samples["activity"].isin(activities).to_numpy()
    return replace(recordings, samples=recordings.samples[rows].reset_index(drop=True))


def _options() -> argparse.Namespace:
    names = list(comparison("quick"))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="sample", help="sample, or a file")
    parser.add_argument("--activities", nargs="+", help="only these; all by default")
    parser.add_argument("--mechanisms", nargs="+", choices=names, default=names)
    parser.add_argument("--preset", choices=list(PRESETS), default="quick", help="of aae and censoring")
    parser.add_argument(
        "--split", choices=["protocol", "time"], default="protocol", help="time: never by trial"
    )
    parser.add_argument(
        "--thin", type=int, default=1, metavar="K", help="use every K-th window of each series"
    )
    parser.add_argument(
        "--networks", type=int, default=1, help="attacking networks that vote; 0: forest only"
    )
    parser.add_argument("--updates", type=int, default=THOROUGH.n_updates, help="of each attacking network")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="write the table as CSV")
    options = parser.parse_args()
    if options.thin < 1:
        parser.error("--thin must be at least 1")
    return options


if __name__ == "__main__":
    main()
