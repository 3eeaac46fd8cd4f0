"""Windows laid over windows: at any shift, loudness, sign and offset, with channels as they are or exchanged."""

from dataclasses import dataclass

import numpy as np

from data.windows import Windows
from synth.core.run_context import ShouldStop, never, stop_if_asked

N_CANDIDATES = 48  # windows that one is laid over in full
CHUNK = 64  # windows at once
FLOOR = 1e-9
SMALLEST = 0.005  # differences in fit below this are rounding and noise


@dataclass(frozen=True, eq=False)
class Fits:
    """Where each window fits best.

    Attributes:
        nearest: `(n,)` int, index of the window that it fits best.
        fit: `(n,)` in [0, 1], how well.
        margin: `(n,)` in [0, 1]: one less the ratio of what the best fit lacks to what the best one elsewhere
            lacks (the nearest-neighbour distance ratio). 0 means fitting two places alike.
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
    """Lay each window over those of a pool, and find where it fits best.

    A fit is the mean over channels of the absolute correlation, at the best shift of up to a quarter of a window
    (half, where the pool's windows do not overlap), forwards or backwards, with channels as they are or each laid
    over the channel with the most similar spectrum. It does not depend on offset, scale and sign of channels nor
    on their order.

    Args:
        windows: What is looked up.
        pool: What is looked through.
        view: One of `VIEWS`.
        place: `(len(pool),)` int: windows of the same place are never compared with each other for the margin.
        own: `(len(windows),)` int, a place that a window must not be looked up in (its own), or -1.
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
    """Lay one window over another for the eye: the channel that agrees most, at its best shift and sign.

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
    """Return how far windows are shifted: so far that every place of the pool's recordings is tried."""
    steps = np.diff(np.sort(pool.start[pool.series == pool.series[0]]))
    step = int(np.median(steps)) if len(steps) else pool.n_timesteps
    return int(np.clip(-(-step // 2), pool.n_timesteps // 4, pool.n_timesteps // 2))


def _fit(
    ours: np.ndarray, theirs: np.ndarray, same: np.ndarray, length: int, n_timesteps: int, reach: int
) -> np.ndarray:
    """Lay windows over one other each, at all shifts, both ways, with channels as they are and exchanged.

    Args:
        ours: `(n, channels, frequencies)` spectra.
        theirs: The same of the others.
        same: `(n, channels)` which channel of theirs each of ours may be.
        length: Samples that the spectra stand for, padding included.
        n_timesteps: Samples of a window.
        reach: Samples that it is shifted at most.

    Returns:
        `(n,)` in [0, 1].
    """
    shifts = np.r_[0 : reach + 1, length - reach : length]
    overlap = (1 - np.minimum(shifts, length - shifts) / n_timesteps).astype(np.float32)
    exchanged = np.flatnonzero((same != np.arange(same.shape[1])).any(axis=1))
    best = _best_shift(ours, theirs, length, shifts, overlap)
    # Played backwards, a window's spectrum is conjugate; it begins where the other one ends.
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
    """Return for each of our channels the one of theirs with the most similar spectrum, `(n, channels)`."""
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
    """Return the spectrum of each channel of `(n, channels, timesteps)` without its phase, of length one."""
    from scipy import fft

    power = np.abs(np.asarray(fft.rfft(values))).astype(np.float32)
    return power / (np.linalg.norm(power, axis=2, keepdims=True) + FLOOR)


def _as_it_is(values: np.ndarray) -> np.ndarray:
    centred = values - values.mean(axis=1, keepdims=True)
    return (centred / (np.linalg.norm(centred, axis=1, keepdims=True) + FLOOR)).astype(np.float32)


def _fine_detail(values: np.ndarray) -> np.ndarray:
    """Look at changes from sample to sample: repetitions of a movement agree in the large, copies in the small."""
    return _as_it_is(np.diff(values, n=2, axis=1))


VIEWS = {"as a whole": _as_it_is, "in fine detail": _fine_detail}
