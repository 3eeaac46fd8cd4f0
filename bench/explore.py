"""Time the whole what-if from a shell: cold, and again from the store.

python -m bench.explore [--data sample] [--mechanism all]
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def timed(command: list[str]) -> tuple[float, float]:
    """Run a command and return wall seconds and CPU seconds of it and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="sample")
    parser.add_argument("--mechanism", default="all")
    parser.add_argument("--preset", default="quick")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "synth", "explore", "--data", options.data]
        command += ["--mechanism", options.mechanism, "--preset", options.preset]
        command += ["--store", str(Path(folder) / "store"), "--out", str(Path(folder) / "out")]
        for what in ("cold", "from the store"):
            wall, cpu = timed(command)
            print(f"explore {options.data}, {options.mechanism}, {what}: {wall:.1f} s wall, {cpu:.1f} s CPU")
        peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"peak memory of the process: {peak_mb:.0f} MB")


if __name__ == "__main__":
    main()
