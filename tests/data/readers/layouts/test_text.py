import numpy as np
import pytest

from data.errors import RecordingError
from data.readers.files import one_file
from data.readers.text import (
    as_text,
    code_to_words,
    parse_code_list,
    parse_numbers,
    parse_records,
    table_rows,
)


def test_blanks_line_ends_and_empty_lines_do_not_matter():
    content = b"\xef\xbb\xbf  1.5\t-2 \r\n\r\n 3e0  NaN\r\n\r\n"
    np.testing.assert_array_equal(parse_numbers(content, "a.txt", 2), [[1.5, -2], [3, np.nan]])
    np.testing.assert_array_equal(parse_numbers(b"1, 2\n 3,4", "a.txt", 2, separator=","), [[1, 2], [3, 4]])
    assert parse_numbers(b"7\n", "a.txt", 1, dtype=np.int64).tolist() == [[7]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"1,2\n\n3\n", "a.txt, line 13: 1 value where 2 are expected"),
        (b"1,2,3\n", "a.txt, line 11: 3 values where 2 are expected"),
        (b"1,2\n3,four\n", "a.txt, line 12, column 2: 'four' is not a number"),
        (b"1,2\n3,\xe9\n", "a.txt, line 12, column 2: 'é' is not a number"),
        (b"1,\x002\n", "a.txt, line 11, column 2: '.*2' is not a number"),
        (b"\n \n", "a.txt contains no samples"),
        (b"", "a.txt contains no samples"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(content, message):
    with pytest.raises(RecordingError, match=message):
        parse_numbers(content, "a.txt", 2, separator=",", first_line=11)


def test_nothing_between_separators_is_a_missing_value():
    found = parse_numbers(b"1,2,3\n,5,\r\n7, NA ,null\n,,\n", "a.txt", 3, separator=",")
    expected = [[1, 2, 3], [np.nan, 5, np.nan], [7, np.nan, np.nan], [np.nan] * 3]
    np.testing.assert_array_equal(found, expected)
    with pytest.raises(RecordingError, match="line 1, column 2: '' is not a whole number"):
        parse_numbers(b"1,\n", "a.txt", 2, separator=",", dtype=np.int32)


def test_whole_numbers_are_whole_and_fit():
    for text in (b"3.5\n", b"99999999999\n"):
        with pytest.raises(RecordingError, match=r"line 1, column 1: '.*' is not a whole number"):
            parse_numbers(text, "a.txt", 1, dtype=np.int32)


def test_records_hold_numbers_and_texts():
    dtype = np.dtype([("who", "i8"), ("what", "S3"), ("x", "f4")])
    found = parse_records(b"1,ab,2.5\n2,c, -1\n", "a.txt", dtype, separator=",")
    assert found["what"].tolist() == [b"ab", b"c"]
    assert found["x"].tolist() == [2.5, -1]
    with pytest.raises(RecordingError, match=r"a\.txt, line 2: 2 values where 3 are expected"):
        parse_records(b"1,ab,2.5\n2,c\n", "a.txt", dtype, separator=",")


def test_lists_of_codes():
    file = one_file(b" 1 WALKING  \n12 LIE_TO_STAND\r\n\n", "activity_labels.txt")
    assert parse_code_list(file) == {1: "walking", 12: "lie to stand"}
    with pytest.raises(
        RecordingError, match=r"labels\.txt, line 1: 'WALKING' is not a number and an activity"
    ):
        parse_code_list(one_file(b"WALKING\n", "labels.txt"))
    assert code_to_words("NORDIC__Walking ") == "nordic walking"


def test_tables_drawn_with_bars():
    text = "+---+---+\n| ID | Age |\n|  1 |  32 |  \n no table\n"
    assert list(table_rows(text)) == [["ID", "Age"], ["1", "32"]]
    assert as_text("ß".encode("latin-1")) == "ß"
