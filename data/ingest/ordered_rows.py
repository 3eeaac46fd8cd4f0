"""Rows of a file: sorting by time, bridging short gaps, and cutting into series."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from data.ingest.preparation import LONGEST_BRIDGE_S
from data.ingest.times import usual_step
from data.recordings import missing_rows

RESTART_S = 0.5  # a larger jump back in time can be the start of another recording
BRIDGED_STEPS = 2.5  # steps between two known samples, so that a single missing sample is always bridged
KEPT_MISSING_S = 1.0  # a longer stretch without a value cuts the recording
MIN_RUN = 10  # fewer rows between jumps, on average, indicate a shuffled file rather than restarts
COPIED_SHARE = 0.9  # of the rows in a stretch; overlapping exports share nearly all


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a file.

    Attributes:
        position: `(n,)` position of each row in the file, from 0.
        group: `(n,)` number of the combination of subject, activity and trial.
        run: `(n,)` number of the recording within the group; times restart between runs.
        t: `(n,)` float64 seconds.
        values: `(n, channels)` float32, NaN where missing.
    """

    position: np.ndarray
    group: np.ndarray
    run: np.ndarray
    t: np.ndarray
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.t)

    def take(self, which: np.ndarray) -> "Rows":
        """Return the rows at `which` (indices or a boolean mask), in that order."""
        if which.dtype == bool and which.all():
            return self
        return replace(self, **{name: getattr(self, name)[which] for name in self.__dataclass_fields__})

    def same_run(self) -> np.ndarray:
        """Return `(n - 1,)` bool: whether each row belongs to the same recording as the previous one."""
        return (np.diff(self.group) == 0) & (np.diff(self.run) == 0)


def in_time_order(rows: Rows) -> tuple[Rows, int]:
    """Sort rows by group, run and time, starting a new run where times restart within a group.

    A jump back in time is either disorder in the file, which sorting fixes, or the start of another recording, which
    sorting would interleave with the first. It is the latter if there are many rows between two jumps and sorted
    times would collide, not counting rows that are copies or come from another sensor.

    Returns:
        The rows, and how often times restart within a run.
    """
    if not _in_order(rows):
        rows = rows.take(np.lexsort((rows.run, rows.group)))
    steps, same = np.diff(rows.t), rows.same_run()
    if not (same & (steps < 0)).any():
        return rows, 0
    jumps = np.concatenate([[False], same & (steps < -RESTART_S)])
    unit = run_numbers(rows)
    restarts = _restarting(rows, unit, jumps)
    n_jumps = int(jumps.sum())
    rows = replace(rows, run=rows.run * (n_jumps + 1) + np.where(restarts[unit], np.cumsum(jumps), 0))
    return rows.take(np.lexsort((rows.t, rows.run, rows.group))), int(jumps[restarts[unit]].sum())


def _in_order(rows: Rows) -> bool:
    """Return whether rows are already sorted by group and run."""
    later = np.diff(rows.group)
    return bool((later >= 0).all() and (np.diff(rows.run)[later == 0] >= 0).all())


def _restarting(rows: Rows, unit: np.ndarray, jumps: np.ndarray) -> np.ndarray:
    """Return for each unit (rows of one group and file) whether its times restart."""
    n_units = int(unit[-1]) + 1
    n_rows = np.bincount(unit, minlength=n_units)
    n_jumps = np.bincount(unit[jumps], minlength=n_units)
    # Rows of different sensors may share times: only rows of the same sensor can collide.
    sensor = _missing_patterns(rows.values)
    in_order = np.lexsort((rows.t, unit) if sensor is None else (rows.t, sensor, unit))
    ordered, t = unit[in_order], rows.t[in_order]
    collides = (np.diff(ordered) == 0) & (np.diff(t) < 0.5 * usual_step(rows.t, unit))
    if sensor is not None:
        collides &= np.diff(sensor[in_order]) == 0
    meeting = np.flatnonzero(collides)
    pairs = rows.values[in_order[meeting]], rows.values[in_order[meeting + 1]]
    is_copy = (np.diff(t)[meeting] == 0) & ((pairs[0] == pairs[1]) | np.isnan(pairs[0])).all(axis=1)
    n_collisions = np.bincount(ordered[meeting[~is_copy]], minlength=n_units)
    enough = (n_rows >= MIN_RUN * (n_jumps + 1)) & (n_collisions >= MIN_RUN * n_jumps)
    return (n_jumps > 0) & enough


