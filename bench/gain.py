"""GAIN beside its baselines: errors on held-out gaps, spread, realism, the time to fit, the time to fill.

python -m bench.gain                      windows of the sample, 2.56 s, split with seed 0
python -m bench.gain --file hapt.parquet  other recordings (columns subject, activity, trial, t, ...)
python -m bench.gain --table              Breast cancer table, a fifth missing, as in the GAIN paper
"""

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from bench.gaps import Gap, Judge, by_forest, by_network, seam_steps, told_apart
from bench.provenance import this_run
from data.recordings import Recordings
from data.sample import load_sample
from data.splits import Split, split_windows
from data.windows import Windows, cut_windows
from synth.core.learner import preset
from synth.core.run_context import RunContext
from synth.imputers.base import FittedImputer, Imputer
from synth.imputers.comparison import N_DRAWS, compare, comparison_masks
from synth.imputers.cubic import CubicInterpolation
from synth.imputers.draw_mode import LikelyImputer
from synth.imputers.gain.gain import GAIN
from synth.imputers.gain.scaling import MinMax
from synth.imputers.iterative import Iterative
from synth.imputers.linear import LinearInterpolation
from synth.imputers.mean import ChannelMean
from synth.imputers.nearest import NearestWindow
from synth.imputers.tables import TableImputer, complete_table

JUDGES: Mapping[str, Judge] = {"forest": by_forest, "network": by_network}


def main() -> None:
    arguments = _arguments()
    if arguments.table:
        _compare_on_table(arguments.seeds)
        return
    windows = cut_windows(load_sample() if arguments.file is None else _read(arguments.file))
    split = split_windows(windows, seed=0)
    print(this_run("bench.gain", seed=0))
    print(f"{len(split.fit)} windows to fit, {len(split.fresh)} fresh, {len(split.unseen)} of unseen people")
    learners = {
        "GAIN": preset(GAIN, arguments.preset),
        "linear": LinearInterpolation(),
        "cubic": CubicInterpolation(),
        "nearest": NearestWindow(),
        "mean": ChannelMean(),
        "iterative": Iterative(),
    }
    fitted = {name: _fit(name, learner, split.fit) for name, learner in learners.items()}
    _time_filling(fitted, split)
    for part in ("fresh", "unseen"):
        print(f"\n{part}\n{_error_table(fitted, getattr(split, part), split.fit)}")
    _print_draws(fitted["GAIN"], split.unseen, split.fit)
    _print_realism(fitted, split.unseen, arguments.judges)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--file", type=Path, help="Parquet file with tidy recordings at 50 Hz")
    parser.add_argument("--table", action="store_true", help="compare on scikit-learn's Breast cancer table")
    parser.add_argument("--preset", default="quick", choices=["quick", "balanced", "thorough"])
    parser.add_argument("--seeds", type=int, default=10, help="repetitions on the table")
    parser.add_argument("--judges", nargs="*", default=list(JUDGES), choices=list(JUDGES), help="of realism")
    return parser.parse_args()


def _read(path: Path) -> Recordings:
    frame = pd.read_parquet(path).astype({"subject": str, "activity": str, "trial": str})
    labels = [name for name in ("subject", "activity", "trial", "bout") if name in frame]
    channels = tuple(name for name in frame.columns if name not in (*labels, "t"))
    frame["series"] = frame[labels].astype(str).agg("/".join, axis=1)
    frame = frame.sort_values(["series", "t"], kind="stable", ignore_index=True)
    samples = frame[["subject", "activity", "trial", "series", "t", *channels]]
    return Recordings(
        path.stem, samples.astype(dict.fromkeys(channels, np.float32)), 50.0, channels, ("",) * len(channels)
    )


def _fit(name: str, learner: Imputer, train: Windows) -> FittedImputer:
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    fitted = learner.fit(train, RunContext(0))
    cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
    rounds = [entry["held-out loss"] for entry in fitted.history]
    best = (
        f", best of {len(rounds)} rounds: {int(np.argmin(rounds)) + 1} ({min(rounds):.4f})" if rounds else ""
    )
    print(f"fit {name}: {cpu_s:.1f} CPU-s, {wall_s:.1f} s{best}")
    return fitted


