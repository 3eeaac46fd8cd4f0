"""Small results of everything that has a version, as figures: what `digests.json` holds, and how it is made anew.

After a result was changed on purpose, and the version of what changed was raised, write the new figures with
`python -m tests.golden.cases`. Figures of what has its version as before are left alone.
"""

import hashlib
import importlib
import json
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from data.release import Release
from data.splits import Split, split_windows
from data.windows import Windows, WindowSettings, cut_windows
from synth.audit.attack import Attack, attacks
from synth.audit.discriminator import stack
from synth.audit.discriminator.forest import ForestDiscriminator
from synth.audit.discriminator.random_kernels import KernelDiscriminator
from synth.audit.membership.gan import GanMembership
from synth.core.run_context import RunContext
from synth.editing.recipe import Recipe, RecipeStep
from synth.editing.replaying import replay
from synth.editing.selection import Selection
from synth.editing.transforms.base import transforms
from synth.imputers.base import Imputer, imputers
from synth.imputers.linear import LinearInterpolation
from synth.mechanisms.base import Mechanism, mechanisms
from synth.runs.generation_order import Order, fulfil
from tests.eager import eagerly
from tests.toy import make_recordings, make_split, make_windows

DIGESTS = Path(__file__).parent / "digests.json"
N_FIGURES = 48
MEMBERS = (
    ForestDiscriminator(),
    KernelDiscriminator(),
)  # of the stack: the networks have figures of their own
TINY = {"iterations": 2, "hidden": 8, "batch_size": 16, "n_nearest": 4, "rounds": 1}
Figures = Mapping[str, list[float] | str]


def cases() -> dict[str, tuple[int, Callable[[], list[float]]]]:
    """Return by name the version of everything that has one, and what works out its figures."""
    found = {
        "windows": (version_of("windows"), figures_of_windows),
        "split": (version_of("split"), figures_of_split),
        "orders": (version_of("orders"), figures_of_order),
        "corrections": (version_of("corrections"), figures_of_corrections),
    }
    for kind, mechanism in mechanisms().items():
        found[f"mechanism {kind}"] = (mechanism.version, lambda m=mechanism: figures_of_mechanism(m))
    for kind, imputer in imputers().items():
        found[f"imputer {kind}"] = (imputer.version, lambda i=imputer: figures_of_imputer(i))
    for attack in attacks():
        attack = attack.for_effort(attack.efforts[0])
        name = f"attack {attack.question}: {attack.attacker}"
        found[name] = (attack.version, lambda a=attack: figures_of_attack(a))
    return found


def version_of(name: str) -> int:
    from synth.runs.versions import of_program

    return of_program()[name]


def figures_of_windows() -> list[float]:
    """Cut recordings that count their samples: exact on every processor."""
    windows = cut_windows(_counting(), WindowSettings(1.6, 0.25))
    return [*windows.values.shape, *_some(windows.values), *_some(windows.start)]


def figures_of_split() -> list[float]:
    """Split windows that count their samples: exact on every processor."""
    split = split_windows(cut_windows(_counting(), WindowSettings(1.6, 0.25)), seed=4)
    parts = (split.fit, split.fresh, split.unseen)
    return [split.n_in_buffers, *(x for part in parts for x in (len(part), *_some(part.values[:, 0, 0])))]


def figures_of_mechanism(mechanism: type[Mechanism]) -> list[float]:
    """Fit a small one, and release the windows it learnt from."""
    from tests.synth.mechanisms.conftest import tiny

    windows = make_windows(2, 3, 14.0, 20.0, 3, 2, duration_s=1.5)
    with eagerly(mechanism.learns):
        release = tiny(mechanism).fit(windows, RunContext(3)).release(windows, seed=1)
    return [len(release.windows), *_some(release.windows.values)]


def figures_of_imputer(imputer: type[Imputer]) -> list[float]:
    """Fit a small one, and fill gaps in the windows it was fitted on."""
    windows = make_windows(n_channels=3, rate_hz=10.0, seconds_per_series=12.0)
    known = set(imputer.__dataclass_fields__)
    learner = imputer(**{k: v for k, v in TINY.items() if k in known})
    mask = np.random.default_rng(5).random(windows.values.shape) > 0.3
    with eagerly():
        filled = learner.fit(windows, RunContext(3)).impute(windows.values, mask, seed=0)
    return _some(filled[0][~mask])


def figures_of_order() -> list[float]:
    """Order series with another share of activities from a generator, and windows with real ones among them."""
    from tests.synth.runs.test_generation_order import Counting

    private = make_windows()
    model = Counting(private)
    series = fulfil(model, private, Order(n_windows=30, balance="equal", seconds=8.0)).windows
    mixed = fulfil(model, private, Order(n_windows=40, real_share=0.25, seed=2)).windows
    return [*_some(series.values), *_some(series.start), *_some(mixed.values)]


def figures_of_corrections() -> list[float]:
    """Replay one correction of every kind."""
    windows = make_windows(n_subjects=3, n_activities=2, seconds_per_series=14, duration_s=5.12)
    steps = [RecipeStep(Selection(activities=("act1",)), kind()) for _, kind in sorted(transforms().items())]
    release = Release("toy", windows, np.arange(len(windows)))
    recipe = Recipe.of(windows, steps, seed=1)
    fitted = LinearInterpolation().fit(windows, RunContext(0))
    return _some(replay(release, recipe, fitted, name="corrected").windows.values)


