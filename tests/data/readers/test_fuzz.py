"""Damaged files of every format and layout: a table, recordings or one sentence, and soon.

Each mutation comes from a seed of its own, so that a failure names what brings it back.
"""

import gzip
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest

from data.errors import RecordingError
from data.ingest.column_mapping import guess_mapping
from data.ingest.convert import to_recordings
from data.ingest.table import Table
from data.readers import read_table
from data.readers.files import File, one_file
from data.readers.formats import _subprocess
from tests.data.readers.formats import (
    devices,
    test_edf,
    test_excel,
    test_feather,
    test_hdf5,
    test_matlab,
    test_numpy_arrays,
    test_phones,
)
from tests.data.readers.layouts import test_mobiact
from tests.data.readers.layouts.test_recognition import TREES
from tests.data.readers.layouts.trees import archive, as_bytes
from tests.data.readers.test_readers import parquet
from tests.data.tables import csv, tidy_table

N_FAST, N_SLOW = 25, 50
READ_APART = {"a.h5", "a.mat", "plain.mat"}  # each file in a process of its own: a quarter of the files
SECONDS_AT_MOST = 10  # of processor time
RAW = np.random.default_rng(0).integers(-511, 512, (600, 6))
TABLE = tidy_table(n=20)

FORMATS: Mapping[str, Callable[[], bytes]] = {
    "a.csv": lambda: csv(TABLE),
    "semicolons.csv": lambda: csv(TABLE, sep=";", decimal=","),
    "utf16.csv": lambda: TABLE.to_csv(index=False).encode("utf-16"),
    "a.csv.gz": lambda: gzip.compress(csv(TABLE)),
    "a.parquet": lambda: parquet(TABLE),
    "a.xlsx": lambda: test_excel.workbook({"data": TABLE}),
    "a.feather": lambda: test_feather.packed(TABLE),
    "plain.feather": lambda: test_feather.packed(TABLE, "uncompressed"),
    "a.edf": test_edf.edf,
    "a.h5": lambda: test_hdf5.stored(test_hdf5.fill_recording),
    "a.mat": lambda: test_matlab.mat({"acc": RAW[:, :3] / 10, "subject": "S3", "activity": "walk"}),
    "plain.mat": lambda: test_matlab.mat({"acc": RAW[:, :3] / 10, "fs": 25.0}, packed=False),
    "a.npz": lambda: test_numpy_arrays.npz(acc=RAW[:, :3], subject="P1", activity="walk", fs=50),
    "a.npy": lambda: test_numpy_arrays.npy(RAW[:, :3] / 10),
    "a.gt3x": lambda: devices.gt3x(RAW[:, :3]),
    "a.cwa": lambda: devices.cwa(RAW[:, :3]),
    "packed.cwa": lambda: devices.cwa(RAW[:, :3], packed=True),
    "a.bin": lambda: devices.geneactiv(RAW[:, :3]),
    "matlab mobile.csv": lambda: test_phones.matlab_csv().encode(),
    "tables.zip": lambda: archive({"ann.csv": csv(TABLE), "bob/b.parquet": parquet(TABLE)}),
    "sensor logger.zip": lambda: archive(test_phones.sensor_logger_files()),
    "phyphox.zip": lambda: archive(test_phones.phyphox_files()),
    "wfdb.zip": lambda: archive(test_phones.wfdb_files("r1", "r2")),
}
LAYOUTS: Mapping[str, Callable[[], Mapping[str, str | bytes]]] = {
    **TREES,
    "MobiAct as recorded": test_mobiact.tree_of_raw,
    "Sensor Logger": test_phones.sensor_logger_files,
    "Phyphox": test_phones.phyphox_files,
    "WFDB": lambda: test_phones.wfdb_files("r1", "r2"),
    "ordinary files": lambda: {
        "Ann_walk.csv": csv(TABLE),
        "Bob_sit.csv": csv(TABLE),
        "c.parquet": parquet(TABLE),
    },
}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    """End readers apart soon: some damaged HDF5 files keep their library busy for ever."""
    monkeypatch.setattr(_subprocess, "MAX_PROCESSOR_S", 2)


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """Return a copy that is cut short, or in which bytes are flipped, put in, left out or moved."""
    changed = bytearray(content)
    n = len(changed)
    kind = rng.integers(6)
    if kind == 0:
        del changed[int(rng.integers(n)) :]
    elif kind in (1, 2):  # anywhere; where files say what they are
        for at in rng.integers(0, n if kind == 1 else min(n, 600), int(rng.integers(1, 9))):
            changed[at] ^= 1 << int(rng.integers(8))
    elif kind == 3:
        at = int(rng.integers(n + 1))
        changed[at:at] = rng.choice(
            [b"\0" * 7, b"\n", b'"', b",,", b"nan", b"-1e999", b"\xff" * 64, b"9" * 30]
        )
    elif kind == 4:
        at = int(rng.integers(n))
        del changed[at : at + int(rng.integers(1, 200))]
    else:
        size = int(rng.integers(1, max(2, n // 4)))
        a, b = sorted(int(i) for i in rng.integers(0, max(1, n - size), 2))
        changed[a : a + size], changed[b : b + size] = changed[b : b + size], changed[a : a + size]
    return bytes(changed)


def bears(read: Callable[[], Table], seed: int) -> None:
    """Read, and go on to recordings, with labels put in where the file has none."""
    begin = time.process_time()
    try:
        table = read()
        try:
            mapping = guess_mapping(table)
        except RecordingError as error:
            assert_sentence(error)
            labelled = table.frame.drop(columns=["subject", "activity"], errors="ignore")
            roles = {k: v for k, v in table.roles.items() if k not in ("subject", "activity")}
            table = replace(table, frame=labelled.assign(subject="A", activity="walk"), roles=roles)
            mapping = guess_mapping(table)
        if mapping.time is None and mapping.rate_hz is None:
            mapping = replace(mapping, rate_hz=50.0)
        to_recordings(table, mapping)
    except RecordingError as error:
        assert_sentence(error)
    assert time.process_time() - begin < SECONDS_AT_MOST, f"seed {seed}"


def assert_sentence(error: RecordingError) -> None:
    message = str(error)
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 1500


def damaged_tree(tree: Mapping[str, str | bytes], rng: np.random.Generator) -> list[File]:
    """Return the files with one of them damaged, or, now and then, missing."""
    chosen = sorted(tree)[int(rng.integers(len(tree)))]
    files = {path: as_bytes(content) for path, content in tree.items()}
    if rng.random() < 0.1 and len(files) > 1:
        del files[chosen]
    else:
        files[chosen] = mutated(files[chosen], rng)
    return [one_file(content, path) for path, content in files.items()]


def fuzz_format(name: str, seeds: range) -> None:
    content = FORMATS[name]()
    for seed in seeds:
        copy = mutated(content, np.random.default_rng(seed))
        bears(lambda copy=copy: read_table(copy, name=name), seed)


def fuzz_layout(name: str, seeds: range) -> None:
    tree = LAYOUTS[name]()
    for seed in seeds:
        files = damaged_tree(tree, np.random.default_rng(seed))
        bears(lambda files=files: read_table(files, name=name), seed)


@pytest.mark.parametrize("name", FORMATS)
def test_a_damaged_file_is_read_or_refused(name):
    fuzz_format(name, range(N_FAST // 4 if name in READ_APART else N_FAST))


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_damaged_file_among_others_is_read_or_refused(name):
    fuzz_layout(name, range(N_FAST))


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_many_damaged_files_are_read_or_refused(name):
    fuzz_format(name, range(N_FAST, N_FAST + (N_SLOW - N_FAST) // (4 if name in READ_APART else 1)))


@pytest.mark.slow
@pytest.mark.parametrize("name", LAYOUTS)
def test_many_damaged_files_among_others_are_read_or_refused(name):
    fuzz_layout(name, range(N_FAST, N_SLOW))
