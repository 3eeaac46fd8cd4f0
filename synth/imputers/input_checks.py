"""What every imputer checks before imputation, and guarantees afterwards."""

import numpy as np

from synth.core.errors import TrainingError


def check_inputs(values: np.ndarray, mask: np.ndarray, shape: tuple[int, int], n_draws: int) -> None:
    """Refuse windows that an imputer cannot fill in.

    Args:
        values: `(n, timesteps, channels)`.
        mask: Same shape, bool, `True` where known.
        shape: `(timesteps, channels)` that the imputer was fitted on.
        n_draws: Number of draws asked for.

    Raises:
        TrainingError: If the length or the channels differ, or a known sample is not a number.
        ValueError: If the mask has another shape or type, or no draw is asked for.
    """
    if mask.shape != values.shape or mask.dtype != bool:
        raise ValueError(f"mask must be bool of shape {values.shape}. Received: {mask.dtype} {mask.shape}")
    if n_draws < 1:
        raise ValueError(f"n_draws must be at least 1. Received: {n_draws}")
    if values.ndim != 3 or values.shape[1:] != shape:
        raise TrainingError(
            f"This model fills in windows of {shape[0]} samples and {shape[1]} channels; these have shape "
            f"{values.shape[1:]}. Cut the windows in the same way, or train it again on these."
        )
    if not np.isfinite(values[mask]).all():
        raise TrainingError(
            "Some samples that are marked as known are not numbers. Mark them as missing, and try again."
        )


def with_known(values: np.ndarray, mask: np.ndarray, filled: np.ndarray) -> np.ndarray:
    """Put the known samples back exactly.

    Args:
        values: `(n, timesteps, channels)`.
        mask: Same shape, bool, `True` where known.
        filled: Imputed values, `(..., n, timesteps, channels)`; draws may come first.

    Returns:
        The shape of `filled`, float32.
    """
    return np.where(mask, values, filled).astype(np.float32)
