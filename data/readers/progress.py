"""Reporting the progress of reading."""

from collections.abc import Callable

# Called with the number of steps done, their total, and what is being done; may raise to stop.
ReadProgress = Callable[[int, int, str], None]


def ignore_progress(done: int, total: int, text: str) -> None:
    """Report nothing."""


def read_shares(on_progress: ReadProgress, text: str) -> Callable[[float], None]:
    """Return a function that reports the share of one file, in [0, 1], as steps of one percent."""
    return lambda share: on_progress(round(100 * share), 100, text)
