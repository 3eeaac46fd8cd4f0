"""Load recordings from any source in one call, for the command line and for scripts."""

from collections.abc import Sequence
from pathlib import Path

from data.ingest.column_mapping import guess_mapping
from data.ingest.convert import to_recordings
from data.ingest.preparation import Preparation
from data.readers import ReadProgress, ignore_progress, read_table
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
    without_channels: Sequence[str] = (),
    columns: Sequence[str] = (),
    preparation: Preparation = Preparation(),
    on_progress: ReadProgress = ignore_progress,
) -> Recordings:
    """Load the sample, a file, a folder or an archive; columns that are not specified are guessed.

    Args:
        source: `"sample"`, or the path of recordings in any supported format (see `docs/formats.md`).
        subject: Column with the subject, if guessing fails.
        activity: Column with the activity, likewise.
        trial: Column with the trial, likewise.
        time: Column with the times, likewise.
        rate_hz: Sampling rate in Hz, if it cannot be derived from the times.
        pattern: How files are named, for example `{subject}_{activity}_{trial}.csv`, if guessing fails.
        without_channels: Channels to leave out, for example because some people lack them.
        columns: Names of the columns, for text that has none.
        preparation: How values are preprocessed.
        on_progress: Called before each file; may raise to stop.

    Raises:
        NamesUnclear: If the names of the files can be read in two ways; the message has the pattern of each.
        RecordingError: If the file cannot be used; the message says what to do.
    """
    if str(source) == "sample":
        return load_sample()
    table = read_table(Path(source), columns=columns, on_progress=on_progress)
    named = {"subject": subject, "activity": activity, "trial": trial, "time": time}
    mapping = guess_mapping(table, **named, rate_hz=rate_hz, pattern=pattern)
    return to_recordings(table, mapping.without(without_channels), preparation)
