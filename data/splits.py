"""Splits into fit, fresh and unseen windows, and by time or trial. Windows on different sides never overlap."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from data.errors import RecordingError
from data.shared_samples import shared_fraction
from data.windows import Windows

VERSION = 1  # of the split: raise it when the same windows, settings and seed give different parts
BLOCK_WINDOWS = 3  # minimum block length in windows, if the series is long enough


@dataclass(frozen=True, eq=False)
class Split:
    """Private windows in three parts that share no samples.

    Attributes:
        fit: Windows of the members which a mechanism may learn from and transform.
        fresh: Other stretches of the same members, at least one window away, used by the audit only.
        unseen: All windows of the subjects who are held out entirely.
        seed: The seed of the random split.
        n_in_buffers: Number of windows in the buffers between blocks, which are not used.
        at_random: Whether stretches were assigned to `fit` and `fresh` at random. Only then does a release that leaks
            nothing resemble both equally; parts supplied by the user may differ by session or drift.
    """

    fit: Windows
    fresh: Windows
    unseen: Windows
    seed: int
    n_in_buffers: int
    at_random: bool = True

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the `fit` windows: the cache key of everything fitted."""
        return self.fit.fingerprint


@dataclass(frozen=True)
class SplitSettings:
    """Proportions of the split.

    Attributes:
        held_out: Share of subjects held out entirely, in [0, 0.8].
        fresh: Share of each member's blocks reserved for the audit, in (0, 0.9).
    """

    held_out: float = 0.3
    fresh: float = 0.35

    def __post_init__(self) -> None:
        if not 0 <= self.held_out <= 0.8:
            raise ValueError(f"held_out must be in [0, 0.8]. Received: {self.held_out}")
        if not 0 < self.fresh < 0.9:
            raise ValueError(f"fresh must be in (0, 0.9). Received: {self.fresh}")


def split_windows(windows: Windows, *, seed: int, settings: SplitSettings = SplitSettings()) -> Split:
    """Hold out subjects, and cut the series of the others into blocks for `fit` and `fresh`.

    Blocks are assigned at random within each subject and activity, so that slow drift is not mistaken for
    synthesis; a buffer of one window length between two blocks of a series is not used. A series too short
    for two blocks is assigned to one side as a whole.

    Args:
        windows: All private windows.
        seed: Seed for drawing subjects and blocks.
        settings: Proportions.

    Returns:
        The split. With only two subjects nobody is held out and `unseen` is empty.

    Raises:
        RecordingError: If there are fewer than two subjects, or nothing can be reserved for
            the audit.
    """
    _refuse_too_little(windows)
    rng = np.random.default_rng(seed)
    held_out = _people_to_hold_out(windows, settings.held_out, rng)
    is_unseen = np.isin(windows.subject, held_out)
    side = np.full(len(windows), "", dtype="U5")
    for _, members in _groups(windows, np.flatnonzero(~is_unseen), "subject", "activity"):
        blocks = [b for _, indices in _groups(windows, members, "series") for b in _blocks(windows, indices)]
        for block, name in zip(blocks, _sides(len(blocks), settings.fresh, rng), strict=True):
            side[block] = name
    if not (side == "fit").any() or not (side == "fresh").any():
        raise RecordingError(
            "The recordings are too short to reserve a part for the audit. "
            "Choose a shorter window on the Data page, or load longer recordings."
        )
    return Split(
        fit=windows.take(side == "fit"),
        fresh=windows.take(side == "fresh"),
        unseen=windows.take(is_unseen),
        seed=seed,
        n_in_buffers=int(((side == "") & ~is_unseen).sum()),
    )


def split_by_holdout(real: Windows, holdout: Windows | None, *, seed: int) -> Split:
    """Build a split from the recordings that a release was made from and a holdout supplied by the user.

    Args:
        real: Windows of the recordings that the release was made from.
        holdout: Windows of other recordings, of the same subjects (these become `fresh`) or of others
            (`unseen`). With `None` both are empty, and questions that need them cannot be answered.
        seed: The seed of the audit; nothing is random here.

    Raises:
        RecordingError: If `real` has fewer than two subjects, or the holdout has different channels,
            a different rate, or windows that also occur in `real`.
    """
    _refuse_too_little(real)
    nothing = real.take(np.zeros(0, np.int64))
    if holdout is None:
        return Split(real, nothing, nothing, seed, 0, at_random=False)
    _refuse_other_kind(real, holdout)
    renamed = np.char.add("holdout: ", holdout.series) if len(holdout) else holdout.series
    holdout = replace(holdout, series=renamed, units=real.units)
    same_people = np.isin(holdout.subject, real.subjects)
    fresh, unseen = holdout.take(same_people), holdout.take(~same_people)
    return Split(real, fresh, unseen, seed, 0, at_random=False)


def cut_by_time(windows: Windows, *, share: float = 0.6) -> tuple[np.ndarray, np.ndarray]:
    """Split each series by time, with a buffer of one window, for attackers trained on the earlier part.

    A series too short to split is assigned as a whole to the side that is furthest below its share for that subject
    and activity.

    Args:
        windows: Windows that name subjects.
        share: Share of windows before the split point, in (0, 1).

    Returns:
        Indices before the split point and after the buffer. No sample is on both sides.
    """
    before, after = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for _, group in _groups(windows, np.arange(len(windows)), "subject", "activity"):
        counts = [0, 0]
        for _, indices in _groups(windows, group, "series"):
            early, late = _cut_series(windows, indices, share)
            if len(early) == 0 or len(late) == 0:
                wants_early = counts[0] * (1 - share) <= counts[1] * share
                early, late = (indices, indices[:0]) if wants_early else (indices[:0], indices)
            counts[0] += len(early)
            counts[1] += len(late)
            before.append(early)
            after.append(late)
    return np.sort(np.concatenate(before)), np.sort(np.concatenate(after))


