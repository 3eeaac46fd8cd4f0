"""Align windows with windows: at any shift, scale, sign and offset, with channels as they are or exchanged."""

from dataclasses import dataclass

import numpy as np

from data.windows import Windows
from synth.core.run_context import ShouldStop, never, stop_if_asked

N_CANDIDATES = 48  # windows that one is compared with at all shifts
CHUNK = 64  # windows at once
FLOOR = 1e-9
SMALLEST = 0.005  # smaller differences in fit are rounding and noise


@dataclass(frozen=True, eq=False)
class Fits:
    """The best match of each window.

    Attributes:
        nearest: `(n,)` int, index of the best match.
        fit: `(n,)` in [0, 1], the absolute correlation with it; 1 is perfect.
        margin: `(n,)` in [0, 1]: one minus the ratio of the distances to the best match and to the best match
            elsewhere (nearest-neighbour distance ratio). 0 means that two places match equally well.
    """

    nearest: np.ndarray
    fit: np.ndarray
    margin: np.ndarray


def lay_over(
    windows: Windows,
    pool: Windows,
    view: str,
    *,
    place: np.ndarray,
    own: np.ndarray | None = None,
    should_stop: ShouldStop = never,
) -> Fits:
    """Align each window with those of a pool, and find its best match.

    A fit is the mean over channels of the absolute correlation, at the best shift of up to a quarter of a window
    (half, where the pool's windows do not overlap), forwards or reversed in time, with channels as they are or each
    compared with the channel of the most similar spectrum. It is invariant to offset, scale, sign and order of
    channels.

    Args:
        windows: The windows to match.
        pool: The candidates.
        view: One of `VIEWS`.
        place: `(len(pool),)` int: the margin compares matches at different places only.
        own: `(len(windows),)` int, the place that a window must not match (its own), or -1.
        should_stop: Asked between pieces.
    """
    from scipy import fft

    ours, theirs = (VIEWS[view](w.values).transpose(0, 2, 1) for w in (windows, pool))
    shapes, their_shapes = _shapes(ours), _shapes(theirs)
    n_timesteps = ours.shape[2]
    length: int = fft.next_fast_len(2 * n_timesteps, real=True)  # pyright: ignore[reportAssignmentType]  # stub
    spectra, their_spectra = (np.asarray(fft.rfft(v, length)).astype(np.complex64) for v in (ours, theirs))
    own = np.full(len(windows), -1) if own is None else own
    reach = _reach(pool)
    nearest, best, margin = np.zeros(len(ours), int), np.zeros(len(ours)), np.zeros(len(ours))
    for begin in range(0, len(ours), CHUNK):
        stop_if_asked(should_stop)
        piece = slice(begin, begin + CHUNK)
        found = _candidates(shapes[piece], their_shapes, own[piece][:, None] == place)
        fits = np.zeros(found.shape)
        for k, others in enumerate(found.T):
            same = _same_channels(shapes[piece], their_shapes[others])
            fits[:, k] = _fit(spectra[piece], their_spectra[others], same, length, n_timesteps, reach)
        fits[place[found] == own[piece][:, None]] = 0.0
        rows = np.arange(len(found))
        nearest[piece] = found[rows, fits.argmax(axis=1)]
        best[piece] = fits.max(axis=1)
        elsewhere = np.where(place[found] != place[nearest[piece]][:, None], fits, 0.0).max(axis=1)
        margin[piece] = 1 - (1 - best[piece] + SMALLEST) / (1 - elsewhere + SMALLEST)
    return Fits(nearest, best, np.clip(margin, 0.0, 1.0))


