"""Writing recordings and releases to files, and reading releases.

A release file has the columns subject (if its windows name people), activity, trial, t and one column per channel;
each window is one trial with t from 0. Where missing samples of the recordings were filled in, a column `filled`
holds the filled share of each window; in a file of recordings it names the method in each filled row. Whatever a
table cannot hold (the card, units, the source of each window) is stored in the Parquet schema metadata, so that
reading restores the release exactly. A file meant for sharing omits some of this, has codes instead of people's names
(`data.export.sharing`) and lists the windows in a shuffled order (`data.export.shuffling`). A file with names can be
read by its owner only.
"""

import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.atomic_write import write_whole
from data.errors import ReleaseError
from data.export.csv import to_csv
from data.export.read_back import restore_release
from data.export.release_from_table import release_from_table
from data.export.sharing import Sharing
from data.export.shuffling import sharing_order
from data.readers import gather_files, read_table
from data.readers.formats.parquet import METADATA_KEY, SCHEMA
from data.recordings import FILLED, Recordings
from data.release import Release
from data.windows import Windows

LEARNT_ON = ", learnt on "  # in the name of a release whose model was fitted on other recordings
HIDDEN_SETTINGS = ("sensitive", "neutral", "attribute")  # of a mechanism: they reveal a secret
RECIPES = ("recipe", "earlier recipes")  # of hand edits
NAMED = (
    "people",
    "traces",
    "indices",
    "like",
)  # entries of a recipe that identify people, samples or windows
SLOWEST = 19  # of the levels of Zstandard: half a second for a version of the sample
GAP_S = 2.0  # between consecutive series of the same subject, activity and trial in a recordings file


def write_release(release: Release, path: str | Path, *, sharing: Sharing | None = None) -> None:
    """Write a release as Parquet, or as CSV if the path ends in `.csv`.

    Args:
        release: The release.
        path: Where to write it.
        sharing: As for `release_to_bytes`. Without it, only the owner may read the file.
    """
    file_format = "csv" if Path(path).suffix.lower() == ".csv" else "parquet"
    content = release_to_bytes(release, file_format, sharing=sharing)
    if sharing is None:
        write_whole(Path(path), content)
    else:
        Path(path).write_bytes(content)


def release_to_bytes(
    release: Release,
    file_format: Literal["parquet", "csv"] = "parquet",
    *,
    sharing: Sharing | None = None,
) -> bytes:
    """Return the content of a release file.

    Args:
        release: The release.
        file_format: CSV holds the table only.
        sharing: What stands for people, and which of their attributes to include, one column each. Without it the
            file is for the owner only: it names people, and a Parquet file also records the private window that each
            window came from and the attributes of the people, and keeps the order of the recordings, so that the
            release can be restored exactly.

    Raises:
        ReleaseError: If a window has missing or infinite values.
    """
    _refuse_missing_values(release)
    # Coded before they are ordered: the order of the codes says nothing about that of the names.
    shown = release if sharing is None else sharing.release(release)
    order = np.arange(len(shown.windows)) if sharing is None else sharing_order(shown)
    table = _release_table(
        shown.windows.take(order), () if sharing is None else shown.windows.attributes.columns
    )
    if file_format == "csv":
        return to_csv(table).encode()
    return _parquet(table, _release_metadata(shown, np.argsort(order), provenance=sharing is None))


