"""What is compiled of the networks of an adversarial transformation. Loads no Keras."""

from dataclasses import dataclass
from typing import Literal

Reads = Literal["latent", "output"]
Task = Literal["identity", "activity"]
IdentityLoss = Literal["as printed", "as in the slides", "uniform"]


@dataclass(frozen=True)
class CoderLayout:
    """What is compiled of a coder.

    Attributes:
        shape: Channels, timesteps (a multiple of the product of `pools`) and one.
        pools: Pooling over time after each convolution of the encoder; the decoder takes it back in reverse.
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
    """What is compiled of a regulariser.

    Attributes:
        reads: Whether it is shown the coder's code or its output.
        task: What it names: an identity, which the coder hides, or an activity, which it keeps.
        words: What it names, for figures and progress.
        n_classes: Classes to tell apart.
        filters: Of each of its convolutions.
    """

    reads: Reads
    task: Task
    words: str
    n_classes: int
    filters: int

    @property
    def name(self) -> str:
        return f"{self.words} from the {'code' if self.reads == 'latent' else 'output'}"
