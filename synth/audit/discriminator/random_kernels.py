"""Many random convolutions and a linear model: finds shapes that nobody thought of describing, in seconds."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from data.splits import Split
from synth.audit.discriminator.base import Discriminator
from synth.audit.models.random_kernels import RandomKernels
from synth.core.run_context import RunContext

PENALTIES = np.logspace(-1, 5, 13)


@dataclass(frozen=True)
class KernelDiscriminator(Discriminator):
    """Ridge regression on how often random convolutions exceed thresholds (MiniRocket)."""

    attacker = "random convolution discriminator"
    title = "Distinguishing released windows from real ones with random convolutions"
    max_per_side = 1500
    n_folds = 3

    def score(
        self, known: np.ndarray, is_release: np.ndarray, shown: np.ndarray, context: RunContext
    ) -> np.ndarray:
        """Return the regression onto 0 (real) and 1 (released), moved so that both are equally likely."""
        from sklearn.linear_model import RidgeCV
        from sklearn.preprocessing import StandardScaler

        kernels = RandomKernels.of(known, seed=context.seed)
        table = kernels.features(known)
        scaler = StandardScaler().fit(table)
        ridge = RidgeCV(PENALTIES).fit(scaler.transform(table), is_release.astype(float))
        return ridge.predict(scaler.transform(kernels.features(shown))) + 0.5 - is_release.mean()

    def planted(self, split: Split, context: RunContext) -> Iterator[tuple[str, np.ndarray]]:
        """Add windows that run backwards: spectra, levels and couplings are as real as before."""
        yield from super().planted(split, context)
        yield "real windows that run backwards", split.fit.values[:, ::-1]
