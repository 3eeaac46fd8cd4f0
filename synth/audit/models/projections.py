"""Maps: rows of features as points in a plane."""

import numpy as np

PERPLEXITY = 30


def linear(table: np.ndarray, *, seed: int) -> np.ndarray:
    """Project on the two principal components: `(n, 2)`."""
    from sklearn.decomposition import PCA

    return PCA(2, random_state=seed).fit_transform(table)


def neighbouring(table: np.ndarray, *, seed: int) -> np.ndarray:
    """Place windows next to their nearest neighbours (t-SNE): `(n, 2)`."""
    from sklearn.manifold import TSNE

    perplexity = min(PERPLEXITY, (len(table) - 1) / 3)
    return TSNE(2, perplexity=perplexity, init="pca", random_state=seed).fit_transform(table)
