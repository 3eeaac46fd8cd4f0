"""How reading tells how far it is."""

from collections.abc import Callable

# Told how many of how many steps are done, and what is being done; raises to stop.
Tick = Callable[[int, int, str], None]


def silent(done: int, total: int, text: str) -> None:
    """Tell nobody."""
