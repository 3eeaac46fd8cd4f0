"""Load recordings from wherever they are, in one call: for the shell and for scripts."""

from pathlib import Path

from data.ingest.column_mapping import guess_mapping
from data.ingest.convert import to_recordings
from data.ingest.preparation import Preparation
from data.readers import Tick, read_table, silent
from data.recordings import Recordings
from data.sample import load_sample


def load(
    source: str | Path,
    *,
    subject: str | None = None,
    activity: str | None = None,
    trial: str | None = None,
    time: str | None = None,
    rate_hz: float | None = None,
    pattern: str | None = None,
    preparation: Preparation = Preparation(),
    tick: Tick = silent,
) -> Recordings:
    """Load the sample, a file, a folder or an archive; what columns mean is guessed unless they are named.

    Args:
        source: `"sample"`, or the path of recordings in any known format (see the README).
        subject: Column that names the person. The same for `activity`, `trial` and `time`.
        rate_hz: Samples per second, where times do not tell it.
        pattern: How files are named, for example `{subject}_{activity}_{trial}.csv`, where guessing fails.
        preparation: What is done to the values on the way in.
        tick: Told after each file; may raise to stop.

    Raises:
        RecordingError: If the file cannot be used; the message says what to do.
    """
    if str(source) == "sample":
        return load_sample()
    table = read_table(Path(source), tick=tick)
    named = {"subject": subject, "activity": activity, "trial": trial, "time": time}
    return to_recordings(table, guess_mapping(table, **named, rate_hz=rate_hz, pattern=pattern), preparation)
