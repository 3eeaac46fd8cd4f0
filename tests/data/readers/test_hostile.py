"""What is no table, or one that nobody meant well with: one sentence, soon, and in little memory."""

import gzip
import io
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.errors import RecordingError
from data.ingest.column_mapping import guess_mapping
from data.ingest.convert import to_recordings
from data.readers import read_table
from data.recordings import Recordings
from tests.data.readers.formats.hostile import is_sentence

ROOT = Path(__file__).parents[3]
HEADER = "subject,activity,t,acc_x,acc_y\n"
ROWS = "".join(
    f"{person},walk,{i / 50:.2f},{i * 7 % 11 / 10 - 0.5:.1f},{i * 5 % 13 / 10 - 0.6:.1f}\n"
    for person in ("Ann", "Bob")
    for i in range(20)
)
PLAIN = HEADER + ROWS


def loaded(content: str | bytes, name: str = "x.csv") -> Recordings:
    content = content.encode() if isinstance(content, str) else content
    table = read_table(content, name=name)
    return to_recordings(table, guess_mapping(table))


def refusal(content: str | bytes, name: str = "x.csv") -> str:
    """Return the sentence with which a file is refused, wherever on the way in."""
    with pytest.raises(RecordingError) as raised:
        loaded(content, name)
    is_sentence(str(raised.value), "")
    return str(raised.value)


def values(recordings: Recordings) -> np.ndarray:
    return recordings.samples[list(recordings.channels)].to_numpy()


def parquet(**columns: object) -> bytes:
    base = pd.read_csv(io.StringIO(PLAIN))
    sink = io.BytesIO()
    pq.write_table(pa.table({**{name: base[name] for name in base}, **columns}), sink)
    return sink.getvalue()


def many_columns() -> bytes:
    names = ",".join(f"c{i}" for i in range(10**6))
    return f"{names}\n{'1,' * (10**6 - 1)}1\n".encode()


def one_huge_cell() -> bytes:
    return b"subject,activity,t,acc_x\nAnn,walk,0," + b"x" * 100_000_000 + b"\n"


def one_huge_line() -> bytes:
    return b"x" * 100_000_000


def billion_rows() -> bytes:
    sink, rows = io.BytesIO(), pa.table({"acc_x": np.zeros(10**7)})
    with pq.ParquetWriter(sink, rows.schema, compression="zstd") as writer:
        for _ in range(100):
            writer.write_table(rows, row_group_size=10**7)
    return sink.getvalue()


def text_in_every_row() -> bytes:
    labels = pa.DictionaryArray.from_arrays(pa.array(np.zeros(10**6, np.int32)), pa.array(["x" * 10**6]))
    sink = io.BytesIO()
    pq.write_table(pa.table({"activity": labels, "acc_x": np.arange(10.0**6)}), sink, store_schema=False)
    return sink.getvalue()


