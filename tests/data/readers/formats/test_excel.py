import io
import zipfile

import numpy as np
import pandas as pd
import pytest

from data.errors import RecordingError
from data.readers import read_table
from tests.data.readers.formats.hostile import is_sentence, survives
from tests.data.tables import tidy_table


def workbook(sheets: dict[str, pd.DataFrame], **options) -> bytes:
    content = io.BytesIO()
    with pd.ExcelWriter(content, engine="openpyxl") as writer:
        for name, frame in sheets.items():
            frame.to_excel(writer, sheet_name=name, index=False, **options)
    return content.getvalue()


def with_sheet(cells: str, texts: str = "") -> bytes:
    """Return a workbook whose only sheet has these cells and shared texts."""
    plain = workbook({"a": pd.DataFrame({"subject": ["A"], "acc_x": [1.0]})})
    content = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(plain)) as old,
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            body = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
                body = f'<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'.encode()
            new.writestr(name, body)
        if texts:
            new.writestr("xl/sharedStrings.xml", texts)
    return content.getvalue()


def test_values_and_labels_are_those_of_the_sheet():
    table = tidy_table()
    read = read_table(workbook({"data": table}), name="a.xlsx").frame
    pd.testing.assert_frame_equal(read, table, check_dtype=False, rtol=1e-6)


def test_titles_above_and_other_sheets_are_passed_over():
    notes = pd.DataFrame({"Notes of the study": ["by Ann"]})
    table = read_table(
        workbook({"notes": notes, "data": tidy_table(), "plan": notes}, startrow=3), name="a.xlsx"
    )
    assert table.frame["subject"].unique().tolist() == ["Ann", "Bob"]
    assert table.place(0) == "row 5"
    assert "notes, plan" in table.findings[0].found


def test_dates_numbers_and_gaps_keep_their_kind():
    frame = pd.DataFrame(
        {
            "t": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(4) * 20, unit="ms"),
            "acc_x": [1.5, None, 2.5, 3.5],
            "activity": ["walk", "walk", None, "sit"],
        }
    )
    read = read_table(workbook({"a": frame}), name="a.xlsx").frame
    assert read["t"].diff().dt.total_seconds().iloc[1:].tolist() == pytest.approx([0.02] * 3)
    assert read["acc_x"].isna().tolist() == [False, True, False, False]
    assert read["activity"].isna().tolist() == [False, False, True, False]


def test_a_workbook_without_a_table_is_refused_in_a_sentence():
    with pytest.raises(RecordingError, match="no sheet with a line of column names") as caught:
        read_table(workbook({"a": pd.DataFrame({1: [2.0, 3.0], 4: [5.0, 6.0]})}), name="numbers.xlsx")
    is_sentence(str(caught.value), "numbers.xlsx")


@pytest.mark.parametrize("far", ['r="XFD1048576"', "r = 'xfd1048576'"])
def test_a_far_away_cell_cannot_exhaust_memory(far):
    cells = f'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c {far}><v>2</v></c></row>'
    with pytest.raises(RecordingError, match="cells are read"):
        read_table(with_sheet(cells), name="far.xlsx")


def test_a_long_text_in_many_cells_cannot_exhaust_memory():
    cells = "".join(f'<row r="{i}"><c r="A{i}" t="s"><v>0</v></c></row>' for i in range(1, 2001))
    texts = f"<sst><si><t>{'x' * 1_000_000}</t></si></sst>"
    with pytest.raises(RecordingError, match="unpacks to"):
        read_table(with_sheet(cells, texts), name="texts.xlsx")


def test_a_damaged_workbook_gives_a_sentence_or_a_table():
    assert survives(workbook({"data": tidy_table(n=20)}), "fuzz.xlsx") > 20
