"""When a device was worn, by the rule of van Hees et al. from acceleration alone.

The hour around each quarter of an hour is judged: the device was not worn in that quarter if, for at least two of the
three axes, the standard deviation is below 13 mg, or if, for at least two of them, the range is below 50 mg.

References:
    V. T. van Hees et al., "Estimation of daily energy expenditure in pregnant and non-pregnant women using a
    wrist-worn tri-axial accelerometer", PLoS ONE 6(7): e22922, 2011, doi:10.1371/journal.pone.0022922: two of three
    axes, standard deviation or range (then 3 mg, 50 mg and blocks of 30 minutes).
    V. T. van Hees et al., "Separating movement and gravity components in an acceleration signal and implications for
    the assessment of human daily physical activity", PLoS ONE 8(4): e61691, 2013, doi:10.1371/journal.pone.0061691:
    13 mg, and windows of 60 minutes in steps of 15 minutes.
    GGIR, `detect_nonwear_clipping`, https://wadpac.github.io/GGIR: the quarter in the middle of the hour is judged
    (`nonwear_approach = "2013"`). Unlike GGIR we do not fill what lies between two unworn times.
"""

import numpy as np

from data.weeks.stream import BLOCK_S, Blocks

STEP_BLOCKS = 2  # 15 minutes
AROUND_BLOCKS = 3  # 22.5 minutes before and after, so that an hour is judged
STEP_S = STEP_BLOCKS * BLOCK_S
STILL_SD_G, STILL_RANGE_G = 0.013, 0.050
STILL_AXES = 2


def worn_times(blocks: Blocks) -> tuple[np.ndarray, np.ndarray]:
    """Return when the device was worn, in whole quarters of an hour.

    Args:
        blocks: Statistics of the three axes in g. At the ends of a recording and next to gaps, the hour is judged by
            the samples that it has.

    Returns:
        `(k,)` begins and `(k,)` ends in seconds after the first sample, in time order and apart from each other.
    """
    quarters = np.unique(blocks.number // STEP_BLOCKS)
    begins = np.searchsorted(blocks.number, quarters * STEP_BLOCKS - AROUND_BLOCKS)
    ends = np.searchsorted(blocks.number, (quarters + 1) * STEP_BLOCKS + AROUND_BLOCKS)
    worn = quarters[~_still(blocks, begins, ends)]
    new = np.diff(worn, prepend=np.iinfo(np.int64).min // 2) > 1
    last = np.append(np.flatnonzero(new)[1:] - 1, len(worn) - 1) if len(worn) else np.empty(0, np.int64)
    return worn[new] * STEP_S, (worn[last] + 1) * STEP_S


def _still(blocks: Blocks, begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return `(q,)` bool: whether the blocks from `begins` to `ends` show a device that nobody wears."""
    n = _summed(blocks.n[:, None], begins, ends)
    mean = _summed(blocks.total, begins, ends) / n
    deviation = np.sqrt(np.maximum(_summed(blocks.squares, begins, ends) / n - mean**2, 0.0))
    spread = np.array(
        [blocks.high[a:b].max(axis=0) - blocks.low[a:b].min(axis=0) for a, b in zip(begins, ends, strict=True)]
    )
    too_steady = (deviation < STILL_SD_G).sum(axis=1) >= STILL_AXES
    too_narrow = (spread < STILL_RANGE_G).sum(axis=1) >= STILL_AXES
    return too_steady | too_narrow


def _summed(values: np.ndarray, begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
    return np.array([values[a:b].sum(axis=0) for a, b in zip(begins, ends, strict=True)])
