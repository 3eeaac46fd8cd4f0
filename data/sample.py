"""The real recordings bundled with the app: shoulder exercises recorded with a watch. Needs no network."""

import hashlib
import io
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.errors import RecordingError
from data.recordings import Finding, Recordings, samples_from_series

SHA256 = "eb122f23cdf06ef6bd6c6c5312958ec5cf9d038e2e6d457b8081662c75a42537"
RATE_HZ = 50.0
CHANNELS = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
UNITS = ("g", "g", "g", "rad/s", "rad/s", "rad/s")
EXERCISES = {
    "PEN": "pendulum",
    "ABD": "abduction",
    "FEL": "forward elevation",
    "IR": "internal rotation",
    "ER": "external rotation",
    "TRAP": "trapezius extension",
    "ROW": "upright row",
}
SIDES = {0: "left", 1: "right"}
REINSTALL = "Install it again with: pip install --force-reinstall --no-deps seglearn==1.2.5"


def load_sample() -> Recordings:
    """Load recordings of ten people performing seven shoulder exercises with either arm.

    Each person repeats each exercise about 20 times with each arm while a smartwatch records at 50 Hz:
    140 series, one per person, exercise and arm (the arm is the trial), 81 minutes in total.

    Returns:
        The recordings; acceleration in g, angular velocity in rad/s.

    Raises:
        RecordingError: If the file is missing or its checksum differs.

    References:
        Burns et al., Shoulder physiotherapy exercise recognition, arXiv:1802.01489. The file is part of
        the seglearn package (BSD 3-clause), whose documentation describes the sides.
    """
    content = _checked(_locate())
    # The file is a pickled object array; only the verified bytes are ever unpickled.
    stored = np.load(io.BytesIO(content), allow_pickle=True).item()
    return Recordings(
        name="Shoulder exercises (sample)",
        samples=_to_samples(stored),
        rate_hz=RATE_HZ,
        channels=CHANNELS,
        units=UNITS,
        findings=(_summary(stored),),
    )


def _locate() -> Path:
    # find_spec does not run the package: importing seglearn would load scikit-learn.
    spec = find_spec("seglearn")
    if spec is None or spec.origin is None:
        raise RecordingError(
            f"The sample recordings are missing because the package seglearn is not installed. {REINSTALL}"
        )
    return Path(spec.origin).parent / "data" / "watch_dataset.npy"


def _checked(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RecordingError(f"The sample recordings cannot be read from {path}. {REINSTALL}") from error
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise RecordingError(
            f"The sample recordings in {path} have an unexpected checksum, so they are not opened. "
            + REINSTALL
        )
    return content


def _to_samples(stored: dict[str, Any]) -> pd.DataFrame:
    series = pd.DataFrame(
        {
            "subject": [f"P{number:02d}" for number in stored["subject"]],
            "activity": [EXERCISES[stored["y_labels"][code]] for code in stored["y"]],
            "trial": [SIDES[int(side)] for side in stored["side"]],
        }
    )
    series["series"] = series["subject"] + "/" + series["activity"] + "/" + series["trial"]
    series = series.sort_values(["subject", "activity", "trial"])
    return samples_from_series(series, [stored["X"][i] for i in series.index], RATE_HZ, CHANNELS)


def _summary(stored: dict[str, Any]) -> Finding:
    n_rows = sum(len(values) for values in stored["X"])
    return Finding(
        severity="note",
        where="Shoulder exercises (sample)",
        found=f"{n_rows:,} rows read in {len(stored['X'])} series",
        done="All are used; the checksum of the file is as expected.",
    )
