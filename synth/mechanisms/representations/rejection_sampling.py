"""Rejection sampling of generated windows: choose among several the ones that look most real.

Several windows are generated for each one needed, and one of them is chosen at random, in proportion to its
likelihood ratio between real and generated windows of its activity. The classifiers are linear and use few
features, so that they cannot memorise anybody's windows; none of them is, or resembles, an attacker of the audit.

References:
    Azadi et al., Discriminator rejection sampling, ICLR 2019.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from scipy.fft import rfft

N_BANDS = 8
CLIP = 8.0  # standard deviations
_SMALLEST = 1e-9
# Inverse regularisation strengths, for hundreds of windows with about a hundred features.
_OF_ACTIVITY, _OF_REALITY = 0.1, 0.03


@dataclass(frozen=True, eq=False)
class RejectionClassifiers:
    """Linear classifiers of windows: of the activity, and of real against generated.

    Attributes:
        centre: `(features,)`, mean of the real windows.
        scale: `(features,)`, standard deviation of the real windows.
        activity: `(activities, features + 1)` coefficients of the activities' logits, the intercept last.
        reality: `(activities, features + 1)` coefficients of the logit of being real, for each activity.
    """

    centre: np.ndarray
    scale: np.ndarray
    activity: np.ndarray
    reality: np.ndarray

    @classmethod
    def learn(cls, real: np.ndarray, drawn: np.ndarray, codes: np.ndarray) -> "RejectionClassifiers":
        """Train the classifiers with one generated window for each real one.

        Args:
            real: `(n, timesteps, channels)`.
            drawn: `(n, timesteps, channels)`, generated, of the same activities.
            codes: `(n,)` activity codes, 0, 1, ... without a gap.
        """
        portrayed = window_features(real)
        centre, scale = portrayed.mean(axis=0), portrayed.std(axis=0)
        scale = np.where(scale > _SMALLEST, scale, 1.0)
        judges = cls(centre, scale, np.zeros((0, 0)), np.zeros((0, 0)))
        seen, seen_drawn = judges._standardised(real), judges._standardised(drawn)
        n = codes.max() + 1
        return cls(
            centre,
            scale,
            _logits(seen, codes, _OF_ACTIVITY) if n > 1 else np.zeros((1, seen.shape[1] + 1)),
            np.concatenate([_reality(seen[codes == i], seen_drawn[codes == i]) for i in range(n)]),
        )

    def log_odds(self, values: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Return the log likelihood ratio of each window for being real and of its activity, `(n,)`."""
        seen = self._standardised(values)
        seen = np.concatenate([seen, np.ones((len(seen), 1))], axis=1)
        logits = seen @ self.activity.T
        if logits.shape[1] == 1:  # two activities have one logit, one activity none
            logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
        logits = logits - logits.max(axis=1, keepdims=True)
        likely = logits[np.arange(len(codes)), codes] - np.log(np.exp(logits).sum(axis=1))
        return likely + np.einsum("nf,nf->n", seen, self.reality[codes])

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays to store, by name."""
        return {f"judges/{f.name}": getattr(self, f.name) for f in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "RejectionClassifiers":
        """Restore it from `to_arrays`."""
        return cls(**{f.name: arrays[f"judges/{f.name}"] for f in fields(cls)})

    def _standardised(self, values: np.ndarray) -> np.ndarray:
        return np.clip((window_features(values) - self.centre) / self.scale, -CLIP, CLIP)


def window_features(values: np.ndarray) -> np.ndarray:
    """Describe windows `(n, timesteps, channels)` by mean, spread, band power, shape and correlations: `(n,
    features)`.
    """
    values = values.astype(np.float32)
    n_timesteps, n_channels = values.shape[1:]
    mean = values.mean(axis=1)
    centred = values - mean[:, None]
    spread = centred.std(axis=1) + _SMALLEST
    tapered = centred * np.hanning(n_timesteps).astype(np.float32)[:, None]
    power = np.abs(np.asarray(rfft(tapered, axis=1))[:, 1:]) ** 2
    edges = np.unique(np.geomspace(1, power.shape[1] + 1, N_BANDS + 1).astype(int))
    bands = np.log(np.add.reduceat(power, edges[:-1] - 1, axis=1) + _SMALLEST).reshape(len(values), -1)
    shape = centred / spread[:, None]
    squared = shape**2
    coupled = np.matmul(shape.transpose(0, 2, 1), shape) / n_timesteps
    first, second = np.triu_indices(n_channels, 1)
    steps = np.log(np.abs(np.diff(values, axis=1)).mean(axis=1) + _SMALLEST)
    parts = [
        mean,
        np.log(spread),
        bands,
        (squared * shape).mean(axis=1),
        np.log((squared**2).mean(axis=1) + _SMALLEST),
    ]
    return np.concatenate([*parts, np.abs(shape).max(axis=1), steps, coupled[:, first, second]], axis=1)


def _reality(real: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    is_real = np.concatenate([np.ones(len(real), int), np.zeros(len(drawn), int)])
    return _logits(np.concatenate([real, drawn]), is_real, _OF_REALITY)


def _logits(seen: np.ndarray, codes: np.ndarray, strength: float) -> np.ndarray:
    """Return coefficients and intercepts, `(classes or 1, features + 1)`."""
    from sklearn.linear_model import LogisticRegression

    judge = LogisticRegression(C=strength, max_iter=300, class_weight="balanced").fit(seen, codes)
    return np.concatenate([judge.coef_, judge.intercept_[:, None]], axis=1)
