"""Reporting the progress of reading."""

from collections.abc import Callable

# Called with the number of steps done, their total, and what is being done; may raise to stop.
ReadProgress = Callable[[int, int, str], None]


def ignore_progress(done: int, total: int, text: str) -> None:
    """Report nothing."""
