"""SenseGen's claim, with its own judge: a computer tells what it writes from real movement in about 50 of 100 cases.

python -m bench.sensegen_claim --data sample|FILE [--channel NAME] [--preset quick]

Three generators of one axis - as published, as it is here, and none at all (real windows with scrambled phases, which
every judge must catch) - and other real windows, which none must catch, before four judges: the published LSTM, which
reads one sample after another, the same reading several at once, a forest on features, and a patient convolutional
network. Prints a table; guessing is 50.
"""

import argparse
import time
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from bench.provenance import this_run
from data.load import load
from data.release import Release
from data.splits import Split, split_windows
from data.windows import Windows, WindowSettings, cut_windows
from synth.audit.discriminator.base import Discriminator
from synth.audit.discriminator.convnet import ConvnetDiscriminator
from synth.audit.discriminator.forest import ForestDiscriminator
from synth.audit.discriminator.lstm import LstmDiscriminator
from synth.audit.models.phase_surrogates import phase_randomised
from synth.core.learner import PRESETS, preset
from synth.core.run_context import RunContext
from synth.mechanisms.sensegen.sensegen import SenseGen

PUBLISHED = {
    "conditional": False,
    "channels_jointly": False,
    "style_first": False,
    "samples_per_step": 1,
    "mixtures": 24,
    "layers": 1,  # of the published notebooks; the paper has three
    "temperature": 1.0,
    "strength_change": 0.0,
    "pace_change": 0.0,
    "turn_deg": 0.0,
}


def judges(n_timesteps: int) -> dict[str, Discriminator]:
    """Return who tells written windows from real ones, by name."""
    return {
        "LSTM as published": LstmDiscriminator(max_steps=n_timesteps),
        "LSTM, several samples a step": LstmDiscriminator(),
        "forest on features": ForestDiscriminator(),
        "convolutional network": ConvnetDiscriminator().for_effort("thorough"),
    }


def shown(split: Split, effort: str, *, seed: int) -> Mapping[str, Windows]:
    """Return windows that are to be told from real ones, by what they are."""
    generators = {
        "SenseGen as published": replace(preset(SenseGen, effort), **PUBLISHED),
        "SenseGen as it is here": preset(SenseGen, effort),
    }
    made = {}
    for name, generator in generators.items():
        began = time.perf_counter()
        fitted = generator.fit(split.fit, RunContext(seed))
        made[name] = fitted.release(split.fit, seed=seed).windows
        print(
            f"{name}: {len(fitted.history)} rounds in {time.perf_counter() - began:.0f} s, held-out loss "
            f"{fitted.history[0]['held-out loss']:.2f} -> {min(h['held-out loss'] for h in fitted.history):.2f}",
            flush=True,
        )
    scrambled = split.fit.with_values(phase_randomised(split.fit.values, seed=seed))
    return {**made, "real, phases scrambled (control)": scrambled, "other real ones (control)": split.fit}


def main() -> None:
    options = _options()
    recordings = load(options.data)
    channel = options.channel or recordings.channels[0]
    if channel not in recordings.channels:
        raise SystemExit(
            f"The recordings have no channel {channel}. They have: {', '.join(recordings.channels)}"
        )
    windows = cut_windows(recordings, WindowSettings())
    split = split_windows(_of_channel(windows, channel), seed=options.seed)
    print(
        f"{recordings.name}, {channel}: {len(split.fit):,} windows of {windows.n_timesteps} samples",
        flush=True,
    )
    with threadpool_limits(1, user_api="blas"):
        made = shown(split, options.preset, seed=options.seed)
        called = judges(windows.n_timesteps)
        print(f"{this_run('bench.sensegen_claim', options.seed)}\n", flush=True)
        print("| distinguished from real |", " | ".join(called), "|")
        print("| ---" * (1 + len(called)), "|")
        for name, windows_shown in made.items():
            release = Release(name, windows_shown)
            cells = [
                _percent(*judge.run(split, release, RunContext(options.seed))) for judge in called.values()
            ]
            print("|", " | ".join([name, *cells]), "|", flush=True)


def _of_channel(windows: Windows, channel: str) -> Windows:
    k = windows.channels.index(channel)
    return replace(
        windows,
        values=np.ascontiguousarray(windows.values[..., [k]]),
        channels=(channel,),
        units=(windows.units[k],),
    )


def _percent(result) -> str:
    return "-" if result.value is None else result.figure


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="sample", help="sample, or a file")
    parser.add_argument("--channel", help="which axis; the first by default")
    parser.add_argument("--preset", choices=list(PRESETS), default="quick")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