def read_release(
    source: str | Path | bytes,
    *,
    name: str | None = None,
    subject: str | None = None,
    activity: str | None = None,
    trial: str | None = None,
    time: str | None = None,
    rate_hz: float | None = None,
    convert_units: bool = True,
) -> Release:
    """Read a release, whether written by Penumbra or by other software.

    Args:
        source: The path or the content of a CSV or Parquet file.
        name: Name of the release; by default the name it was written with, or the file name.
        subject: Column with the subject, in case guessing fails; only for files not written by Penumbra.
        activity: Column with the activity, likewise.
        trial: Column with the trial, likewise.
        time: Column with the times, likewise.
        rate_hz: Sampling rate in Hz, if it cannot be derived from the times.
        convert_units: Whether to convert accelerations to g and angular velocities to rad/s, as for recordings.

    Raises:
        RecordingError: If the file is not a table, or its columns cannot be interpreted.
        ReleaseError: If trials differ in length or values are missing.
    """
    file_name = name or _default_name(source)
    files = gather_files(source, file_name)
    restored = restore_release(files.files[0]) if len(files) == 1 else None
    if restored is not None:
        return restored.renamed(name) if name else restored
    table = read_table(source, name=file_name)
    columns = {"subject": subject, "activity": activity, "trial": trial, "time": time}
    return release_from_table(
        table, name=file_name, rate_hz=rate_hz, columns=columns, convert_units=convert_units
    )


def write_recordings(recordings: Recordings, path: str | Path) -> None:
    """Write recordings as Parquet, or as CSV if the path ends in `.csv`, for their owner only: they name people.

    Series of the same subject, activity and trial follow each other with a gap in time, so that reading
    the file yields the same series again.
    """
    samples = recordings.samples
    first = ~samples["series"].duplicated().to_numpy()
    last_t = samples["t"].shift(fill_value=0.0)
    # Start of each series on the time axis of its subject, activity and trial.
    jump = pd.Series(np.where(first, last_t + GAP_S, 0.0))
    keys = [samples[key] for key in ("subject", "activity", "trial")]
    new_axis = first & ~pd.concat(keys, axis=1).duplicated().to_numpy()
    jump[new_axis] = 0.0
    offset = jump.groupby([key.astype(str).to_numpy() for key in keys]).cumsum()
    table = samples.drop(columns="series").assign(t=samples["t"].to_numpy() + offset.to_numpy())
    table = table.join(recordings.attributes, on="subject")
    if recordings.filled is not None and FILLED not in table:
        table[FILLED] = np.where(recordings.filled, recordings.filled_by, "")
    if Path(path).suffix.lower() == ".csv":
        write_whole(Path(path), to_csv(table).encode())
        return
    units = dict(zip(recordings.channels, recordings.units, strict=True))
    write_whole(Path(path), _parquet(table, {"schema": SCHEMA, "kind": "recordings", "units": units}))


def _default_name(source: str | Path | bytes) -> str:
    return "Released file" if isinstance(source, bytes) else Path(source).name


def _refuse_missing_values(release: Release) -> None:
    bad = np.argwhere(~np.isfinite(release.windows.values))
    if len(bad) > 0:
        window, _, channel = bad[0]
        raise ReleaseError(
            f"{release.name}: trial {window + 1}, column {release.windows.channels[channel]} has values "
            f"that are not numbers ({len(bad):,} in total). Make the release again with other settings."
        )


def _release_table(windows: Windows, attributes: Iterable[str]) -> pd.DataFrame:
    n, n_timesteps, n_channels = windows.values.shape
    columns: dict[str, np.ndarray] = {}
    if windows.subjects:
        columns["subject"] = np.repeat(windows.subject, n_timesteps)
        known = windows.attributes.reindex(windows.subject)
        columns |= {
            name: np.repeat(known[name].to_numpy(), n_timesteps) for name in attributes if name in known
        }
    columns["activity"] = np.repeat(windows.activity, n_timesteps)
    columns["trial"] = np.repeat(np.arange(1, n + 1), n_timesteps)
    columns["t"] = np.tile(np.arange(n_timesteps) / windows.rate_hz, n)
    flat = windows.values.reshape(-1, n_channels)
    columns |= {name: flat[:, i] for i, name in enumerate(windows.channels)}
    if windows.filled is not None and FILLED not in columns:
        columns[FILLED] = np.repeat(windows.filled, n_timesteps)
    return pd.DataFrame(columns)


