"""Look windows up in recordings: at every place and shift, whatever their scale, sign and offset.

Every place is looked at, however many there are: an index of how the spectrum of each stretch changes within it finds
those that could match (one matrix product), and these are laid over at every shift (Fourier transforms). How many
known copies are found is measured in every audit (`disguises.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise

import numpy as np

from data.windows import Windows
from synth.audit.copies.tracks import Tracks
from synth.audit.copies.views import Measured, Try, View
from synth.core.run_context import ShouldStop, never, stop_if_asked

N_FRAMES, N_BANDS = 4, 8  # of the index
N_AXES = 64  # dimensions of the index
N_HOPS = 8  # stretches begin at every eighth of a window
QUERIES, LOOKED_UP, PAIRS = 1024, 256, 4096  # windows laid over, looked up, and stretches described at once
APART = 1.5  # window lengths: nearer places are the same one
FLOOR = 1e-9
DOUBTFUL = 0.15  # margins above it are made sure of: the index knows little of windows unlike all recordings
SMALLEST = 0.005  # smaller differences in fit are rounding and noise


@dataclass(frozen=True, eq=False)
class Matches:
    """The best match of each window.

    Attributes:
        nearest: `(n,)` int, the pool's window at the best match.
        fit: `(n,)` in [0, 1], the absolute correlation with it; 1 is perfect.
        margin: `(n,)` in [0, 1]: one minus the ratio of the distances to the best match and to the best match
            elsewhere (nearest-neighbour distance ratio). 0 means that two places match equally well.
    """

    nearest: np.ndarray
    fit: np.ndarray
    margin: np.ndarray

    def put(self, where: np.ndarray, other: "Matches") -> None:
        """Replace the matches of some windows, at indices."""
        for name in ("nearest", "fit", "margin"):
            getattr(self, name)[where] = getattr(other, name)

    def improve(self, piece: slice, other: "Matches") -> None:
        """Take over matches of a piece of all windows where their margin is larger."""
        better = np.flatnonzero(other.margin > self.margin[piece])
        self.put(
            piece.start + better, Matches(other.nearest[better], other.fit[better], other.margin[better])
        )


@dataclass(frozen=True, eq=False)
class Pool:
    """Recordings in which windows are looked up.

    Attributes:
        tracks: The recordings.
        measured: What views have to know of them.
        reach: Largest shift from a window's place, in samples: together they cover the recordings.
    """

    tracks: Tracks
    measured: Measured
    reach: int

    @classmethod
    def of(cls, windows: Windows, side: np.ndarray) -> "Pool":
        """Put windows together into recordings, which do not cross sides."""
        tracks = Tracks.of(windows, side)
        steps = np.diff(np.sort(tracks.begin))
        step = int(np.median(steps[steps > 0])) if (steps > 0).any() else windows.n_timesteps
        step = min(step, windows.n_timesteps)
        measured = Measured(windows.rate_hz, windows.n_timesteps, windows.channels)
        return cls(tracks, measured, -(-step // 2) + windows.n_timesteps // N_HOPS)

    def first_samples(self, n_timesteps: int) -> np.ndarray:
        """Return where a stretch of `n_timesteps` samples in the middle of each place begins, `(n_places,)` int."""
        return self.tracks.begin + (self.measured.n_timesteps - n_timesteps) // 2

    def is_near(self, place: np.ndarray, others: np.ndarray | None = None) -> np.ndarray:
        """Whether places are too near to others (by default, to every place) to be another one."""
        begin = self.tracks.begin
        theirs = begin if others is None else begin[others]
        return np.abs(theirs - begin[place]) < APART * self.measured.n_timesteps


@dataclass(frozen=True, eq=False)
class Search:
    """Looks windows up in recordings, by one view.

    Attributes:
        pool: The recordings.
        view: What is compared.
        recordings: The recordings as the view changes them, `(n_samples, channels)`.
        indices: Length of windows in samples -> index; filled as needed.
        norms: Length of windows in samples -> `_inverse_norms` of the recordings; filled as needed.
    """

    pool: Pool
    view: View
    recordings: np.ndarray
    indices: dict[int, "_Index"] = field(default_factory=dict)
    norms: dict[int, np.ndarray] = field(default_factory=dict)

    @classmethod
    def of(cls, pool: Pool, view: View) -> "Search":
        """Prepare to look windows up."""
        return cls(pool, view, view.change(pool.tracks.values, pool.measured))

    def look_up(
        self, windows: Windows, *, own: np.ndarray | None = None, should_stop: ShouldStop = never
    ) -> Matches:
        """Find where in the recordings each window matches best.

        A fit is the mean over channels of the absolute correlation with a stretch of the recordings.

        Args:
            windows: The windows to look up.
            own: `(n,)` int, the pool's window that each window is itself, near which it is not looked for; by
                default it is looked for everywhere.
            should_stop: Asked between pieces.
        """
        found = Matches(*(np.zeros(len(windows), kind) for kind in (int, np.float32, np.float32)))
        for begin in range(0, len(windows), QUERIES):
            piece = slice(begin, begin + QUERIES)
            for attempt in self.view.tries(windows.values[piece]):
                stop_if_asked(should_stop)
                found.improve(piece, self._attempt(attempt, None if own is None else own[piece]))
        return found

    def _attempt(self, attempt: Try, own: np.ndarray | None) -> Matches:
        """Lay windows over the places that could match, and those that stand out over what is like their match, too."""
        n_timesteps = attempt.guide.shape[1]
        if n_timesteps not in self.indices:
            self.indices[n_timesteps] = _Index.of(self.recordings, self.pool, self.view, n_timesteps)
        index, n = self.indices[n_timesteps], self.view.n_candidates
        places = index.candidates(self.view.change(attempt.guide, self.pool.measured), own, n)
        fits = self._lay_over(attempt.laid_over, places)
        found = _best(fits, places, self.pool)
        doubtful = np.flatnonzero(found.margin > DOUBTFUL)
        if len(doubtful):
            others = index.alike(found.nearest[doubtful], None if own is None else own[doubtful], n)
            more = self._lay_over([values[doubtful] for values in attempt.laid_over], others)
            all_fits = np.concatenate([fits[doubtful], more], axis=1)
            found.put(
                doubtful, _best(all_fits, np.concatenate([places[doubtful], others], axis=1), self.pool)
            )
        return found

    def _lay_over(self, windows: Sequence[np.ndarray], places: np.ndarray) -> np.ndarray:
        """Return how well windows (in several lengths) fit places at the best shift, `(n, n_places)` in [0, 1]."""
        fits = np.zeros(places.shape, np.float32)
        for values in windows:
            first = self.pool.first_samples(values.shape[1]) - self.pool.reach
            shown = self.view.change(values, self.pool.measured)
            np.maximum(fits, self._fits(shown, places, first), out=fits)
        return fits

    def _fits(self, values: np.ndarray, places: np.ndarray, first: np.ndarray) -> np.ndarray:
        """Return the best correlation of windows with places at every shift, `(n, n_places)` in [0, 1].

        Args:
            values: `(n, timesteps, channels)`, changed like the recordings.
            places: `(n, n_places)` int.
            first: `(number of all places,)` the first sample of each place, at the earliest shift.
        """
        from scipy import fft

        n_timesteps, n_shifts = values.shape[1], 2 * self.pool.reach + 1
        span = n_timesteps + n_shifts - 1
        length: int = fft.next_fast_len(span, real=True)  # pyright: ignore[reportAssignmentType]  # stub
        if n_timesteps not in self.norms:
            self.norms[n_timesteps] = _inverse_norms(self.recordings, n_timesteps)
        ours = np.asarray(fft.rfft(_unit_channels(values.transpose(0, 2, 1)), length)).conj()
        unique, which = np.unique(places, return_inverse=True)
        begin = first[unique][:, None]
        stretches = self.recordings[begin + np.arange(span)].transpose(0, 2, 1)
        theirs = np.asarray(fft.rfft(stretches, length))
        scale = self.norms[n_timesteps][begin + np.arange(n_shifts)].transpose(0, 2, 1)
        found = np.empty(places.shape, np.float32)
        for k, there in enumerate(which.reshape(places.shape).T):
            agreement = self._agreement(ours, theirs[there], scale[there], length)
            found[:, k] = agreement.mean(axis=1).max(axis=1)
        return np.minimum(found, 1.0)

    def _agreement(self, ours: np.ndarray, theirs: np.ndarray, scale: np.ndarray, length: int) -> np.ndarray:
        """Return the absolute correlation of each channel at every shift, `(n, channels, shifts)`."""
        n_shifts = scale.shape[2]
        if not self.view.exchanging:
            return _correlation(ours * theirs, length, n_shifts) * scale
        with_each = (
            _correlation(ours * theirs[:, [c]], length, n_shifts) * scale[:, [c]]
            for c in range(theirs.shape[1])
        )
        return reduce(np.maximum, with_each)


def aligned(ours: np.ndarray, theirs: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Align two windows for display: the channel that agrees most, at its best shift and sign.

    Args:
        ours: `(timesteps, channels)`.
        theirs: The same of the other window.

    Returns:
        Both as standardised `(n,)` where they overlap, and the number of the channel.
    """
    first, second = (_unit_channels(v.T[None])[0].T for v in (ours, theirs))
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


