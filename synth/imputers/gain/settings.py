"""What can be set of GAIN."""

from dataclasses import dataclass
from typing import Literal

from synth.core.learner import setting
from synth.imputers.base import Imputer


@dataclass(frozen=True)
class GainSettings(Imputer):
    """The settings of `GAIN`, which learns with them."""

    network: Literal["convolutional", "dense"] = setting(
        "convolutional",
        "Network",
        "Convolutional, made for gaps in time, or dense, as published (GAIN's generator).",
        advanced=False,
    )

    iterations: int = setting(
        600,
        "Longest training",
        "Training steps (iterations) at most; stops earlier.",
        low=1,
        high=100_000,
        advanced=False,
    )
    masks: Literal["scattered", "gaps", "mixed", "sketches"] = setting(
        "sketches",
        "What is missing",
        "What it practises on: scattered samples, gaps, both, or what people rub out and draw in sketches.",
        advanced=False,
    )
    miss_rate: float = setting(
        0.2, "How much is missing", "Share missing in practice (miss rate).", low=0.01, high=0.9
    )
    hidden: int = setting(
        0,
        "Network width",
        "Units of each layer; 0 takes 64, or for the dense network as many as a window has values (at most 1,024).",
        low=0,
        high=4096,
    )
    alpha: float = setting(
        100.0,
        "Weight of the error",
        "How much a plain error counts beside fooling the discriminator (alpha).",
        low=0.0,
        high=10_000.0,
    )
    error_on: Literal["known", "all", "hidden"] = setting(
        "hidden",
        "Error counted on",
        "Known samples only, as published, those hidden for practice, or all.",
    )
    hint: Literal["paper", "code"] = setting(
        "code", "Kind of hint", "What the discriminator is told: as in the paper, or in the authors' code."
    )
    hint_rate: float = setting(0.9, "Hint rate", "Share of samples with a hint.", low=0.0, high=1.0)
    batch_size: int = setting(128, "Batch size", "Windows a training step.", low=1, high=4096)
    learning_rate: float = setting(0.001, "Learning rate", "Step size of Adam.", low=1e-6, high=1.0)
    patience: int = setting(
        4, "Patience", "Rounds of 50 steps without improvement before it stops.", low=1, high=1000
    )
