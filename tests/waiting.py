"""Waiting for other processes and threads, without a limit of its own."""

import time
from collections.abc import Callable


def wait_until(happened: Callable[[], object]) -> None:
    """Wait until it happened, however busy the computer is: what never happens ends at pytest's time limit."""
    while not happened():
        time.sleep(0.05)
