"""Does a number grow while the app runs? The straight line through its rounds, with an interval, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import theilslopes

WARMING_UP = 3  # rounds: imports, first processes and first caches are no growth
FEWEST = 5  # rounds for a line


@dataclass(frozen=True)
class Growth:
    """Growth an hour, with its 95 % interval."""

    per_hour: float
    low: float
    high: float

    def in_words(self, small: float) -> str:
        """Say whether there is growth.

        Args:
            small: What nobody would mind in an hour. Where more than that is possible, its absence is not shown.
        """
        if self.low > 0:
            word = "GROWS"
        elif self.high < 0:
            word = "shrinks"
        else:
            word = "no growth can be seen" if self.high <= small else "cannot tell, more rounds are needed"
        return f"{word}: {self.per_hour:+.3g} an hour [{self.low:.3g}, {self.high:.3g}]"


def growth(hours: Sequence[float], values: Sequence[float]) -> Growth | None:
    """Return the growth after warming up; `None` if there are too few rounds for it.

    The line is Theil's and Sen's, the median of the slopes between all pairs of rounds: a single round with something
    special in it does not tilt it.

    Args:
        hours: When each round ended.
        values: What was measured then.
    """
    x, y = np.asarray(hours)[WARMING_UP:], np.asarray(values, dtype=float)[WARMING_UP:]
    if len(x) < FEWEST:
        return None
    line: Any = theilslopes(y, x, alpha=0.95)
    return Growth(float(line.slope), float(line.low_slope), float(line.high_slope))
