"""The architecture of the networks of an adversarial transformation. Imports no Keras."""

from dataclasses import dataclass
from typing import Literal

Reads = Literal["latent", "output"]
Task = Literal["identity", "activity"]
IdentityLoss = Literal["as printed", "as in the slides", "uniform"]


@dataclass(frozen=True)
class CoderLayout:
    """The architecture of a coder.

    Attributes:
        shape: Channels, timesteps (a multiple of the product of `pools`) and one.
        pools: Pooling over time after each convolution of the encoder; the decoder upsamples in reverse order.
        kernel: Height (channels) and width (samples) of every convolution.
        activation: Of every convolution but the last of each half.
        filters: Of every convolution but the last of each half, which has one.
    """

    shape: tuple[int, int, int]
    pools: tuple[int, ...]
    kernel: tuple[int, int]
    activation: str
    filters: int


@dataclass(frozen=True)
class RegulariserLayout:
    """The architecture of a regulariser.

    Attributes:
        reads: Whether its input is the coder's code or its output.
        task: What it classifies: an identity, which the coder hides, or an activity, which it preserves.
        words: What it classifies, in words, for figures and progress.
        n_classes: Number of classes.
        filters: Of each of its convolutions.
    """

    reads: Reads
    task: Task
    words: str
    n_classes: int
    filters: int

    @property
    def name(self) -> str:
        """Its name in figures and progress."""
        return f"{self.words} from the {'code' if self.reads == 'latent' else 'output'}"
