"""Counted things in sentences: "1 gap", "2,000 gaps"."""


def counted(n: int, one: str, several: str = "") -> str:
    """Return a number and what is counted.

    Args:
        n: How many there are.
        one: The word for one of them.
        several: The word for more or none, by default `one` with an s.
    """
    return f"{n:,} {one if n == 1 else several or f'{one}s'}"