def figures_of_attack(attack: Attack) -> list[float]:
    """Attack a release that is a little noisy, and lacks some windows; with what the attacker gets on real data."""
    networks = ("convolutional", "LSTM", "a network", "stack", "discriminator of")
    is_network = attack.attacker.startswith(networks)
    if isinstance(attack, GanMembership):
        attack = replace(attack, n_updates=20)  # it trains for minutes, and says nothing about so few windows
    size = (
        {"n_subjects": 4, "n_activities": 2, "seconds_per_series": 24.0} if is_network else {"n_subjects": 9}
    )
    split = _attributed(make_split(**size, rate_hz=20.0, n_channels=3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stack, "members", lambda: MEMBERS)
        return _figures(attack, split)


def _figures(attack: Attack, split: Split) -> list[float]:
    evidence = attack.examine(split, _release(split.fit), RunContext(2))
    shown = np.array(list(_numbers(evidence.exhibits)) or [0.0])
    baseline = attack.reference(split, RunContext(2))
    numbers = [(r.value, r.low, r.high) for r in (*evidence.results, *baseline.ceilings)]
    numbers += [(c.value, c.low, c.high) for c in baseline.controls]
    figures = [-1.0 if x is None else float(x) for triple in numbers for x in triple]
    return [*figures, float(np.sqrt((shown**2).mean()))]


def worked_out(name: str) -> dict[str, Any]:
    """Return the entry of a case as it is now."""
    version, figures = cases()[name]
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch, threadpool_limits(1):
        patch.setenv("PENUMBRA_HOME", home)
        found = [round(float(x), 6) for x in figures()]
    digest = hashlib.sha256(json.dumps(found).encode()).hexdigest()[:16]
    return {"version": version, "digest": digest, "figures": found}


def processor() -> str:
    """Return what the last digits of floating-point results depend on: the processor, and what computes on it."""
    import sklearn
    import tensorflow as tf

    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = [platform.processor()]
    model = sorted(
        {line for line in lines if line.startswith(("model name", "flags", "model\t"))} or set(lines[:1])
    )
    blas = sorted({str(pool.get("architecture")) for pool in threadpool_info()})
    packages = [np.__version__, pd.__version__, sklearn.__version__, tf.__version__]
    return hashlib.sha256(json.dumps([model, blas, packages, sys.version_info[:2]]).encode()).hexdigest()[:16]


def _some(values: np.ndarray) -> list[float]:
    """Return figures that stand for many, spread over all of them."""
    flat = np.asarray(values, dtype=np.float64).ravel()
    return flat[np.linspace(0, len(flat) - 1, min(N_FIGURES, len(flat))).astype(int)].tolist()


def _numbers(exhibit: Any) -> Iterator[float]:
    """Yield the numbers among plain JSON values, whole ones left out: they count and name."""
    if isinstance(exhibit, float) and np.isfinite(exhibit):
        yield exhibit
    elif isinstance(exhibit, Mapping):
        for value in exhibit.values():
            yield from _numbers(value)
    elif isinstance(exhibit, list | tuple):
        for value in exhibit:
            yield from _numbers(value)


def _counting():
    recordings = make_recordings(
        n_subjects=5, n_activities=2, seconds_per_series=30, rate_hz=20, n_channels=3
    )
    samples = recordings.samples.copy()
    for number, name in enumerate(recordings.channels):
        samples[name] = (np.arange(len(samples)) + number).astype(np.float32)
    samples.loc[100:103, recordings.channels[0]] = np.nan
    return replace(recordings, samples=samples)


def _attributed(split: Split) -> Split:
    people = sorted({*split.fit.subjects, *split.unseen.subjects})
    table = pd.DataFrame({"gender": ["f" if i % 2 else "m" for i in range(len(people))]}, index=people)
    parts = {name: replace(getattr(split, name), attributes=table) for name in ("fit", "fresh", "unseen")}
    return replace(split, **parts)


def _release(windows: Windows) -> Release:
    rng = np.random.default_rng(8)
    kept = np.flatnonzero((np.arange(len(windows)) % 5 != 0) | (windows.activity != windows.activities[-1]))
    values = windows.values[kept] + rng.normal(0, 0.3, windows.values[kept].shape)
    return Release("noisy", windows.take(kept).with_values(values), kept, {"mechanism": {"kind": "noise"}})


def write() -> None:
    """Write the figures of everything that is new, or whose version was raised; the others stay as they are.

    Whether a result changed without a raised version is for the tests to say, on the processor it was worked out on.
    """
    known = json.loads(DIGESTS.read_text()) if DIGESTS.exists() else {}
    entries = {}
    for name, (version, _) in cases().items():
        entry = known.get(name)
        if entry is None or entry["version"] != version:
            entry = {**worked_out(name), "processor": processor()}
            print(f"{name}: written", file=sys.stderr, flush=True)
        entries[name] = entry
    DIGESTS.write_text(json.dumps(entries).replace(', "', ',\n  "') + "\n")


if __name__ == "__main__":
    importlib.import_module("tests.conftest")  # as in the tests, TensorFlow computes with one thread
    write()