@dataclass(frozen=True, eq=False)
class _Index:
    """How the spectrum changes within each stretch of the recordings, in few numbers.

    Attributes:
        vectors: `(n_hops, n_places, N_AXES)` float32 of length one, for stretches that begin at every hop.
        mean: `(features,)`.
        axes: `(features, N_AXES)`: principal axes, in units of their spread.
        pool: What was indexed.
        exchanging: Whether the order of channels does not matter.
    """

    vectors: np.ndarray
    mean: np.ndarray
    axes: np.ndarray
    pool: Pool
    exchanging: bool

    @classmethod
    def of(cls, recordings: np.ndarray, pool: Pool, view: View, n_timesteps: int) -> "_Index":
        """Describe all stretches of `n_timesteps` samples (before they were changed)."""
        n_changed = n_timesteps - (len(pool.tracks.values) - len(recordings))
        hop = max(1, n_timesteps // N_HOPS)
        hops = np.arange(hop - pool.reach, pool.reach - hop + 1, hop)
        first = (pool.first_samples(n_timesteps) + hops[:, None]).ravel()
        described = np.concatenate([
            _description(recordings[at[:, None] + np.arange(n_changed)], view.exchanging)
            for at in np.array_split(first, -(-first.size // PAIRS))
        ])  # fmt: skip
        mean = described.mean(axis=0)
        described -= mean
        spread, axes = np.linalg.eigh(described.T @ described / len(described))
        spread, axes = spread[-N_AXES:], axes[:, -N_AXES:]
        axes = (axes / np.sqrt(np.maximum(spread, 0) + 1e-3 * spread[-1] + FLOOR)).astype(np.float32)
        vectors = _unit(described @ axes).reshape(len(hops), len(pool.tracks.begin), -1)
        return cls(vectors, mean, axes, pool, view.exchanging)

    def candidates(self, guide: np.ndarray, own: np.ndarray | None, n: int) -> np.ndarray:
        """Return the places that are most like windows, `(len(guide), at most n)` int."""
        described = _unit((_description(guide, self.exchanging) - self.mean) @ self.axes)
        return self._nearest(described, [] if own is None else [own], n)

    def alike(self, places: np.ndarray, own: np.ndarray | None, n: int) -> np.ndarray:
        """Return the places elsewhere that are most like places, `(len(places), at most n)` int."""
        as_they_are = self.vectors[len(self.vectors) // 2, places]
        return self._nearest(as_they_are, [places] if own is None else [places, own], n)

    def _nearest(self, described: np.ndarray, apart_from: Sequence[np.ndarray], n: int) -> np.ndarray:
        n = min(n, self.vectors.shape[1])
        found = np.empty((len(described), n), np.int64)
        for begin in range(0, len(described), LOOKED_UP):
            piece = slice(begin, begin + LOOKED_UP)
            likeness = described[piece] @ self.vectors[0].T
            for of_hop in self.vectors[1:]:
                np.maximum(likeness, described[piece] @ of_hop.T, out=likeness)
            for places in apart_from:
                likeness[self.pool.is_near(places[piece][:, None])] = -1
            found[piece] = np.argpartition(likeness, -n, axis=1)[:, -n:]
        return found


def _best(fits: np.ndarray, places: np.ndarray, pool: Pool) -> Matches:
    """Return the best of several places each window was laid over."""
    rows = np.arange(len(places))
    best = fits.argmax(axis=1)
    nearest, fit = places[rows, best], fits[rows, best]
    elsewhere = ~pool.is_near(nearest[:, None], places)
    second = np.where(elsewhere, fits, 0.0).max(axis=1)
    margin = 1 - (1 - fit + SMALLEST) / (1 - second + SMALLEST)
    return Matches(nearest, fit, np.where(elsewhere.any(axis=1), np.clip(margin, 0, 1), 0))


def _correlation(products: np.ndarray, length: int, n_shifts: int) -> np.ndarray:
    from scipy import fft

    return np.abs(np.asarray(fft.irfft(products, length))[..., :n_shifts])


def _inverse_norms(recordings: np.ndarray, n_timesteps: int) -> np.ndarray:
    """Return one over the norm of every centred stretch of a channel, `(n_samples - n_timesteps + 1, channels)`."""
    values = recordings - recordings.mean(axis=0, dtype=np.float64)
    sums, squares = (np.cumsum(np.pad(v, ((1, 0), (0, 0))), axis=0) for v in (values, values**2))
    total, power = (v[n_timesteps:] - v[:-n_timesteps] for v in (sums, squares))
    least = 1e-8 * values.var(axis=0) * n_timesteps + FLOOR  # a stretch without movement fits nothing
    return (1 / np.sqrt(np.maximum(power - total**2 / n_timesteps, least))).astype(np.float32)


def _unit_channels(values: np.ndarray) -> np.ndarray:
    """Centre channels of `(n, channels, timesteps)`, and bring each to length one."""
    centred = values - values.mean(axis=2, keepdims=True)
    return (centred / (np.linalg.norm(centred, axis=2, keepdims=True) + FLOOR)).astype(np.float32)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + FLOOR)).astype(np.float32)


def _description(values: np.ndarray, exchanging: bool) -> np.ndarray:
    """Describe `(n, timesteps, channels)` by spectra of some frames, in bands: `(n, features)` float32."""
    from scipy import fft

    n, length, _ = values.shape
    centred = values - values.mean(axis=1, keepdims=True)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True) + FLOOR
    n_frames = min(N_FRAMES, max(1, length // 8))
    size = 2 * length // (n_frames + 1)
    taper = np.hanning(size + 2)[1:-1].astype(np.float32)[:, None]
    edges = np.unique(np.round(np.geomspace(1, size // 2 + 1, N_BANDS + 1) - 1).astype(int))
    frames = []
    for begin in np.linspace(0, length - size, n_frames).astype(int):
        power = np.abs(np.asarray(fft.rfft(centred[:, begin : begin + size] * taper, axis=1)))
        bands = np.stack([power[:, a:b].mean(axis=1) for a, b in pairwise(edges)], axis=1)
        frames.append(np.sort(bands, axis=2) if exchanging else bands)
    return np.sqrt(np.stack(frames, axis=1)).reshape(n, -1).astype(np.float32)
