"""Compound mechanism: sensitive activities are replaced first, then an attribute of the people (or who they are) is
hidden.
"""

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np

from data.release import Release
from data.roles import Roles
from data.windows import Windows
from synth.core.learner import setting
from synth.core.run_context import RunContext
from synth.keras_support.weights import pack, unpack
from synth.mechanisms.aae.aae import AnonymisingAutoencoder, FittedAutoencoder
from synth.mechanisms.aae.layouts import Reads, Task
from synth.mechanisms.base import FittedMechanism, transformed
from synth.mechanisms.rae.rae import FittedReplacement, ReplacementAutoencoder


@dataclass(frozen=True)
class Compound(AnonymisingAutoencoder):
    """Replacement autoencoder, followed by an anonymising autoencoder trained on its releases.

    The second one hides the first sensitive attribute, or the identity if there is none. As published, its output
    should leave the attribute open (the target is equal probability for every class), there is one round of
    regularisers on the output only, and the weights are `1, 2, 1`; the other published choice weights activities
    with 1.

    References:
        Malekzadeh, Clegg, Cavallaro, Haddadi, Privacy and utility preserving sensor-data transformations, Pervasive
        and Mobile Computing 63 (2020), arXiv:1911.05996. Differs on purpose: by default windows are replaced by
        generated ones instead of the conditional mean.
    """

    kind: ClassVar[str] = "compound"
    title: ClassVar[str] = "Replacement, then anonymisation"
    summary: ClassVar[str] = (
        "Replaces sensitive activities by harmless movement, and then rebuilds everything so that gender "
        "(or another sensitive attribute) is hard to recognise. An attacker who learns from the release may "
        "still succeed."
    )
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "quick": {"filters": 16, "regulariser_filters": 8, "pretraining": 15, "epochs": 15, "batch_size": 64},
        "balanced": {"filters": 32, "regulariser_filters": 16, "epochs": 40, "batch_size": 64},
        "thorough": {},
    }
    pools: ClassVar[tuple[int, ...]] = (2, 2, 1)
    kernel: ClassVar[tuple[int, int]] = (2, 5)
    activation: ClassVar[str] = "relu"
    watched: ClassVar[tuple[tuple[Reads, Task], ...]] = (("output", "identity"), ("output", "activity"))

    stay_close: float = setting(
        1.0,
        "Weight of similarity",
        "How much it matters that signals look as they did after the replacement (beta_d, mean squared "
        "error).",
        low=0.0,
        high=100.0,
        advanced=False,
    )
    identity_loss: Literal["as printed", "as in the slides", "uniform"] = setting(
        "uniform",
        "What counts as hidden",
        "Uniform, as published: all answers are equally likely. As printed for the anonymising autoencoder: "
        "the right answer is ruled out. As in the slides: no answer stands out.",
    )
    filters: int = setting(
        64,
        "Filters",
        "Filters of each convolution of encoder and decoder. More preserve finer detail, and take longer.",
        low=1,
        high=512,
    )
    rounds: int = setting(
        1,
        "Rounds",
        "How often the classifiers are retrained on the latest transformation, and the transformation "
        "against them.",
        low=1,
        high=100,
        advanced=False,
    )
    epochs: int = setting(
        100,
        "Epochs per round",
        "How often each network is trained on all windows in a round.",
        low=1,
        high=1000,
    )
    patience: int = setting(
        15,
        "Patience",
        "Epochs in which a classifier does not improve on the validation split before its training stops "
        "for this round (early stopping).",
        low=1,
        high=1000,
    )
    replacement: Literal["matched", "published"] = setting(
        "matched",
        "Replacement of sensitive windows",
        "'matched' generates a new window from the person's neutral ones. 'published' is the original "
        "network.",
    )
    sensitive: tuple[str, ...] = setting(
        (),
        "Sensitive activities",
        "The activities that are replaced; chosen on the Data page.",
        from_roles=True,
    )
    neutral: tuple[str, ...] = setting(
        (),
        "Neutral activities",
        "The activities that replace them; chosen on the Data page.",
        from_roles=True,
    )

    def for_roles(self, roles: Roles) -> Self:
        return dataclasses.replace(
            self,
            sensitive=tuple(roles.named("sensitive")),
            neutral=tuple(roles.named("neutral")),
            attribute=next((name for name, is_sensitive in roles.attributes.items() if is_sensitive), ""),
        )

    @property
    def replacing(self) -> ReplacementAutoencoder:
        """The first of the two mechanisms."""
        return ReplacementAutoencoder(
            sensitive=self.sensitive, neutral=self.neutral, replacement=self.replacement
        )

    def fit(self, train: Windows, context: RunContext) -> "FittedCompound":
        began = time.perf_counter()
        replacing = self.replacing.fit(train, context.part(0, 20, began=began))
        replaced = replacing.release(train, seed=context.seed).windows
        hiding = super().fit(replaced, context.part(20, 100, began=began))
        return FittedCompound(self, replacing, hiding)

    def load(self, payload: bytes) -> "FittedCompound":
        _, arrays = unpack(payload)
        replacing = self.replacing.load(arrays["replacing"].tobytes())
        return FittedCompound(self, replacing, super().load(arrays["hiding"].tobytes()))


class FittedCompound(FittedMechanism):
    """Two fitted mechanisms, one after the other.

    Args:
        learner: The settings.
        replacing: Replaces sensitive activities.
        hiding: Transforms all windows after that.
    """

    learner: Compound

    def __init__(self, learner: Compound, replacing: FittedReplacement, hiding: FittedAutoencoder) -> None:
        self.learner, self._replacing, self._hiding = learner, replacing, hiding
        self.history = replacing.history + hiding.history

    def release(self, private: Windows, *, seed: int) -> Release:
        replaced = self._replacing.release(private, seed=seed).windows
        made = self._hiding.release(replaced, seed=seed).windows
        return transformed(self.learner, private, made.values, seed=seed, activity=made.activity)

    def to_bytes(self) -> bytes:
        parts = {"replacing": self._replacing, "hiding": self._hiding}
        arrays = {name: np.frombuffer(part.to_bytes(), np.uint8) for name, part in parts.items()}
        return pack({"learner": self.learner.card()}, arrays)
