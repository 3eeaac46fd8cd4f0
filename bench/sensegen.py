"""What SenseGen costs: CPU seconds an epoch, and seconds for 1,000 windows. Prints; asserts nothing.

python -m bench.sensegen --threads 1
"""

import argparse
import time

import numpy as np
import pandas as pd

from data.windows import Windows
from synth.core.run_context import Progress, RunContext
from synth.keras_support.tensorflow_backend import tensorflow
from synth.mechanisms.sensegen.sensegen import SenseGen

CHANNELS = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
N_ACTIVITIES = 7
WINDOWS_A_SERIES = 20


def main() -> None:
    options = _options()
    _limit_threads(options.threads)
    windows = smooth_windows(options.windows)
    clock = EpochClock()
    settings = SenseGen(
        samples_per_step=options.samples_per_step,
        batch_size=options.batch_size,
        epochs=options.epochs + 1,
        patience=options.epochs + 1,
    )
    fitted = settings.fit(windows, RunContext(0, clock))
    print(f"{options.windows} windows of {windows.values.shape[1:]}, {options.threads} thread(s)")
    print(f"training: {clock.cpu_seconds_an_epoch():.2f} CPU seconds an epoch (held-out loss included)")
    activities = np.resize(windows.activity, 1000)
    fitted.sample(activities, seed=0)
    began, began_cpu = time.perf_counter(), time.process_time()
    fitted.sample(activities, seed=1)
    wall, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    print(f"sampling: {wall:.2f} s for 1,000 windows, warm ({cpu:.2f} CPU seconds)")


class EpochClock:
    """Notes the process's CPU time after every epoch; the first one traces and is left out."""

    def __init__(self) -> None:
        self._marks: list[float] = []

    def __call__(self, progress: Progress) -> None:
        self._marks.append(time.process_time())

    def cpu_seconds_an_epoch(self) -> float:
        return float(np.mean(np.diff(self._marks)))


def smooth_windows(n: int, n_timesteps: int = 128) -> Windows:
    """Make windows of low-pass noise: real-looking spectra, nobody's movement."""
    rng = np.random.default_rng(0)
    spectrum = rng.normal(size=(n, n_timesteps // 2 + 1, len(CHANNELS), 2)) @ [1, 1j]
    spectrum /= (1 + np.arange(n_timesteps // 2 + 1))[:, None]
    values = np.fft.irfft(spectrum, n_timesteps, axis=1)
    series = np.arange(n) // WINDOWS_A_SERIES
    return Windows(
        values=(values / values.std()).astype(np.float32),
        activity=np.char.add("activity ", (series % N_ACTIVITIES).astype(str)),
        subject=np.char.add("P", (series // N_ACTIVITIES % 10).astype(str)),
        series=series.astype(str),
        trial=np.full(n, ""),
        start=np.arange(n) % WINDOWS_A_SERIES * n_timesteps,
        rate_hz=50.0,
        channels=CHANNELS,
        units=("g",) * 3 + ("rad/s",) * 3,
        attributes=pd.DataFrame(),
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--windows", type=int, default=2000)
    parser.add_argument("--epochs", type=int, default=3, help="timed epochs, after one that traces")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--samples-per-step", type=int, default=SenseGen.samples_per_step)
    parser.add_argument("--batch-size", type=int, default=SenseGen.batch_size)
    return parser.parse_args()


def _limit_threads(n_threads: int) -> None:
    tf = tensorflow(seed=0)
    tf.config.threading.set_intra_op_parallelism_threads(n_threads)
    tf.config.threading.set_inter_op_parallelism_threads(n_threads)


if __name__ == "__main__":
    main()
