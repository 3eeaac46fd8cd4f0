"""Windows put back together into the recordings that they were cut from."""

from dataclasses import dataclass

import numpy as np

from data.windows import Windows


@dataclass(frozen=True, eq=False)
class Tracks:
    """Uninterrupted recordings one after the other, with room between them.

    A copy need not have been cut where the windows were: it is looked for at every sample of the recordings.

    Attributes:
        values: `(n_samples, channels)` float32; zero in the room before, between and after recordings.
        inside: `(n_samples,)` bool, where there is a recording.
        begin: `(n,)` int, the sample at which each window begins.
        room: Samples between two recordings.
    """

    values: np.ndarray
    inside: np.ndarray
    begin: np.ndarray
    room: int

    @classmethod
    def of(cls, windows: Windows, side: np.ndarray) -> "Tracks":
        """Put windows together.

        Args:
            windows: At least one. Windows that contradict another one about a sample stay on their own.
            side: `(n,)`; recordings do not cross sides.
        """
        n_timesteps, n_channels = windows.values.shape[1:]
        begin, n_samples = _places(windows, side, room=n_timesteps)
        steps = np.arange(n_timesteps)
        values = np.zeros((n_samples, n_channels), np.float32)
        values[begin[:, None] + steps] = windows.values
        apart = np.flatnonzero((values[begin[:, None] + steps] != windows.values).any(axis=(1, 2)))
        if len(apart):
            begin[apart] = n_samples + 2 * n_timesteps * np.arange(len(apart))
            values = np.pad(values, ((0, 2 * n_timesteps * len(apart)), (0, 0)))
            values[begin[apart][:, None] + steps] = windows.values[apart]
        inside = np.zeros(len(values), bool)
        inside[begin[:, None] + steps] = True
        return cls(values, inside, begin, n_timesteps)


def _places(windows: Windows, side: np.ndarray, *, room: int) -> tuple[np.ndarray, int]:
    """Return where each window begins, `(n,)`, and the length of everything in samples."""
    n_timesteps = windows.n_timesteps
    order = np.lexsort((windows.start, side, windows.series))
    series, start, of_side = windows.series[order], windows.start[order], side[order]
    goes_on = (series[1:] == series[:-1]) & (of_side[1:] == of_side[:-1]) & (np.diff(start) <= n_timesteps)
    ahead = np.where(goes_on, np.diff(start), n_timesteps + room)
    begin = np.empty(len(order), np.int64)
    begin[order] = room + np.concatenate([[0], np.cumsum(ahead)])
    return begin, int(begin.max()) + n_timesteps + room