def _missing_patterns(values: np.ndarray) -> np.ndarray | None:
    """Number the patterns of missing values of the rows; `None` if nothing is missing."""
    missing = np.isnan(values)
    if not missing.any():
        return None
    numbers = np.zeros(len(values), dtype=np.int64)
    for byte in np.packbits(missing, axis=1).T:
        numbers = pd.factorize(numbers * 256 + byte)[0]
    return numbers


def sensors_merged(rows: Rows) -> tuple[Rows, int]:
    """Merge rows with the same time and run whose values complement each other, as from several sensors.

    Requires rows in time order. Rows that both have a value for some channel are not merged.

    Returns:
        The rows, and how many were merged into a preceding one.
    """
    missing = np.isnan(rows.values)
    again = repeated_times(rows)
    if not missing.any() or not again.any():
        return rows, 0
    first = np.flatnonzero(~again)
    lengths = np.diff(np.append(first, len(rows)))
    values, merged = rows.values.copy(), np.zeros(len(rows), dtype=bool)
    # With more rows than channels, not every row can contribute a new value.
    for nth in range(1, min(int(lengths.max()), 2 * values.shape[1] + 1)):
        head = first[lengths > nth]
        other = head + nth
        fits = (np.isnan(values[head]) | missing[other]).all(axis=1) & ~missing[other].all(axis=1)
        head, other = head[fits], other[fits]
        values[head] = np.where(missing[other], values[head], values[other])
        merged[other] = True
    return replace(rows, values=values).take(~merged), int(merged.sum())