def highly_compressed() -> bytes:
    """Return 1.2 GB in 6 MB, which took 5 GB of memory from reading to recordings."""
    n = 2 * 10**7
    sink, same = io.BytesIO(), pa.array(np.tile(np.arange(1000.0), n // 1000))
    labels = pa.array(["Ann"] * n)
    columns = {"subject": labels, "activity": labels, "t": same, **{f"acc_{axis}": same for axis in "xyz"}}
    pq.write_table(pa.table(columns), sink, compression="zstd")
    return sink.getvalue()


def dictionary_strings() -> bytes:
    """Return rows that name one of a few long texts each."""
    texts = pa.array([str(i) * 2000 for i in range(10)])
    labels = pa.DictionaryArray.from_arrays(pa.array(np.arange(2 * 10**5, dtype=np.int32) % 10), texts)
    sink = io.BytesIO()
    pq.write_table(pa.table({"activity": labels, "acc_x": np.arange(2.0 * 10**5)}), sink, store_schema=False)
    return sink.getvalue()


def gzip_bomb() -> bytes:
    return gzip.compress(b"a,b\n" + b"1,2\n" * 300_000_000, 1)


READ_MEASURED = """
import resource, sys, time
from data.errors import RecordingError
from data.readers import read_table
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_table(sys.argv[1])
except RecordingError as error:
    print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
print(time.process_time())
"""


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (many_columns, "perhaps rows and columns are swapped"),
        (one_huge_cell, "line ends are lost"),
        (one_huge_line, "line ends are lost"),
        pytest.param(billion_rows, "unpacks to 7,629 MB", marks=pytest.mark.slow),
        (text_in_every_row, "unpacks to 953,674 MB"),
        (highly_compressed, "unpacks to 916 MB, over 20 times its size, unlike any recording"),
        (dictionary_strings, "unpacks to 381 MB, over 20 times its size, unlike any recording"),
        pytest.param(gzip_bomb, "(unpacked) has 5", marks=pytest.mark.slow),
    ],
)
def test_bombs_are_refused_soon_and_in_little_memory(tmp_path, make, message):
    (tmp_path / "bomb").write_bytes(make())
    done = subprocess.run(
        [sys.executable, "-c", READ_MEASURED, str(tmp_path / "bomb")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    sentence, megabytes, seconds = done.stdout.splitlines()
    assert message in sentence
    is_sentence(sentence, "bomb")
    assert int(megabytes) < 1000
    assert float(seconds) < 10


def test_many_columns_in_short_lines_are_refused():
    names = ",".join(f"c{i}" for i in range(3000))
    assert "has 3,000 columns; at most 2,000" in refusal(f"{names}\n{'1,' * 2999}1\n")


@pytest.mark.parametrize("cell", ["x" * 200_000, '"' + "y" * 200_000 + '"'])
def test_a_long_cell_is_shown_in_part(cell):
    assert "column acc_y, line 3" in refusal(
        PLAIN.replace("Ann,walk,0.02,0.2,-0.1", f"Ann,walk,0.02,0.2,{cell}")
    )


def test_a_column_with_a_name_of_a_hundred_thousand_characters_is_refused():
    said = refusal(PLAIN.replace("acc_y", "y" * 100_000))
    assert "has a column whose name is 100,000 characters long" in said
    assert len(said) < 300


def test_infinite_values_are_not_called_empty():
    said = refusal("subject,activity,t,acc_x\n" + "".join(f"Ann,walk,{i / 50},inf\n" for i in range(50)))
    assert "column acc_x has infinite values only" in said


def test_years_that_no_calendar_has_are_called_so():
    rows = "".join(f"Ann,walk,99999-01-01 00:00:{i:02d},{i % 7}\n" for i in range(50))
    assert "its year must be from 1 to 9999" in refusal("subject,activity,time,acc_x\n" + rows)


def test_a_column_of_people_that_hardly_repeats_is_called_so():
    rows = "".join(f"p{i},walk,{i / 50},{i % 7}\n" for i in range(1000))
    assert "column 'subject' cannot contain the person" in refusal("subject,activity,t,acc_x\n" + rows)


def test_what_needs_more_memory_than_there_is_is_not_begun(monkeypatch):
    memory = psutil.virtual_memory()._replace(available=10_000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    sink = io.BytesIO()
    pq.write_table(pa.table({"acc_x": np.arange(1000.0)}), sink)
    assert "needs about 0.0 GB of memory, and 0.0 GB are free. Close other programs" in refusal(
        sink.getvalue()
    )


@pytest.mark.parametrize("at", [300, len(PLAIN.encode()) - 5])
def test_zero_bytes_are_named(at):
    content = (PLAIN + ROWS * 100).encode()
    late = content + b"\0\0"
    assert f"line {late.count(10) + 1}: a zero byte" in refusal(late)
    assert "is not a table" in refusal(content[:at] + b"\0" + content[at:])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32"])
def test_encodings_that_are_not_known_are_refused(encoding):
    assert "none of the supported formats" in refusal(PLAIN.encode(encoding))


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode("utf-16")[:-1],
        b"\xff\xfe" + "a,b\n\ud800,1\n".encode("utf-16-le", "surrogatepass"),
        b"a,b\n\x81,1\n",
    ],
)
def test_text_that_is_broken_is_refused(content):
    assert "has an unknown encoding or is damaged" in refusal(content)


@pytest.mark.parametrize(
    ("encoding", "label"), [("latin-1", "gänge"), ("cp1252", "“går” – €"), ("utf-16", "歩く")]
)
def test_western_european_and_utf_16_are_read(encoding, label):
    assert loaded(PLAIN.replace("walk", label).encode(encoding)).activities == [label]


def test_other_encodings_are_told():
    table = read_table(PLAIN.replace("walk", "歩く").encode("shift-jis"), name="x.csv")
    assert table.findings[0].found.startswith("It is not UTF-8")
    assert read_table(PLAIN.encode()).findings == ()


@pytest.mark.parametrize("kept", [5, 100, 0.5, -9, -1])
def test_truncated_parquet_is_refused(kept):
    content = parquet()
    kept = int(len(content) * kept) if isinstance(kept, float) else kept
    assert "Parquet file that is damaged" in refusal(content[:kept])


@pytest.mark.parametrize(
    "column",
    [
        pa.array([[1.0, 2.0]] * 40),
        pa.array([{"a": 1}] * 40),
        pa.array([b"\0\xff"] * 40),
        pa.array([[("a", 1)]] * 40, pa.map_(pa.string(), pa.int64())),
    ],
    ids=["list", "struct", "binary", "map"],
)
@pytest.mark.parametrize("name", ["acc_z", "activity"])
def test_compound_columns_of_parquet_are_left_out_and_named(column, name):
    content = parquet(**{name: column})
    table = read_table(content, name="x.parquet")
    assert name not in table.frame
    assert name in table.findings[0].found
    recordings = loaded(content)
    assert recordings.channels == ("acc_x", "acc_y")
    assert (recordings.activities == ["unlabelled"]) == (name == "activity")


def test_only_compound_columns_are_refused():
    sink = io.BytesIO()
    pq.write_table(pa.table({"a": [[1], [2]]}), sink)
    assert "only columns of lists" in refusal(sink.getvalue())


@pytest.mark.parametrize(
    "as_column",
    [
        lambda x: pa.array([Decimal(str(round(v, 1))) for v in x], pa.decimal128(10, 3)),
        lambda x: pa.array(x).dictionary_encode(),
        lambda x: pa.array([str(round(v, 1)) for v in x]),
        lambda x: pa.array([str(round(v, 1)) for v in x]).dictionary_encode(),
        lambda x: pa.array(np.asarray(x, np.float16)),
        lambda x: pa.chunked_array([x[:15], x[15:]]),
    ],
    ids=["decimal", "dictionary", "text", "dictionary of text", "half", "chunks"],
)
def test_numbers_of_parquet_are_numbers_however_they_are_kept(as_column):
    x = pd.read_csv(io.StringIO(PLAIN))["acc_x"].to_numpy()
    np.testing.assert_allclose(values(loaded(parquet(acc_x=as_column(x))))[:, 0], x, atol=1e-3)


@pytest.mark.parametrize(
    "times",
    [
        pa.array(range(0, 800, 20), pa.time32("ms")),
        pa.array(range(0, 800_000, 20_000), pa.time64("us")),
        pa.array(range(0, 800, 20), pa.duration("ms")),
        pa.array(range(0, 800, 20), pa.timestamp("ms", "Europe/Berlin")),
        pa.array([Decimal(i) / 50 for i in range(40)], pa.decimal128(9, 3)),
    ],
    ids=str,
)
def test_times_of_parquet_are_times_however_they_are_kept(times):
    if pa.types.is_decimal(times.type):
        times = times.cast(pa.decimal128(9, 2))
    assert loaded(parquet(t=times)).rate_hz == 50


def test_parquet_of_a_million_hertz_is_refused():
    assert "1,000,000 Hz; at most 10,000 Hz" in refusal(parquet(t=pa.array(range(40), pa.timestamp("us"))))


@pytest.mark.parametrize("number", ["1e308", "-1e308", "inf", "-inf", "1e400"])
def test_numbers_that_no_sensor_gives_count_as_missing(number):
    recordings = loaded(PLAIN.replace("Ann,walk,0.10,-0.3", f"Ann,walk,0.10,{number}", 1))
    assert np.isfinite(values(recordings)).all()
    assert any("1 value missing for a moment" in finding.found for finding in recordings.findings)


@pytest.mark.parametrize(
    ("number", "value"), [("-0", 0.0), ("1e-320", 0.0), ("123456789012345678901234567890", 1.2345678e29)]
)
def test_numbers_at_the_edge_are_read(number, value):
    recordings = loaded(PLAIN.replace("Ann,walk,0.10,-0.3", f"Ann,walk,0.10,{number}", 1))
    assert values(recordings)[5, 0] == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize("time", ["inf", "-inf", "1e308"])
def test_a_time_that_cannot_be_is_left_out(time):
    recordings = loaded(PLAIN.replace("Ann,walk,0.10,", f"Ann,walk,{time},", 1))
    assert "40 rows read: 39 used, 1 left out" in recordings.findings[0].found
    assert recordings.rate_hz == 50


@pytest.mark.parametrize("scale", [1e30, 1e300, 10**25, 1e-30])
def test_times_that_cannot_be_are_refused(scale):
    rows = "".join(f"Ann,walk,{scale * (i + 1)},{i % 3},{i % 7}\n" for i in range(40))
    assert "column t: " in refusal(HEADER + rows)


def test_integers_beyond_63_bits_are_times():
    rows = "".join(f"Ann,walk,{2**63 + i * 20_000_000},{i % 3},{i % 7}\n" for i in range(40))
    assert loaded(HEADER + rows).rate_hz == 50


def test_a_header_of_emoji_asks_what_columns_mean():
    assert "😀, 🏃" in refusal(PLAIN.replace("subject,activity", "😀,🏃", 1))


@pytest.mark.parametrize("twice", ["acc_x,acc_x", "acc_x, acc_x", '"acc_x","acc_x"', " acc_x ,acc_x"])
def test_two_columns_of_one_name_are_refused(twice):
    message = refusal(PLAIN.replace("acc_x,acc_y", twice, 1))
    assert message == "x.csv has two columns called 'acc_x'. Rename one of them."


def test_two_columns_whose_names_only_look_like_pandas_made_them_are_kept():
    assert loaded(PLAIN.replace("acc_x,acc_y", "x,x.1", 1)).channels == ("x", "x.1")


def test_values_without_a_name_are_refused_rather_than_dropped():
    assert "line 2: 5 columns, but only 4 of them have names" in refusal(PLAIN.replace(",acc_y", "", 1))
    with_row_names = HEADER + "".join(f"{i},{row}\n" for i, row in enumerate(ROWS.splitlines()))
    assert "line 2: 6 columns, but only 5" in refusal(with_row_names)


def test_a_name_without_values_is_an_empty_column():
    assert loaded(PLAIN.replace("acc_y", "acc_y,acc_z", 1)).channels == ("acc_x", "acc_y")


@pytest.mark.parametrize(
    ("old", "new", "line"), [("activity", '"activity', 1), ("Ann,walk,0.10", 'Ann,"walk,0.10', 7)]
)
def test_quotes_that_are_never_closed_name_their_line(old, new, line):
    assert f"line {line}: a quotation mark is opened" in refusal(PLAIN.replace(old, new, 1))


def test_a_quote_in_a_remark_above_the_names_hides_no_rows():
    assert len(loaded(f"# 5\" screen\n# it's old\n{PLAIN}").samples) == 40


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf\n\n"])
def test_only_a_byte_order_mark_is_no_table(content):
    assert "no line of column names" in refusal(content)


@pytest.mark.parametrize("cell", ["=1+1", "1.234,5", '"0,5"', '"1,234.5"', "1 000", "0x1f", "1+2j", "--1"])
def test_cells_that_are_no_numbers_name_their_line(cell):
    semicolons = PLAIN.replace(",", ";").replace("Ann;walk;0.10;-0.3", f"Ann;walk;0.10;{cell}", 1)
    assert "column acc_x, line 7" in refusal(semicolons)


def test_formulas_as_labels_are_only_text():
    assert loaded(PLAIN.replace("walk", "=cmd|'/C calc'!A0")).activities == ["=cmd|'/C calc'!A0"]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("above", ["", "# watch 7\n", "\n\n", "sep=,\n"])
def test_line_ends_and_lines_above_do_not_matter(end, above):
    content = (above + PLAIN).replace("\n", end)
    assert loaded(content).fingerprint == loaded(PLAIN).fingerprint
    assert read_table(content.encode()).place(0) == f"line {above.count(chr(10)) + 2}"


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.replace("\n", ",\n"),
        lambda t: HEADER + ROWS.replace("\n", ",\n"),
        lambda t: t.replace("\n", "\n\n"),
        lambda t: t + "\n\n",
        lambda t: t.replace("Bob,walk,0.00", "# pause\nBob,walk,0.00", 1),
    ],
    ids=["separators at all ends", "separators at ends of rows", "blank lines", "blank end", "remark"],
)
def test_what_adds_no_values_changes_none(change):
    assert loaded(change(PLAIN)).fingerprint == loaded(PLAIN).fingerprint