def _release_metadata(release: Release, place: np.ndarray, *, provenance: bool) -> dict:
    """Return the schema metadata; `place`, `(n,)` int, is the position of each window in the file."""
    windows = release.windows
    metadata = {
        "schema": SCHEMA,
        "kind": "release",
        "name": release.name if provenance else release.name.split(LEARNT_ON)[0],
        "card": dict(release.card) if provenance else _shared_card(release.card, place),
        "rate_hz": windows.rate_hz,
        "n_timesteps": windows.n_timesteps,
        "channels": windows.channels,
        "units": dict(zip(windows.channels, windows.units, strict=True)),
    }
    if windows.filled is not None:
        metadata["filled"] = {"share": windows.share_filled, "by": windows.filled_by}
    if provenance:
        metadata["source"] = None if release.source is None else release.source.tolist()
        metadata["attributes"] = json.loads(windows.attributes.to_json(orient="split"))
        metadata["windows"] = {key: getattr(windows, key).tolist() for key in ("series", "trial", "start")}
    return metadata


def public_card(card: Mapping[str, Any]) -> dict[str, Any]:
    """Remove whatever reveals other recordings, people, or that a hidden activity occurs; and all about windows."""
    shared = {k: v for k, v in card.items() if k not in ("data", "model", "corrections", *RECIPES)}
    if isinstance(card.get("mechanism"), Mapping):
        shared["mechanism"] = {k: v for k, v in card["mechanism"].items() if k not in HIDDEN_SETTINGS}
    if "corrected_from" in card:
        shared["corrected_from"] = str(card["corrected_from"]).split(LEARNT_ON)[0]
    return shared


def _shared_card(card: Mapping[str, Any], place: np.ndarray) -> dict[str, Any]:
    """Return the card of a shared file.

    References to windows are renumbered to their position in the file (`place`) or removed, because the order of
    recording is not shared.
    """
    shared = public_card(card)
    if "corrections" in card:
        shared["corrections"] = _renumbered(card["corrections"], place)
    if not any(_reveals_too_much(card[name]) for name in RECIPES if name in card):
        shared |= {name: card[name] for name in RECIPES if name in card}
    return shared


def _renumbered(corrections: Any, place: np.ndarray) -> list[dict[str, Any]]:
    """Return the corrections, renumbered to the windows' positions in the file; malformed entries are dropped."""
    listed = corrections if isinstance(corrections, list) else []
    known = [c for c in listed if isinstance(c, Mapping) and _is_index(c.get("window"), len(place))]
    return sorted(({**c, "window": int(place[c["window"]])} for c in known), key=lambda c: c["window"])


def _is_index(number: Any, n: int) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number < n


def _reveals_too_much(recipe: Any) -> bool:
    """Return whether a recipe, or any in a list, names people or windows or contains original signal values."""
    if isinstance(recipe, Mapping):
        return any(
            (v not in (None, [], ()) and k in NAMED) or _reveals_too_much(v) for k, v in recipe.items()
        )
    return isinstance(recipe, list) and any(map(_reveals_too_much, recipe))


def compact_parquet(content: bytes) -> bytes:
    """Return the same table in half the bytes or so, written slowly: the bytes of floats are sorted by significance.

    Args:
        content: A Parquet file.
    """
    table = pq.read_table(io.BytesIO(content))
    floats = [field.name for field in table.schema if pa.types.is_floating(field.type)]
    others = [name for name in table.column_names if name not in floats]
    sink = io.BytesIO()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        compression_level=SLOWEST,
        use_dictionary=others,  # pyright: ignore[reportArgumentType]
        use_byte_stream_split=floats,  # pyright: ignore[reportArgumentType]
    )
    return sink.getvalue()


def _parquet(table: pd.DataFrame, metadata: dict) -> bytes:
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    stored = {**(arrow.schema.metadata or {}), METADATA_KEY: json.dumps(metadata).encode()}
    sink = io.BytesIO()
    pq.write_table(arrow.replace_schema_metadata(stored), sink)
    return sink.getvalue()