def cut_by_trial(windows: Windows) -> tuple[np.ndarray, np.ndarray] | None:
    """Put each subject's earlier trials on one side and the later ones on the other.

    Args:
        windows: Windows that name subjects.

    Returns:
        Indices of the first half of each subject's trials (at least one) and of the others; `None` if
        fewer than two subjects have two trials.
    """
    first: list[np.ndarray] = []
    second: list[np.ndarray] = []
    for _, group in _groups(windows, np.arange(len(windows)), "subject"):
        trials = sorted(set(windows.trial[group].tolist()) - {""}, key=lambda name: (len(name), name))
        if len(trials) < 2:
            continue
        is_first = np.isin(windows.trial[group], trials[: len(trials) // 2])
        first.append(group[is_first])
        second.append(group[~is_first])
    if len(first) < 2:
        return None
    return np.sort(np.concatenate(first)), np.sort(np.concatenate(second))


def _refuse_too_little(windows: Windows) -> None:
    if len(windows.subjects) < 2:
        who = windows.subjects[0] if windows.subjects else "nobody"
        raise RecordingError(
            f"There is only one person ({who}) in these recordings. Testing whether people can be told apart "
            "needs at least two; check which column contains the person."
        )


def _refuse_other_kind(real: Windows, holdout: Windows) -> None:
    for what, ours, theirs in (
        ("samples a second", real.rate_hz, holdout.rate_hz),
        ("channels", ", ".join(real.channels), ", ".join(holdout.channels)),
    ):
        if ours != theirs:
            raise RecordingError(
                f"The holdout cannot be compared with the recordings: it has {theirs} ({what}), the recordings "
                f"have {ours}. Provide a holdout that was measured in the same way."
            )
    for channel, ours, theirs in zip(real.channels, real.units, holdout.units, strict=True):
        if ours and theirs and ours != theirs:
            raise RecordingError(
                f"The holdout cannot be compared with the recordings: its {channel} is in {theirs}, not in {ours}."
            )
    n_shared = int((shared_fraction(holdout, real) > 0.5).sum())
    if n_shared:
        raise RecordingError(
            f"The holdout repeats recordings: {n_shared:,} of its {len(holdout):,} windows also occur in the "
            "recordings that the release was made from. It must contain other people or other times only."
        )


def _people_to_hold_out(windows: Windows, share: float, rng: np.random.Generator) -> np.ndarray:
    """Draw subjects such that the members keep every activity, if possible, and the held-out ones cover most."""
    people = np.array(windows.subjects)
    n_held_out = min(round(share * len(people)), len(people) - 2)
    if n_held_out < 1:
        return people[:0]

    def activities_seen(chosen: np.ndarray) -> tuple[int, int]:
        unseen = np.isin(windows.subject, chosen)
        return len(set(windows.activity[~unseen].tolist())), len(set(windows.activity[unseen].tolist()))

    draws = [rng.choice(people, n_held_out, replace=False) for _ in range(20)]
    return max(draws, key=activities_seen)


def _groups(
    windows: Windows, indices: np.ndarray, *names: str
) -> Iterator[tuple[tuple[str, ...], np.ndarray]]:
    """Yield each combination of labels among `indices` with its indices, sorted by label."""
    labels = [getattr(windows, name)[indices] for name in names]
    order = np.lexsort(labels[::-1])
    if len(order) == 0:
        return
    changed = np.any([label[order][1:] != label[order][:-1] for label in labels], axis=0)
    for part in np.split(order, np.flatnonzero(changed) + 1):
        yield tuple(label[part[0]] for label in labels), indices[np.sort(part)]


def _blocks(windows: Windows, indices: np.ndarray) -> list[np.ndarray]:
    """Cut one series into contiguous blocks separated by a buffer of one window length."""
    length, starts = windows.n_timesteps, windows.start[indices]
    first = starts.min()
    n_samples = starts.max() - first + length
    n_blocks = (n_samples + length) // ((BLOCK_WINDOWS + 1) * length)
    if n_blocks < 2:
        n_blocks = 2 if n_samples >= 3 * length else 1
    block = (n_samples - (n_blocks - 1) * length) / n_blocks
    lows = first + np.arange(n_blocks) * (block + length)
    inside = (starts >= lows[:, None]) & (starts + length <= lows[:, None] + block)
    return [indices[row] for row in inside if row.any()]


def _sides(n_blocks: int, share: float, rng: np.random.Generator) -> np.ndarray:
    """Assign each block of one subject and activity to a side."""
    n_fresh = (
        int(rng.random() < share) if n_blocks == 1 else min(max(1, round(share * n_blocks)), n_blocks - 1)
    )
    sides = np.array(["fresh"] * n_fresh + ["fit"] * (n_blocks - n_fresh))
    return rng.permutation(sides)


def _cut_series(windows: Windows, indices: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    starts, length = windows.start[indices], windows.n_timesteps
    n_samples = starts.max() - starts.min() + length
    cut = starts.min() + share * (n_samples - length)
    return indices[starts + length <= cut], indices[starts >= cut + length]
