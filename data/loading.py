"""Load recordings from wherever they are, in one call: for the shell and for scripts."""

from pathlib import Path

from data.columns import guess_mapping
from data.readers import read_table
from data.recordings import Recordings
from data.sample import load_sample
from data.tidy import to_recordings


def load(
    source: str | Path,
    *,
    subject: str | None = None,
    activity: str | None = None,
    trial: str | None = None,
    time: str | None = None,
    rate_hz: float | None = None,
) -> Recordings:
    """Load the sample or a file; what columns mean is guessed unless they are named.

    Args:
        source: `"sample"`, or the path of a CSV or Parquet file with one row a sample.
        subject: Column that names the person. The same for `activity`, `trial` and `time`.
        rate_hz: Samples per second, where times do not tell it.

    Raises:
        RecordingError: If the file cannot be used; the message says what to do.
    """
    if str(source) == "sample":
        return load_sample()
    path = Path(source)
    table = read_table(path)
    mapping = guess_mapping(
        table, subject=subject, activity=activity, trial=trial, time=time, rate_hz=rate_hz
    )
    return to_recordings(table, mapping, name=path.name)
