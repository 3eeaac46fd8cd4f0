"""A law: whatever dialect a table is written in, the same table is read."""

import csv
import gzip
import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import feather

from data.readers import read_table

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252")
REMARKS = ("", "# watch 7\n", '# 5" screen, "new\n#\n', "\n")
LABELS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)
NUMBERS = st.one_of(
    st.floats(-1e6, 1e6), st.floats(-1e-6, 1e-6), st.integers(-(2**53), 2**53).map(float), st.just(np.nan)
)


def is_label(text: str) -> bool:
    """Return whether a text stays one in a file: numbers and truth values do not."""
    is_number = pd.notna(pd.to_numeric(pd.Series([text.replace(",", "."), text]), errors="coerce")).any()
    return not is_number and text.lower() not in ("true", "false", "inf", "infinity")


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Draw people, activities and three channels, one of them with decimals in its first row."""
    n = draw(st.integers(2, 12))
    labels = LABELS.filter(is_label) | st.sampled_from(["NA", "null", "None", "nan"])
    column = st.lists(NUMBERS, min_size=n, max_size=n)
    numbers = {name: draw(column) for name in ("acc_x", "acc_y", "größe (m/s²)")}
    numbers["acc_x"][0] = draw(st.floats(0.001, 0.999))
    return pd.DataFrame(
        {
            "subject": draw(st.lists(labels, min_size=n, max_size=n)),
            "activity": draw(st.lists(labels, min_size=n, max_size=n)),
            **numbers,
        }
    )


@st.composite
def dialects(draw: st.DrawFn) -> dict:
    separator = draw(st.sampled_from([",", ";", "\t", "|"]))
    return {
        "sep": separator,
        "decimal": "." if separator == "," else draw(st.sampled_from([".", ","])),
        "quoting": draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])),
        "lineterminator": draw(st.sampled_from(["\n", "\r\n", "\r"])),
    }


def same(content: bytes, expected: pd.DataFrame) -> None:
    read = read_table(content, name="x").frame
    assert list(read.columns) == list(expected.columns)
    for label in ("subject", "activity"):
        assert read[label].astype(str).tolist() == expected[label].tolist()
    for channel in expected.columns[2:]:
        np.testing.assert_allclose(read[channel].astype(float), expected[channel], rtol=1e-13, atol=1e-300)


@settings(max_examples=80, deadline=None)
@given(tables(), dialects(), st.sampled_from(ENCODINGS), st.sampled_from(REMARKS), st.booleans())
def test_text_in_any_dialect_is_the_same_table(table, dialect, encoding, remarks, packed):
    text = remarks.replace("\n", dialect["lineterminator"]) + table.to_csv(index=False, **dialect)
    try:
        content = text.encode(encoding)
    except UnicodeEncodeError:
        content = text.encode()
    same(gzip.compress(content) if packed else content, table)


@settings(max_examples=25, deadline=None)
@given(tables(), st.sampled_from(["snappy", "zstd", "gzip", "none"]), st.booleans(), st.booleans())
def test_parquet_is_the_same_table(table, compression, use_dictionary, as_categories):
    if as_categories:
        table = table.astype({"subject": "category", "activity": "category"})
    sink = io.BytesIO()
    arrow = pa.Table.from_pandas(table)
    pq.write_table(arrow, sink, compression=compression, use_dictionary=use_dictionary, row_group_size=3)
    same(sink.getvalue(), table.astype({"subject": str, "activity": str}))


@settings(max_examples=25, deadline=None)
@given(tables(), st.sampled_from(["lz4", "zstd", "uncompressed"]))
def test_feather_is_the_same_table(table, compression):
    sink = io.BytesIO()
    feather.write_feather(table, sink, compression=compression)
    same(sink.getvalue(), table)
