"""Hyperparameters of GAIN."""

from dataclasses import dataclass
from typing import Literal

from synth.core.learner import setting
from synth.imputers.base import Imputer


@dataclass(frozen=True)
class GainSettings(Imputer):
    """The hyperparameters of `GAIN`.

    Attributes:
        network: Convolutional, for windows, or dense, as published.
        iterations: Training steps at most, in [1, 100000].
        masks: Kind of training masks; see `masks.draw_masks`.
        miss_rate: Share missing in training masks, in [0.01, 0.9].
        hidden: Units per layer, in [0, 4096]; 0 chooses them by the window.
        alpha: Weight of the reconstruction error, in [0, 10000].
        error_on: Samples over which the reconstruction error is computed.
        hint: Hints as in the paper, or as in the authors' code.
        hint_rate: Share of samples with a hint, in [0, 1].
        batch_size: Windows per training step, in [1, 4096].
        learning_rate: Of Adam, in [1e-6, 1].
        patience: Rounds of 50 steps without improvement before training stops, in [1, 1000].
    """

    network: Literal["convolutional", "dense"] = setting(
        "convolutional",
        "Network",
        "Convolutional, made for gaps in time, or dense, as published (GAIN's generator).",
        advanced=False,
    )

    iterations: int = setting(
        600,
        "Longest training",
        "The largest number of training steps (iterations); training may stop earlier.",
        low=1,
        high=100_000,
        advanced=False,
    )
    masks: Literal["scattered", "gaps", "mixed", "sketches"] = setting(
        "sketches",
        "What is missing",
        "What is hidden in training: scattered samples, gaps, both, or what people erase and draw in sketches.",
        advanced=False,
    )
    miss_rate: float = setting(
        0.2, "How much is missing", "Share of samples hidden in training (miss rate).", low=0.01, high=0.9
    )
    hidden: int = setting(
        0,
        "Network width",
        "Units per layer. 0 means 64, or for the dense network one per value of a window (at most 1,024).",
        low=0,
        high=4096,
    )
    alpha: float = setting(
        100.0,
        "Weight of the error",
        "Weight of the reconstruction error relative to fooling the discriminator (alpha).",
        low=0.0,
        high=10_000.0,
    )
    error_on: Literal["known", "all", "hidden"] = setting(
        "hidden",
        "Error counted on",
        "Samples on which the reconstruction error is computed: known ones, as published, hidden ones, or all.",
    )
    hint: Literal["paper", "code"] = setting(
        "code",
        "Kind of hint",
        "What the discriminator is told about the mask: as in the paper, or as in the authors' code.",
    )
    hint_rate: float = setting(
        0.9, "Hint rate", "Share of samples for which the discriminator gets a hint.", low=0.0, high=1.0
    )
    batch_size: int = setting(128, "Batch size", "Windows per training step.", low=1, high=4096)
    learning_rate: float = setting(0.001, "Learning rate", "Step size of Adam.", low=1e-6, high=1.0)
    patience: int = setting(
        4, "Patience", "Rounds of 50 steps without improvement before training stops.", low=1, high=1000
    )