@pytest.mark.parametrize(("units", "factor"), [(",,s,m/s^2,m/s^2", 1 / 9.80665), ("-,-,[s],[g],[g]", 1.0)])
def test_a_line_of_units_below_the_names_is_read(units, factor):
    plain, read = loaded(PLAIN), loaded(HEADER + units + "\n" + ROWS)
    assert read.units == ("g", "g")
    np.testing.assert_allclose(read.samples["acc_x"], plain.samples["acc_x"] * factor, rtol=1e-6)


@pytest.mark.parametrize("units", ["a,b,s,g,g", ",,s,g,furlong"])
def test_a_line_of_other_words_below_the_names_is_named(units):
    assert "column acc_x, line 2" in refusal(HEADER + units + "\n" + ROWS)


@pytest.mark.parametrize(
    "content",
    [
        "%PDF-1.4, a, b\n1,2,3\n",
        "Dear Ann,\nthis, as you know, is a letter.\n",
        "<!DOCTYPE html>\n<title>404, not found</title>\n",
        '{"a": 1, "b": 2}\n',
        '[{"a": 1},\n{"a": 2}]\n',
        ",,,\n,,,\n",
        "a\tb\n",
        "|||\n",
    ],
)
def test_other_texts_are_refused(content):
    refusal(content)


