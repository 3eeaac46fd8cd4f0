"""Labels in delimited text keep their zeros."""

from data.readers.files import one_file
from data.readers.formats import delimited


def column(text: str, name: str) -> list:
    return delimited.read(one_file(text.encode(), "t.csv")).frame[name].tolist()


def test_people_keep_their_zeros():
    text = "subject,acc_x\n001,0.5\n1,0.25\n010,0.5\n"
    assert column(text, "subject") == ["001", "1", "010"]
    assert column(text, "acc_x") == [0.5, 0.25, 0.5]


def test_numbers_without_zeros_and_other_columns_stay_numbers():
    assert column("subject,count\n1,007\n2,008\n", "count") == [7, 8]
    assert column("subject,acc_x\n1,0.5\n2,0.25\n", "subject") == [1, 2]
