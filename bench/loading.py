"""How fast recordings come in: python -m bench.loading [--rows 10_000_000] [--files 4500] [--people 1] [--only NAME]

Every case runs in a process of its own, so that its peak memory is its own.

Goals: Parquet 1,000,000 rows a second, CSV 300,000, 4,500 small files (450 MB) under 60 s, ten million
samples loaded, checked and cut in under 20 s and 3 GB. A week of one ActiGraph at 100 Hz (60 million samples) in
under 90 s of processor time and 1.5 GB, of 20 people in under 3 GB.
"""

import argparse
import io
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

CHANNELS = ["acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"]
CASES = ("parquet", "csv", "files", "week")
WEEK_S, WEEK_HZ = 7 * 24 * 3600, 100


def table(n_rows: int, n_people: int = 30, n_activities: int = 6, rate_hz: float = 50.0) -> pd.DataFrame:
    """Make a tidy table of random walks."""
    rng = np.random.default_rng(0)
    n_series = n_people * n_activities
    length = n_rows // n_series
    series = np.repeat(np.arange(n_series), length)
    frame = pd.DataFrame(rng.normal(size=(len(series), 6)).astype(np.float32).round(4), columns=CHANNELS)
    frame.insert(0, "t", np.tile(np.arange(length) / rate_hz, n_series).round(3))
    frame.insert(
        0, "activity", np.array([f"activity {i}" for i in range(n_activities)])[series % n_activities]
    )
    frame.insert(0, "subject", np.array([f"P{i:02d}" for i in range(n_people)])[series // n_activities])
    return frame


def write_case(case: str, folder: Path, n_rows: int, n_files: int, n_people: int) -> Path:
    """Write the files of one case."""
    if case == "week":
        return weeks(folder / "weeks", n_people)
    if case == "parquet":
        table(n_rows).to_parquet(folder / "big.parquet")
        return folder / "big.parquet"
    if case == "csv":
        table(min(n_rows, 3_000_000)).to_csv(folder / "big.csv", index=False)
        return folder / "big.csv"
    return sisfall_like(folder / "SisFall_dataset.zip", n_files)


def sisfall_like(path: Path, n_files: int) -> Path:
    """Write a ZIP of small text files as SisFall has them: 200 Hz, nine whole numbers a line, 100 KB each."""
    rng = np.random.default_rng(0)
    activities = [f"D{i:02d}" for i in range(1, 20)] + [f"F{i:02d}" for i in range(1, 16)]
    lines = [",".join(f"{v:4d}" for v in row) + ";" for row in rng.integers(-999, 999, (2500, 9))]
    text = "\n".join(lines) + "\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(n_files):
            person, rest = divmod(number, len(activities) * 4)
            activity, trial = activities[rest // 4], rest % 4 + 1
            who = f"SA{person + 1:02d}"
            shifted = text[number % 997 * 20 :].partition("\n")[2]
            archive.writestr(f"SisFall_dataset/{who}/{activity}_{who}_R{trial:02d}.txt", shifted)
    return path


def weeks(folder: Path, n_people: int) -> Path:
    """Write a week of one ActiGraph for each person, taken off for eight hours every night."""
    from tests.data.readers.formats.devices import gt3x

    folder.mkdir()
    rng = np.random.default_rng(0)
    moving = rng.normal((0, 0, 256), 80, (WEEK_HZ * 3600, 3)).astype(np.int16)
    lying = rng.normal((0, 256, 0), 1, (WEEK_HZ * 3600, 3)).astype(np.int16)
    week = np.concatenate([lying if hour % 24 < 8 else moving for hour in range(WEEK_S // 3600)])
    with zipfile.ZipFile(io.BytesIO(gt3x(week, WEEK_HZ, gap_s=3600))) as first:
        log, info = first.read("log.bin"), first.read("info.txt").decode()
    for number in range(n_people):
        path = folder / f"P{number:02d}_free-living.gt3x"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("log.bin", log)
            archive.writestr("info.txt", info.replace("Subject Name: P07", f"Subject Name: P{number:02d}"))
    return folder


def load_and_cut(path: Path) -> None:
    """Load, check and cut, and print seconds a step and the peak of memory."""
    from data.ingest.column_mapping import guess_mapping
    from data.ingest.convert import to_recordings
    from data.readers import read_table
    from data.windows import cut_windows

    began = time.perf_counter()
    read = read_table(path)
    after_reading = time.perf_counter()
    recordings = to_recordings(read, guess_mapping(read))
    after_checking = time.perf_counter()
    windows = cut_windows(recordings)
    done = time.perf_counter()
    n, total = len(recordings.samples), done - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    peak_gb = used.ru_maxrss / 2**20
    print(
        f"{path.name:22} {n:>11,} samples {len(windows):>8,} windows | read {after_reading - began:5.1f} s, "
        f"check {after_checking - after_reading:5.1f} s, cut {done - after_checking:4.1f} s | "
        f"{n / (after_checking - began):>11,.0f} rows/s | peak {peak_gb:.1f} GB, total {total:.1f} s, "
        f"processor {used.ru_utime + used.ru_stime:.1f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--files", type=int, default=4_500)
    parser.add_argument("--people", type=int, default=1, help="of the case week")
    parser.add_argument("--only", choices=CASES)
    parser.add_argument("--load", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load is not None:
        load_and_cut(options.load)
        return
    for case in [options.only] if options.only else CASES:
        with tempfile.TemporaryDirectory() as folder:
            # In a process of its own, whose memory the next one would otherwise seem to have needed.
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as writer:
                arguments = Path(folder), options.rows, options.files, options.people
                path = writer.submit(write_case, case, *arguments).result()
            subprocess.run([sys.executable, "-m", "bench.loading", "--load", str(path)], check=True)


if __name__ == "__main__":
    main()
