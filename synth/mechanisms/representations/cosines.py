"""The orthonormal discrete cosine transform (DCT-II) of arrays, and its inverse."""

import numpy as np
from scipy.fft import dct, idct


def cosine_transform(values: np.ndarray, *, axis: int) -> np.ndarray:
    """Return the spectrum of `values` along an axis, of the same shape and floating-point type.

    Unlike the Fourier transform it does not treat a window as periodic, so that drift does not leak into all
    frequencies.
    """
    return np.asarray(dct(values, axis=axis, norm="ortho"))


def inverse_cosine_transform(spectrum: np.ndarray, *, axis: int) -> np.ndarray:
    """Undo `cosine_transform`."""
    return np.asarray(idct(spectrum, axis=axis, norm="ortho"))
