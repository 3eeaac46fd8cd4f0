"""Whether an attacker is at their own ceiling, or would be stronger with more to learn from.

Privacy was overestimated in published cases because attackers were weak. One who learns from half of what there is and
does certainly worse has not reached their ceiling: the number they reach is a lower bound.
"""

import numpy as np

from synth.audit.stats import share
from synth.audit.verdicts import ALPHA


def half_of_groups(stratum: np.ndarray, group: np.ndarray, *, seed: int) -> np.ndarray:
    """Return sorted indices of the windows of every second group of each stratum, at least one of each.

    Args:
        stratum: `(n,)` labels, such as the activity: all of them are kept.
        group: `(n,)` labels of what belongs together.
        seed: Draws the groups.
    """
    rng = np.random.default_rng(seed)
    kept = np.zeros(len(group), bool)
    for name in np.unique(stratum):
        inside = stratum == name
        kept |= inside & np.isin(group, rng.permutation(np.unique(group[inside]))[::2])
    return np.flatnonzero(kept)


def more_would_help(right_with_half: np.ndarray, right: np.ndarray, cluster: np.ndarray) -> bool:
    """Whether an attacker is certainly better than one who learnt from half: McNemar's comparison, over clusters.

    Args:
        right_with_half: `(n,)` bool, what the one who learnt from half got right.
        right: `(n,)` bool, what the one who learnt from all got right.
        cluster: `(n,)` labels: windows of one cluster count as one draw.

    References:
        McNemar, Note on the sampling error of the difference between correlated proportions, Psychometrika 12 (1947).
    """
    differs = right != right_with_half
    return bool(differs.any()) and share(right[differs], cluster[differs]).p_above(0.5) <= ALPHA