@pytest.mark.parametrize("word", ["NA", "null", "None", "nan", "NaN", "N/A"])
def test_words_for_missing_are_labels_among_words_and_missing_among_numbers(word):
    content = PLAIN.replace("Bob", word).replace("walk,0.10,-0.3", f"walk,0.10,{word}", 1)
    recordings = loaded(content)
    assert recordings.subjects == sorted(["Ann", word])
    assert any("1 value missing for a moment" in finding.found for finding in recordings.findings)
    assert loaded(PLAIN.replace("walk", word)).activities == [word]


def test_words_for_missing_among_decimal_commas_are_missing():
    semicolons = PLAIN.replace(",", ";").replace(".", ",").replace("walk;0,10;-0,3", "walk;0,10;NA", 1)
    assert np.isfinite(values(loaded(semicolons))).all()


def test_an_empty_label_is_missing():
    recordings = loaded(PLAIN.replace("Ann,walk,0.38", ",walk,0.38").replace("Bob,walk,0.38", "Bob,,0.38"))
    assert "2 without person or activity" in recordings.findings[0].found


def test_a_channel_of_nothing_but_words_for_missing_is_empty():
    lines = [line + (",acc_z" if i == 0 else ",NA") for i, line in enumerate(PLAIN.splitlines())]
    assert loaded("\n".join(lines)).channels == ("acc_x", "acc_y")