def aligned(ours: np.ndarray, theirs: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Align two windows for display: the channel that agrees most, at its best shift and sign.

    Args:
        ours: `(timesteps, channels)`.
        theirs: The same of the other window.

    Returns:
        Both as standardised `(n,)` where they overlap, and the number of the channel.
    """
    first, second = (_as_it_is(v[None])[0] for v in (ours, theirs))
    n_timesteps = len(first)
    reach = n_timesteps // 4
    best = (0.0, 0, 0)
    for shift in range(-reach, reach + 1):
        a, b = first[max(shift, 0) : n_timesteps + shift], second[max(-shift, 0) : n_timesteps - shift]
        agreement = (a * b).sum(axis=0) / np.sqrt(len(a) / n_timesteps)
        channel = int(np.abs(agreement).argmax())
        best = max(best, (float(agreement[channel]), shift, channel), key=lambda found: abs(found[0]))
    agreement, shift, channel = best
    a = first[max(shift, 0) : n_timesteps + shift, channel]
    b = second[max(-shift, 0) : n_timesteps - shift, channel] * np.sign(agreement)
    scale = np.sqrt(n_timesteps)
    return a * scale, b * scale, channel


def _reach(pool: Windows) -> int:
    """Return the largest shift, in samples: large enough to try every place of the pool's recordings."""
    steps = np.diff(np.sort(pool.start[pool.series == pool.series[0]]))
    step = int(np.median(steps)) if len(steps) else pool.n_timesteps
    return int(np.clip(-(-step // 2), pool.n_timesteps // 4, pool.n_timesteps // 2))


def _fit(
    ours: np.ndarray, theirs: np.ndarray, same: np.ndarray, length: int, n_timesteps: int, reach: int
) -> np.ndarray:
    """Compare windows pairwise at all shifts, forwards and reversed, with channels as they are and exchanged.

    Args:
        ours: `(n, channels, frequencies)` spectra.
        theirs: The same of the others.
        same: `(n, channels)` int, the most similar channel of theirs for each of ours.
        length: Length of the transform in samples, padding included.
        n_timesteps: Samples of a window.
        reach: Largest shift in samples.

    Returns:
        `(n,)` in [0, 1].
    """
    shifts = np.r_[0 : reach + 1, length - reach : length]
    overlap = (1 - np.minimum(shifts, length - shifts) / n_timesteps).astype(np.float32)
    exchanged = np.flatnonzero((same != np.arange(same.shape[1])).any(axis=1))
    best = _best_shift(ours, theirs, length, shifts, overlap)
    # Reversing a window conjugates its spectrum; it then begins where the other one ends.
    backwards = (shifts + n_timesteps - 1) % length
    best = np.maximum(best, _best_shift(ours, theirs.conj(), length, backwards, overlap))
    if len(exchanged):
        laid = theirs[exchanged[:, None], same[exchanged]]
        other = _best_shift(ours[exchanged], laid, length, shifts, overlap)
        best[exchanged] = np.maximum(best[exchanged], other)
    return best


def _best_shift(
    ours: np.ndarray, theirs: np.ndarray, length: int, shifts: np.ndarray, overlap: np.ndarray
) -> np.ndarray:
    from scipy import fft

    correlation = np.abs(np.asarray(fft.irfft(ours * theirs.conj(), length))).mean(axis=1)[:, shifts]
    return np.minimum((correlation / np.sqrt(overlap)).max(axis=1), 1.0)


def _same_channels(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Return the channel of theirs with the spectrum most similar to each of ours, `(n, channels)`."""
    return np.matmul(ours, theirs.transpose(0, 2, 1)).argmax(axis=2)


def _candidates(ours: np.ndarray, theirs: np.ndarray, excluded: np.ndarray) -> np.ndarray:
    """Return the windows whose channels have the most similar spectra, `(n, at most N_CANDIDATES)`."""
    n, n_channels, _ = ours.shape
    likeness = np.zeros((n, len(theirs)), dtype=np.float32)
    for channel in range(n_channels):
        of_channel = np.stack([ours[:, channel] @ theirs[:, other].T for other in range(n_channels)])
        likeness += of_channel.max(axis=0)
    likeness[excluded] = -np.inf
    n_kept = min(N_CANDIDATES, len(theirs))
    return np.argpartition(likeness, -n_kept, axis=1)[:, -n_kept:]


def _shapes(values: np.ndarray) -> np.ndarray:
    """Return the magnitude spectrum of each channel of `(n, channels, timesteps)`, normalised to length one."""
    from scipy import fft

    power = np.abs(np.asarray(fft.rfft(values))).astype(np.float32)
    return power / (np.linalg.norm(power, axis=2, keepdims=True) + FLOOR)


def _as_it_is(values: np.ndarray) -> np.ndarray:
    centred = values - values.mean(axis=1, keepdims=True)
    return (centred / (np.linalg.norm(centred, axis=1, keepdims=True) + FLOOR)).astype(np.float32)


def _fine_detail(values: np.ndarray) -> np.ndarray:
    """Take second differences: repetitions of a movement agree in its overall shape, copies in fine detail."""
    return _as_it_is(np.diff(values, n=2, axis=1))


VIEWS = {"as a whole": _as_it_is, "in fine detail": _fine_detail}
