"""Censored representations: people cannot be recognised in the code, from which movements are reconstructed."""

from dataclasses import dataclass
from typing import ClassVar

from synth.core.learner import setting
from synth.mechanisms.aae.aae import AnonymisingAutoencoder
from synth.mechanisms.aae.layouts import Reads, Task


@dataclass(frozen=True)
class CensoringAutoencoder(AnonymisingAutoencoder):
    """Autoencoder whose regularisers, of identity and of activity, read its code and never its output.

    Everything but the networks is as in the anonymising autoencoder, whose training it shares. The published
    comparison classifies the code itself; here the code is decoded, so that a release consists of windows like any
    other.

    References:
        Edwards and Storkey, Censoring representations with an adversary, ICLR 2016, arXiv:1511.05897; the
        networks are those of the comparison in Malekzadeh et al., Mobile sensor data anonymization, IoTDI 2019.
    """

    kind: ClassVar[str] = "censoring"
    title: ClassVar[str] = "Censored representation"
    summary: ClassVar[str] = (
        "Compresses each movement into a short code in which people are hard to recognise, and reconstructs "
        "it from the code. What the reconstruction adds is not controlled, so people may still be "
        "recognised."
    )
    pools: ClassVar[tuple[int, ...]] = (2, 2, 1)
    kernel: ClassVar[tuple[int, int]] = (2, 5)
    activation: ClassVar[str] = "relu"
    watched: ClassVar[tuple[tuple[Reads, Task], ...]] = (("latent", "identity"), ("latent", "activity"))

    filters: int = setting(
        64,
        "Filters",
        "Filters of each convolution of encoder and decoder. More preserve finer detail, and take longer.",
        low=1,
        high=512,
    )
