"""Time an audit in processor seconds, attack by attack: on real data once a data set, and once a release.

python -m bench.audit [--data sample] [--effort quick] [--windows 30000] [--released 1000]
    [--question copies]
"""

import argparse
import resource
import time
from dataclasses import replace

import numpy as np

from data.load import load
from data.release import Release
from data.splits import Split, split_windows
from data.windows import Windows, cut_windows
from synth.audit.attack import attacks
from synth.audit.audit import attack_once
from synth.core.run_context import RunContext


def repeated(windows: Windows, n: int) -> Windows:
    """Return at least `n` windows: the same ones again, a little changed, of other people."""
    copies = -(-n // len(windows))
    if copies <= 1:
        return windows
    rng = np.random.default_rng(0)
    index = np.tile(np.arange(len(windows)), copies)
    number = np.repeat(np.arange(copies), len(windows)).astype(str)
    many = windows.take(index)
    noise = 0.1 * windows.values.std(axis=(0, 1)) * rng.standard_normal(many.values.shape, dtype=np.float32)
    return replace(
        many.with_values(many.values + noise),
        subject=np.char.add(np.char.add(many.subject, " "), number),
        series=np.char.add(np.char.add(many.series, " "), number),
    )


def noisy(split: Split) -> Release:
    rng = np.random.default_rng(0)
    spread = split.fit.values.std(axis=(0, 1))
    values = split.fit.values + 0.5 * spread * rng.standard_normal(split.fit.values.shape)
    return Release("noise", split.fit.with_values(values), np.arange(len(split.fit)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="sample")
    parser.add_argument("--effort", default="quick")
    parser.add_argument("--windows", type=int, default=0, help="repeat the data up to so many windows")
    parser.add_argument(
        "--released", type=int, help="how many windows the release has; as many as were used by default"
    )
    parser.add_argument("--question", help="time the attacks of this question only")
    options = parser.parse_args()
    split = split_windows(repeated(cut_windows(load(options.data)), options.windows), seed=0)
    release = noisy(split)
    if options.released is not None:
        kept = np.arange(len(release.windows))[: options.released]
        release = Release(release.name, release.windows.take(kept), kept)
    print(
        f"{len(split.fit):,} windows to learn from, {len(split.fresh):,} fresh, {len(split.unseen):,} unseen"
    )
    totals = np.zeros(2)
    for attack in attacks(options.effort):
        if options.question not in (None, attack.question):
            continue
        if attack.obstacle(split) or not attack.applies_to(release):
            continue
        began = time.process_time()
        baseline = attack_once(attack, split, None, RunContext(0))
        between = time.process_time()
        calibrated = attack.calibrated(getattr(baseline, "calibration", None))
        attack_once(calibrated, split, release, RunContext(0))
        took = np.array([between - began, time.process_time() - between])
        totals += took
        print(
            f"{attack.question:17} {attack.attacker:34} real data {took[0]:6.1f} s   release {took[1]:6.1f} s",
            flush=True,
        )
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"together: real data {totals[0]:.1f} s, release {totals[1]:.1f} s; peak memory {peak_mb:.0f} MB")


if __name__ == "__main__":
    main()
