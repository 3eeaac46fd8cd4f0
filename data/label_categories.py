"""Columns of labels as categories: ten million samples of text would need more memory than their values."""

from collections.abc import Iterable

import numpy as np
import pandas as pd


def label_categories(codes: np.ndarray, labels: Iterable[object]) -> pd.Categorical:
    """Return labels as a categorical column.

    Args:
        codes: `(n,)` int, the position of each row's label in `labels`, -1 where it is missing.
        labels: The labels, without repetition; they become text.

    Raises:
        ValueError: If a code lies outside `labels`, or a label occurs twice.
    """
    texts: pd.Index = pd.Index([str(label) for label in labels], dtype=str)
    return pd.Categorical.from_codes(codes, categories=texts)