def _time_filling(fitted: dict[str, FittedImputer], split: Split) -> None:
    values = split.fit.values[:100]
    mask = np.ones(values.shape, dtype=bool)
    mask[:, 40:65] = False
    for name, imputer in fitted.items():
        imputer.impute(values, mask, seed=0)
        wall_s = time.perf_counter()
        imputer.impute(values, mask, seed=0)
        print(f"fill 100 windows, warm, {name}: {time.perf_counter() - wall_s:.3f} s")


def _print_draws(imputer: FittedImputer, windows: Windows, yardstick: Windows) -> None:
    """Say how often the truth lies between the 5th and 95th percentile of 40 draws, and how far a draw is from it.

    The band should hold 90 %; a draw of the true distribution errs by the square root of two times what the mean does.
    """
    windows = windows.take(np.random.default_rng(0).permutation(len(windows))[:400])
    span = MinMax.of(yardstick.values).span
    for kind, mask in comparison_masks(windows.values.shape, seed=0).items():
        draws = imputer.impute(windows.values, mask, n_draws=40, seed=0)
        low, high = np.quantile(draws, [0.05, 0.95], axis=0)
        inside = ((windows.values >= low) & (windows.values <= high))[~mask]
        guesses = {"their mean": draws.mean(axis=0), "one draw": draws[0]}
        off = {
            name: np.sqrt(np.mean(((x - windows.values) / span)[~mask] ** 2)) for name, x in guesses.items()
        }
        errors = ", ".join(f"{name} {error:.4f}" for name, error in off.items())
        print(f"40 draws, {kind}: 90 % band holds {inside.mean():.1%}; RMSE of {errors}")


def _print_realism(fitted: dict[str, FittedImputer], windows: Windows, judges: Sequence[str]) -> None:
    """Print how well filled spans of unseen people are told from real ones, and how large steps at seams are."""
    gap = Gap.of(windows)
    spans = {
        "real (control)": windows.values,
        "GAIN, likely course": gap.filled(LikelyImputer(fitted["GAIN"])),
    }
    spans |= {name: gap.filled(fitted[name]) for name in ("GAIN", "nearest", "cubic", "linear")}
    for name, filled in spans.items():
        told = ", ".join(f"{judge} {told_apart(gap, filled, JUDGES[judge]):.1%}" for judge in judges)
        median, high = seam_steps(gap, filled)
        print(
            f"realism, {name}: {told}; steps at seams: median {median:.0f}th, 95 in 100 below "
            f"{high:.1f}th percentile of real steps",
            flush=True,
        )


def _error_table(fitted: dict[str, FittedImputer], windows: Windows, yardstick: Windows) -> str:
    errors = compare(fitted, windows, seed=0, yardstick=yardstick)
    frame = pd.DataFrame([vars(error) for error in errors])
    frame["text"] = [f"{e.rmse:.4f} [{e.low:.4f}, {e.high:.4f}]" for e in errors]
    table = frame.pivot(index="kind_of_gap", columns="imputer", values="text")[list(fitted)]
    return f"(interval over {errors[0].n} {errors[0].unit})\n{table.to_string()}"


def _compare_on_table(n_seeds: int) -> None:
    from sklearn.datasets import load_breast_cancer

    table = load_breast_cancer().data
    scale = MinMax.of(table)
    learners: dict[str, TableImputer] = {
        "GAIN as published (alpha 100, 10,000 iterations at most)": GAIN(
            network="dense", iterations=10_000, alpha=100.0, error_on="known", patience=40
        ),
        "mean": ChannelMean(),
        "iterative (all columns, 10 rounds)": Iterative(n_nearest=table.shape[1], rounds=10),
    }
    for name, learner in learners.items():
        cpu_s = time.process_time()
        errors = [_table_error(learner, table, scale, seed) for seed in range(n_seeds)]
        cpu_s = (time.process_time() - cpu_s) / n_seeds
        print(f"{name}: {np.mean(errors):.4f} +- {np.std(errors):.4f}, {cpu_s:.1f} CPU-s a run")


def _table_error(learner: TableImputer, table: np.ndarray, scale: MinMax, seed: int) -> float:
    holes = np.random.default_rng(seed).random(table.shape) < 0.2
    holed = np.where(holes, np.nan, table)
    filled = complete_table(learner, holed, seed=seed, n_draws=N_DRAWS).mean(axis=0)
    return float(np.sqrt(np.mean((scale.to_unit(filled) - scale.to_unit(table))[holes] ** 2)))


if __name__ == "__main__":
    main()