def copied_from_other_runs(rows: Rows, person_activity: np.ndarray) -> np.ndarray:
    """Return `(n,)` bool: rows that occur in an earlier run with the same time and values.

    They come from overlapping exports of one recording. Single rows may agree by chance, so at least `MIN_RUN` are
    required, and nearly all rows of the stretch that they span.

    Args:
        rows: Rows in file order; each file is a run.
        person_activity: `(k,)` number of the subject and activity of each group. Trials are ignored: if they are read
            from the file names, every export is a separate trial.
    """
    copied = np.zeros(len(rows), dtype=bool)
    if (rows.run == rows.run[0]).all():
        return copied
    who, n_numbers = person_activity[rows.group], int(rows.run.max()) + 1
    pair = who.astype(np.int64) * n_numbers + rows.run
    several, n_runs = np.unique(pd.unique(pair) // n_numbers, return_counts=True)
    among = np.flatnonzero(np.isin(who, several[n_runs > 1]))
    among = among[np.lexsort((rows.run[among], rows.t[among], who[among]))]
    before, after = among[:-1], among[1:]
    same = (who[before] == who[after]) & (rows.t[before] == rows.t[after])
    same &= rows.run[before] != rows.run[after]
    before, after = before[same], after[same]
    left, right = rows.values[before], rows.values[after]
    equal = ((left == right) | (np.isnan(left) & np.isnan(right))).all(axis=1)
    copied[after[equal]] = True
    codes, pairs = pd.factorize(pair)
    spans = pd.Series(rows.t[copied]).groupby(codes[copied]).agg(["min", "max", "size"])
    low, high, n_copied = spans.reindex(range(len(pairs))).to_numpy().T
    n_within = np.bincount(codes, (rows.t >= low[codes]) & (rows.t <= high[codes]), minlength=len(pairs))
    copied &= (n_copied >= np.maximum(MIN_RUN, COPIED_SHARE * n_within))[codes]
    return copied


def repeated_times(rows: Rows) -> np.ndarray:
    """Return `(n,)` bool: rows that repeat a time of their run. Requires rows in time order."""
    return np.concatenate([[False], rows.same_run() & (np.diff(rows.t) <= 0)])


def bridging_limits_s(rows: Rows, bridge_s: float) -> np.ndarray:
    """Return `(n,)` seconds: the longest stretch between two known samples to be bridged, for each row's run.

    Requires rows in time order. Runs may differ in rate, so each has its own limit: `bridge_s`, or the duration of one
    missing sample if that is longer, up to a limit beyond which samples no longer follow a movement.
    """
    run = run_numbers(rows)
    inner = rows.same_run()
    steps = pd.Series(np.diff(rows.t)[inner]).groupby(run[1:][inner]).median()
    usual = np.zeros(run[-1] + 1)
    usual[steps.index] = steps.to_numpy()
    # Floating-point rounding must not decide.
    return np.clip(BRIDGED_STEPS * usual, bridge_s, LONGEST_BRIDGE_S)[run] + 1e-6


def run_numbers(rows: Rows) -> np.ndarray:
    """Number the runs of all groups from 0. Requires rows in time order."""
    return np.cumsum(np.concatenate([[False], ~rows.same_run()]))


def fill_short_gaps(rows: Rows, limits_s: np.ndarray) -> Rows:
    """Interpolate each channel linearly where the surrounding known samples are at most `limits_s` apart.

    A channel sampled more slowly than the rows has its own limit, based on its own usual step.
    """
    if not np.isnan(rows.values).any():
        return rows
    run = run_numbers(rows)
    values = rows.values.copy()
    for channel in values.T:
        missing, before, after = _neighbours(channel)
        apart = rows.t[after] - rows.t[before]
        own_limits_s = np.maximum(limits_s[before], _own_limits_s(rows.t, run, channel)[run[before]])
        near = (run[before] == run[after]) & (apart <= own_limits_s)
        missing, before, after = missing[near], before[near], after[near]
        share = (rows.t[missing] - rows.t[before]) / (rows.t[after] - rows.t[before])
        channel[missing] = (1 - share) * channel[before] + share * channel[after]
    return replace(rows, values=values)


def _own_limits_s(t: np.ndarray, run: np.ndarray, channel: np.ndarray) -> np.ndarray:
    """Return for each run the duration of one missing sample of a channel, from its usual step."""
    limits_s = np.zeros(int(run[-1]) + 1)
    known = np.flatnonzero(~np.isnan(channel))
    inner = np.diff(run[known]) == 0
    usual = pd.Series(np.diff(t[known])[inner]).groupby(run[known][1:][inner]).median()
    limits_s[usual.index] = np.minimum(BRIDGED_STEPS * usual.to_numpy(), LONGEST_BRIDGE_S) + 1e-6
    return limits_s


def missing_for_long(rows: Rows, limits_s: np.ndarray) -> np.ndarray:
    """Return `(n,)` bool: rows in which a channel is missing for more than `limits_s`, or at an end of its run."""
    long = missing_rows(rows.values)
    if not long.any():
        return long
    run = run_numbers(rows)
    long[:] = False
    for channel in rows.values.T:
        missing, before, after = _neighbours(channel)
        short = (run[before] == run[after]) & (rows.t[after] - rows.t[before] <= limits_s[before])
        alone = np.isnan(channel)
        alone[missing[short]] = False
        long |= alone
    return long


def _neighbours(channel: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the missing samples between known ones, and the nearest known samples before and after each."""
    missing, known = np.flatnonzero(np.isnan(channel)), np.flatnonzero(~np.isnan(channel))
    if len(missing) == 0 or len(known) == 0:
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing, nothing
    after = np.searchsorted(known, missing)
    inner = (after > 0) & (after < len(known))
    return missing[inner], known[after[inner] - 1], known[after[inner]]


def series_starts(rows: Rows, limits_s: np.ndarray) -> np.ndarray:
    """Return the indices at which an uninterrupted stretch begins."""
    cut = ~rows.same_run() | (np.diff(rows.t) > limits_s[1:])
    return np.concatenate([[0], np.flatnonzero(cut) + 1])
