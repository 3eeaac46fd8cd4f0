"""When a device was worn, by the rule of van Hees et al. from acceleration alone.

Windows of 60 minutes are moved in steps of 15 minutes. A window was not worn if, for at least two of the three axes,
the standard deviation is below 13 mg or, for at least two of them, the range is below 50 mg. A quarter of an hour was
worn if no window that contains it was not.

References:
    V. T. van Hees et al., "Estimation of daily energy expenditure in pregnant and non-pregnant women using a
    wrist-worn tri-axial accelerometer", PLoS ONE 6(7): e22922, 2011, doi:10.1371/journal.pone.0022922: two of three
    axes, standard deviation or range (then 3 mg, 50 mg and blocks of 30 minutes).
    V. T. van Hees et al., "Separating movement and gravity components in an acceleration signal and implications for
    the assessment of human daily physical activity", PLoS ONE 8(4): e61691, 2013, doi:10.1371/journal.pone.0061691:
    13 mg, and windows of 60 minutes in steps of 15 minutes.
    GGIR, `detect_nonwear_clipping`, https://wadpac.github.io/GGIR: the whole window counts as not worn, as with
    `nonwear_approach = "2023"`; with "2013" only the quarter in its middle does, which leaves half an hour at each end
    of every unworn time. Unlike GGIR we do not add short worn times between two unworn ones.
"""

import numpy as np

from data.weeks.stream import BLOCK_S, Blocks

WINDOW_BLOCKS = 4
STILL_SD_G, STILL_RANGE_G = 0.013, 0.050
STILL_AXES = 2


def worn_times(blocks: Blocks) -> tuple[np.ndarray, np.ndarray]:
    """Return when the device was worn, in whole quarters of an hour.

    Args:
        blocks: Statistics of the three axes in g. Next to gaps, a window is judged by the samples that it has; a
            recording of less than an hour counts as worn.

    Returns:
        `(k,)` begins and `(k,)` ends in seconds after the first sample, in time order and apart from each other.
    """
    if len(blocks.number) == 0:
        return np.empty(0), np.empty(0)
    steps = np.arange(WINDOW_BLOCKS)
    windows = np.unique(blocks.number[:, None] - steps)
    windows = windows[
        (windows >= blocks.number[0]) & (windows <= blocks.number[-1] - steps[-1])
    ]  # only whole hours
    unworn = windows[_still(blocks, windows)][:, None] + steps
    worn = blocks.number[~np.isin(blocks.number, unworn)]
    new = np.diff(worn, prepend=np.iinfo(np.int64).min // 2) > 1
    return worn[new] * BLOCK_S, (worn[np.roll(new, -1)] + 1) * BLOCK_S


def _still(blocks: Blocks, windows: np.ndarray) -> np.ndarray:
    """Return `(w,)` bool: whether the hour from each block on shows a device that nobody wears."""
    begins = np.searchsorted(blocks.number, windows)
    spans = list(zip(begins, np.searchsorted(blocks.number, windows + WINDOW_BLOCKS), strict=True))
    still = np.zeros(len(windows), dtype=bool)
    for window, (a, b) in enumerate(spans):
        n = blocks.n[a:b].sum()
        mean = blocks.total[a:b].sum(axis=0) / n
        deviation = np.sqrt(np.maximum(blocks.squares[a:b].sum(axis=0) / n - mean**2, 0.0))
        spread = blocks.high[a:b].max(axis=0) - blocks.low[a:b].min(axis=0)
        still[window] = max((deviation < STILL_SD_G).sum(), (spread < STILL_RANGE_G).sum()) >= STILL_AXES
    return still
