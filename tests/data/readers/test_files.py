"""Archives and folders: nothing outside them is opened, nothing huge is unpacked, and everything is accounted for."""

import gzip
import io
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import RecordingError
from data.ingest.column_mapping import guess_mapping
from data.ingest.convert import to_recordings
from data.readers import files, read_table
from data.readers.files import one_file
from tests.data.readers.formats.hostile import is_sentence
from tests.data.readers.layouts.trees import archive, written
from tests.data.readers.test_readers import parquet
from tests.data.tables import csv, tidy_table

ANN = csv(tidy_table(("Ann",), n=30, seed=1))
BOB = csv(tidy_table(("Bob",), n=30, seed=2))
TREE = {"ann.csv": ANN, "more/bob.csv": BOB}


def refusal(source, **options) -> str:
    """Return the sentence with which something is refused."""
    with pytest.raises(RecordingError) as raised:
        read_table(source, **options)
    message = str(raised.value)
    is_sentence(message, "")
    return message


def told(table) -> str:
    return "\n".join(f"{finding.where}: {finding.found} -> {finding.done}" for finding in table.findings)


def renamed(name: str, content: bytes) -> bytes:
    """Write a name as it is: `zipfile` cleans names that it writes."""
    placeholder = "n" * len(name.encode())
    return archive({placeholder: content}).replace(placeholder.encode(), name.encode())


def with_directory(change) -> bytes:
    """Return an archive of one file whose central directory and local header were changed."""
    packed = bytearray(archive({"a.csv": ANN * 20}))
    change(packed, packed.index(b"PK\x03\x04"), packed.index(b"PK\x01\x02"))
    return bytes(packed)


def declare(size: int):
    def change(packed: bytearray, local: int, central: int) -> None:
        struct.pack_into("<I", packed, local + 22, size)
        struct.pack_into("<I", packed, central + 24, size)

    return change


def set_flag(packed: bytearray, local: int, central: int) -> None:
    packed[local + 6] |= 1
    packed[central + 8] |= 1


@pytest.mark.parametrize("form", ["folder", "zip", "uploads"])
def test_a_folder_an_archive_and_a_list_of_files_are_the_same_table(tmp_path, form):
    source = (
        [one_file(content, path) for path, content in TREE.items()]
        if form == "uploads"
        else written(TREE, tmp_path, form)
    )
    table = read_table(source)
    expected = pd.concat([pd.read_csv(io.BytesIO(content)) for content in TREE.values()], ignore_index=True)
    pd.testing.assert_frame_equal(table.frame, expected, check_dtype=False)
    assert [part.path.removeprefix("download/") for part in table.parts] == list(TREE)


def test_places_name_file_and_line(tmp_path):
    table = read_table(written(TREE, tmp_path))
    assert table.place(0) == "ann.csv, line 2"
    assert table.place(60) == "more/bob.csv, line 2"
    assert table.place(119) == "more/bob.csv, line 61"


def test_a_wrong_cell_in_one_of_several_files_is_found(tmp_path):
    wrong = BOB.replace(b"Bob,sit,0.1,", b"Bob,sit,0.1,x", 1)
    table = read_table(written({**TREE, "more/bob.csv": wrong}, tmp_path))
    with pytest.raises(RecordingError, match=r"column acc_x, more/bob.csv, line 37: 'x"):
        to_recordings(table, guess_mapping(table))


@pytest.mark.parametrize(
    "name", ["../ev.csv", "/etc/x.csv", "C:\\x.csv", "c:x.csv", "..\\ev.csv", "a/../../b.csv", "\\\\s\\x"]
)
def test_members_that_point_outside_are_refused(name):
    assert "points outside the archive" in refusal(renamed(name, ANN), name="x.zip")


def test_backslashes_are_folders():
    packed = renamed("more\\bob.csv", BOB)
    table = read_table([one_file(packed, "x.zip"), one_file(ANN, "ann.csv")])
    assert [part.path for part in table.parts] == ["ann.csv", "x/more/bob.csv"]


def test_links_in_an_archive_are_passed_over_and_told():
    link = zipfile.ZipInfo("link.csv")
    link.external_attr = 0o120777 << 16
    sink = io.BytesIO(archive(TREE))
    with zipfile.ZipFile(sink, "a") as packed:
        packed.writestr(link, "/etc/passwd")
    table = read_table(sink.getvalue(), name="x.zip")
    assert len(table.parts) == 2
    assert "1 link to other places -> They were not followed" in told(table)


def test_links_on_disk_are_passed_over_and_told(tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "carl.csv").write_bytes(csv(tidy_table(("Carl",), n=30)))
    folder = written(TREE, tmp_path)
    (folder / "link.csv").symlink_to(secret / "carl.csv")
    (folder / "linked").symlink_to(secret, target_is_directory=True)
    table = read_table(folder)
    assert set(table.frame["subject"]) == {"Ann", "Bob"}
    assert "2 links to other places" in told(table)


