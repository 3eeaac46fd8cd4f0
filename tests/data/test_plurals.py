import pytest

from data.plurals import counted


@pytest.mark.parametrize(
    ("n", "words", "expected"),
    [
        (0, ("gap",), "0 gaps"),
        (1, ("gap",), "1 gap"),
        (2000, ("gap",), "2,000 gaps"),
        (1, ("person", "people"), "1 person"),
        (2, ("person", "people"), "2 people"),
    ],
)
def test_one_is_no_plural(n, words, expected):
    assert counted(n, *words) == expected