def test_what_is_neither_file_nor_folder_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    assert "neither a file nor a folder" in refusal(tmp_path / "pipe.csv")
    assert "cannot be read" in refusal("a\0b.csv")
    assert "cannot be read" in refusal("x" * 100 + "/" + "y" * 300)


def test_encrypted_archives_ask_for_the_files():
    assert "is encrypted" in refusal(with_directory(set_flag), name="x.zip")


@pytest.mark.parametrize("size", [5, 900])
def test_sizes_that_are_declared_too_small_are_found(size):
    assert "damaged" in refusal(with_directory(declare(size)), name="x.zip")


def test_sizes_that_are_declared_too_large_take_nothing():
    assert len(read_table(with_directory(declare(10**6)), name="x.zip")) > 60


def test_sizes_that_do_not_fit_are_refused_before_unpacking():
    assert "at most" in refusal(with_directory(declare(2**31)), name="x.zip")


@pytest.mark.parametrize("cut", [5, 30, 200, -30, -1])
def test_damaged_archives_get_one_sentence(cut):
    assert "damaged ZIP archive" in refusal(archive(TREE)[:cut], name="x.zip")


def test_a_damaged_member_is_named_and_the_others_are_read():
    packed = bytearray(archive({**TREE, "carl.csv": csv(tidy_table(("Carl",), n=30))}))
    at = packed.index(b"carl.csv")
    packed[at + 60] ^= 0xFF
    try:
        table = read_table(bytes(packed), name="x.zip")
    except RecordingError as error:
        is_sentence(str(error), "carl.csv")
    else:
        assert "carl.csv" in told(table)


@pytest.mark.parametrize("cut", [12, 100, -9, -4])
def test_a_damaged_gzip_gets_one_sentence(cut):
    assert "damaged" in refusal(gzip.compress(ANN)[:cut], name="x.csv.gz")


def test_bombs_are_given_up():
    content = b"a,b\n" + b"1,2\n" * 27_000_000
    bomb = archive({"a.csv": content})
    assert len(bomb) < 2**20
    assert "times its size" in refusal(bomb, name="x.zip")
    assert "times its size" in refusal(archive({"inner.zip": bomb}), name="x.zip")
    assert "times its size" in refusal(gzip.compress(content, 1), name="x.csv.gz")


def test_many_members_are_refused_before_they_are_listed(monkeypatch):
    monkeypatch.setattr(files, "MAX_FILES", 10)
    many = archive({f"{i:03d}.csv": ANN for i in range(11)})
    assert "contains 11 files; at most 10" in refusal(many, name="x.zip")
    monkeypatch.setattr(files, "MAX_LISTING_MB", 1e-4)
    assert "too many files" in refusal(many, name="x.zip")


def test_many_files_of_a_folder_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_FILES", 1)
    assert "contains more than 1 files" in refusal(written(TREE, tmp_path))


def test_all_files_together_may_be_too_big(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_TOTAL_MB", 0.001)
    assert "and the other files together are too big to be read at once" in refusal(written(TREE, tmp_path))


def test_what_an_operating_system_leaves_is_told(tmp_path):
    left = {
        "__MACOSX/._ann.csv": b"\0\5\26\7",
        ".DS_Store": b"\0\0",
        "more/Thumbs.db": b"x",
        "desktop.ini": b"x",
        ".git/config": b"x",
    }
    table = read_table(written({**TREE, **left}, tmp_path, "zip"))
    assert len(table.parts) == 2
    assert "5 hidden files of an operating system" in told(table)


@pytest.mark.parametrize("depth", [1, 2])
def test_an_archive_in_an_archive_is_refused_in_a_sentence(depth):
    packed = archive(TREE)
    for i in range(depth):
        packed = archive({f"inner{i}.zip": packed, "readme.txt": "words"})
    assert f"contains another archive (inner{depth - 1}.zip)" in refusal(packed, name="x.zip")


def test_several_archives_and_a_table_are_read_together():
    uploads = [
        one_file(archive({"ann.csv": ANN}), "first.zip"),
        one_file(archive({"bob.csv": BOB}), "second.zip"),
        one_file(csv(tidy_table(("Carl",), n=30)), "carl.csv"),
    ]
    table = read_table(uploads, name="all")
    assert set(table.frame["subject"]) == {"Ann", "Bob", "Carl"}
    assert [part.path for part in table.parts] == ["carl.csv", "first/ann.csv", "second/bob.csv"]


def test_copies_are_named_and_read_once(tmp_path):
    table = read_table(written({**TREE, "z/ann again.csv": ANN}, tmp_path))
    assert len(table) == 120
    assert "z/ann again.csv: This file was left out: a copy of ann.csv" in told(table)


def test_the_same_content_under_another_activity_is_kept_and_named(tmp_path):
    content = csv(tidy_table(("Ann",), n=60).drop(columns=["subject", "activity"]))
    table = read_table(
        written({"walk_Ann.csv": content, "run_Ann.csv": content, "run_Ann (1).csv": content}, tmp_path)
    )
    assert [part.path for part in table.parts] == ["run_Ann (1).csv", "walk_Ann.csv"]
    assert (
        "walk_Ann.csv: Its content is that of run_Ann (1).csv, which is named for another activity"
        in told(table)
    )
    assert "run_Ann.csv: This file was left out: a copy of run_Ann (1).csv" in told(table)


def test_files_of_another_shape_are_named(tmp_path):
    plan = b"week,exercise\n1,run\n"
    table = read_table(written({**TREE, "plan.csv": plan, "photo.png": b"\x89PNG\0\0"}, tmp_path))
    assert len(table) == 120
    assert "plan.csv: This file was left out: no column 'acc_x', which most files have" in told(table)
    assert "1 file contains no table: photo.png" in told(table)


def test_columns_may_come_in_another_order(tmp_path):
    turned = csv(tidy_table(("Bob",), n=30, seed=2)[["acc_y", "t", "acc_x", "subject", "activity"]])
    table = read_table(written({**TREE, "more/bob.csv": turned}, tmp_path))
    expected = read_table(written(TREE, tmp_path / "b"))
    pd.testing.assert_frame_equal(table.frame, expected.frame)


def test_a_table_of_people_is_joined(tmp_path):
    people = b"subject,gender,age\nBob,m,40\nAnn,f,30\n"
    table = read_table(written({**TREE, "people.csv": people}, tmp_path))
    attributes = to_recordings(table, guess_mapping(table)).attributes
    assert attributes.loc["Ann"].tolist() == ["f", 30]
    assert attributes.loc["Bob"].tolist() == ["m", 40]


def test_formats_may_be_mixed(tmp_path):
    bob = pd.read_csv(io.BytesIO(BOB))
    table = read_table(written({"ann.csv": ANN, "bob.parquet": parquet(bob)}, tmp_path))
    assert table.frame.groupby("subject").size().to_dict() == {"Ann": 60, "Bob": 60}
    assert (table.place(59), table.place(60)) == ("ann.csv, line 61", "bob.parquet, row 1")


def test_names_with_line_ends_cannot_break_a_sentence():
    message = refusal([one_file(b"hello\n", "a\nb.csv"), one_file(b"\x89PNG", "c\r.png")], name="x")
    assert "a b.csv" in message


def test_names_on_disk_may_be_any_bytes(tmp_path):
    folder = written(TREE, tmp_path)
    os.rename(os.fsencode(folder / "ann.csv"), os.fsencode(folder) + b"/\xff.csv")
    table = read_table(folder)
    assert len(table) == 120
    "".join(part.path for part in table.parts).encode()


@pytest.mark.parametrize("tree", [{}, {"notes.txt": "only words"}, {".hidden": "x"}])
def test_nothing_to_read_is_said(tmp_path, tree):
    folder = tmp_path / "download"
    folder.mkdir()
    message = refusal(written(tree, tmp_path) if tree else folder)
    assert "contains no file" in message or "notes.txt has only one column" in message


def test_an_empty_archive_is_said():
    assert "x.zip" in refusal(archive({}), name="x.zip")


def test_nothing_is_written_to_disk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    read_table(archive(TREE), name="x.zip")
    assert list(Path(tmp_path).iterdir()) == []


def test_order_on_disk_does_not_matter(tmp_path):
    one = read_table(written(TREE, tmp_path / "a"))
    other = read_table(written(dict(reversed(TREE.items())), tmp_path / "b"))
    assert one.parts == other.parts
    np.testing.assert_array_equal(one.frame["acc_x"], other.frame["acc_x"])


def npz(rate_hz: float, seed: int) -> bytes:
    sink = io.BytesIO()
    acc = np.random.default_rng(seed).normal(size=(400, 3)).astype(np.float32)
    np.savez(sink, acc=acc, fs=rate_hz, activity=np.repeat(["walk", "sit"], 200))
    return sink.getvalue()


def test_a_file_at_another_rate_is_not_read_at_the_rate_of_the_others():
    sources = [one_file(npz(rate, seed), f"p{seed}.npz") for seed, rate in enumerate([50, 50, 100])]
    table = read_table(sources)
    assert (len(table), table.rate_hz) == (800, 50)
    assert "another rate (100.0 Hz) than most files (50 Hz)" in told(table)


def test_what_many_files_have_alike_is_told_once():
    sources = [
        one_file(f"subject,t,acc_x\nZo\xeb{i},0,{i}\n".encode("cp1252"), f"{i}.csv") for i in range(20)
    ]
    findings = [finding for finding in read_table(sources).findings if "19 more" in finding.where]
    assert len(findings) == 1
