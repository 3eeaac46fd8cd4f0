"""Anonymising autoencoder: movements are rebuilt so that classifiers of people no longer recognise them."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pandas as pd

from data.release import Release
from data.windows import Windows
from synth.core.errors import TrainingError
from synth.core.learner import setting
from synth.core.run_context import RunContext
from synth.keras_support.tensorflow_backend import tensorflow
from synth.keras_support.validation_split import train_validation_split
from synth.keras_support.weights import pack, unpack, values_of
from synth.mechanisms.aae.images import ImageCode
from synth.mechanisms.aae.layouts import CoderLayout, Reads, RegulariserLayout, Task
from synth.mechanisms.base import Dial, FittedMechanism, Mechanism, WindowKind, transformed

if TYPE_CHECKING:
    from synth.mechanisms.aae._adversarial import LabelledImages
    from synth.mechanisms.aae._networks import Coder

MOST_CLASSES_OF_NUMBERS = 2  # a numeric attribute with more values than that is split at the median


@dataclass(frozen=True)
class AnonymisingAutoencoder(Mechanism):
    """Autoencoder against three regularisers: identity from its code, identity and activity from its output.

    It minimises `hide_identity * (L_s(code) + L_s(output)) + keep_activities * L_r + stay_close * MSE`, where `L_s`
    is the identity loss and `L_r` the cross-entropy of the activities. The defaults are the published settings; as
    published, a release is deterministic: it does not depend on the seed.

    A network that learns from the release may recognise what the regularisers no longer do: the published 7 % of
    recognised windows become 74-79 %. The audit reports this.

    References:
        Malekzadeh, Clegg, Cavallaro, Haddadi, Mobile sensor data anonymization, IoTDI 2019, arXiv:1810.11546, with
        the authors' code. Differs on purpose: any number of channels; each round transforms the recordings
        themselves unless `feed_back`; the validation split is never used for training; batch normalisation adapts
        within tens of batches.
    """

    kind: ClassVar[str] = "aae"
    title: ClassVar[str] = "Anonymising autoencoder"
    summary: ClassVar[str] = (
        "Rebuilds each movement so that a classifier of people takes it for somebody else's, while the "
        "activity stays recognisable. An attacker who learns from the release itself often still succeeds."
    )
    makes: ClassVar = "transformed"
    learns: ClassVar = True
    dial: ClassVar = Dial("hide_identity", (0.1, 0.3, 1.0, 3.0, 10.0))
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "quick": {
            "filters": 12,
            "regulariser_filters": 8,
            "pretraining": 12,
            "rounds": 3,
            "epochs": 6,
            "batch_size": 64,
        },
        "balanced": {
            "filters": 32,
            "regulariser_filters": 16,
            "rounds": 5,
            "epochs": 16,
            "batch_size": 64,
        },
        "thorough": {},
    }
    pools: ClassVar[tuple[int, ...]] = (1, 2, 2, 1)
    kernel: ClassVar[tuple[int, int]] = (1, 3)
    activation: ClassVar[str] = "selu"
    watched: ClassVar[tuple[tuple[Reads, Task], ...]] = (
        ("latent", "identity"),
        ("output", "identity"),
        ("output", "activity"),
    )

    hide_identity: float = setting(
        1.0,
        "Weight of hiding the person",
        "How much it matters that people are not recognised (beta_s; published: 1). 0 hides nobody.",
        low=0.0,
        high=100.0,
        advanced=False,
    )
    keep_activities: float = setting(
        2.0,
        "Weight of preserving activities",
        "How much it matters that activities are still recognised (beta_r; published: 2).",
        low=0.0,
        high=100.0,
        advanced=False,
    )
    stay_close: float = setting(
        0.01,
        "Weight of similarity",
        "How much it matters that signals look as they were recorded (beta_d, mean squared error; "
        "published: 0.01).",
        low=0.0,
        high=100.0,
        advanced=False,
    )
    identity_loss: Literal["as printed", "as in the slides", "uniform"] = setting(
        "as printed",
        "What counts as hidden",
        "As printed (and coded): the right person is ruled out, which still reveals who it is not. As in "
        "the slides: nobody stands out. Uniform: everybody is equally likely (Kullback-Leibler divergence).",
    )
    feed_back: bool = setting(
        False,
        "Feed outputs back",
        "Whether each round after the first is trained on the output of the previous one, as in the "
        "authors' code, although the transformation is then applied to the recordings themselves.",
    )
    restart_regularisers: bool = setting(
        False,
        "Reinitialise regularisers",
        "Whether the classifiers of people and activities are reinitialised before each round. As published "
        "they continue training.",
    )
    filters: int = setting(
        100,
        "Filters",
        "Filters of each convolution of encoder and decoder. More preserve finer detail, and take longer.",
        low=1,
        high=512,
    )
    regulariser_filters: int = setting(
        32,
        "Filters of the regularisers",
        "Filters of each convolution of the classifiers of people and activities.",
        low=1,
        high=256,
    )
    rounds: int = setting(
        8,
        "Rounds",
        "How often the classifiers are retrained on the latest transformation, and the transformation "
        "against them.",
        low=1,
        high=100,
        advanced=False,
    )
    pretraining: int = setting(
        32,
        "Epochs of reconstruction",
        "Largest number of epochs in which the autoencoder learns to reconstruct windows, before anything "
        "is hidden.",
        low=1,
        high=1000,
    )
    epochs: int = setting(
        24,
        "Epochs per round",
        "How often each network is trained on all windows in a round.",
        low=1,
        high=1000,
    )
    patience: int = setting(
        6,
        "Patience",
        "Epochs in which a classifier does not improve on the validation split before its training stops "
        "for this round (early stopping).",
        low=1,
        high=1000,
    )
    batch_size: int = setting(
        128,
        "Batch size",
        "Number of windows in each training step.",
        low=1,
        high=1024,
    )
    learning_rate: float = setting(
        0.001,
        "Learning rate",
        "Step size of the optimiser (Adam).",
        low=1e-5,
        high=0.1,
    )
    attribute: str = setting(
        "",
        "What is hidden",
        "An attribute of the people, for example gender; empty to hide who they are.",
        from_roles=True,
    )

    def fit(self, train: Windows, context: RunContext) -> "FittedAutoencoder":
        hidden = hidden_classes(train, self.attribute)
        code = ImageCode.learn(train.values, multiple=int(np.prod(self.pools)))
        learnt, validation = self._examples(train, hidden, code, context.seed)
        tensorflow(seed=context.seed)
        from synth.mechanisms.aae._adversarial import (
            AlternatingTraining,
            GameLayout,
            TrainingSchedule,
            borrowed_game,
        )

        watched = self.regulariser_layouts(learnt)
        layout = GameLayout(self.coder_layout(code), watched, self.identity_loss, self.learning_rate)
        schedule = TrainingSchedule(
            pretraining=self.pretraining,
            rounds=self.rounds,
            epochs=self.epochs,
            patience=self.patience,
            batch_size=self.batch_size,
            feed_back=self.feed_back,
            restart_regularisers=self.restart_regularisers,
            weights=self.weights_of([regulariser.task for regulariser in watched]),
        )
        with borrowed_game(layout, seed=context.seed) as game:
            loop = AlternatingTraining(schedule, game, learnt, validation, context)
            history = loop.run()
            weights = list(values_of(game.coder.variables, "coder").values())
        return FittedAutoencoder(self, WindowKind.of(train), code, weights, history)

    def load(self, payload: bytes) -> "FittedAutoencoder":
        card, arrays = unpack(payload)
        windows, code = WindowKind.from_card(card["windows"]), ImageCode.from_arrays(arrays)
        weights = [arrays[name] for name in sorted(arrays) if name.startswith("coder/")]
        return FittedAutoencoder(self, windows, code, weights, card["history"])

    def weights_of(self, tasks: Sequence[str]) -> list[float]:
        """Return the weights of the reconstruction error and of regularisers with these tasks."""
        weights = {"identity": self.hide_identity, "activity": self.keep_activities}
        return [self.stay_close, *(weights[task] for task in tasks)]

    def _examples(
        self, train: Windows, hidden: np.ndarray, code: ImageCode, seed: int
    ) -> tuple["LabelledImages", "LabelledImages"]:
        """Split the windows so that every class occurs in training within every activity."""
        from synth.mechanisms.aae._adversarial import LabelledImages

        activity = np.unique(train.activity, return_inverse=True)[1]
        kinds, kind = np.unique(np.stack([hidden, activity]), axis=1, return_inverse=True)
        by_kind = dataclasses.replace(train, activity=kind.reshape(-1).astype(str))

        def examples(part: Windows) -> LabelledImages:
            identities, activities = kinds[:, part.activity.astype(int)].astype(np.int32)
            return LabelledImages(code.encode(part.values), {"identity": identities, "activity": activities})

        learnt, validation = train_validation_split(by_kind, seed=seed)
        return examples(learnt), examples(validation)

    def coder_layout(self, code: ImageCode) -> CoderLayout:
        """Return the architecture of the coder."""
        return CoderLayout(code.shape, self.pools, self.kernel, self.activation, self.filters)

    def regulariser_layouts(self, learnt: "LabelledImages") -> tuple[RegulariserLayout, ...]:
        """Return the architecture of each regulariser with a weight above 0."""
        words: Mapping[Task, str] = {"identity": self.attribute or "identity", "activity": "activity"}
        n_classes = {task: int(codes.max()) + 1 for task, codes in learnt.codes.items()}
        return tuple(
            RegulariserLayout(reads, task, words[task], n_classes[task], self.regulariser_filters)
            for reads, task in self.watched
            if self.weights_of([task])[1] > 0
        )


class FittedAutoencoder(FittedMechanism):
    """The weights of encoder and decoder, and the encoding of windows as images.

    Args:
        learner: The settings.
        windows: The kind of windows it was trained on.
        code: Standardisation and padding.
        weights: Of encoder and decoder.
        history: The losses of each epoch.
    """

    learner: AnonymisingAutoencoder

    def __init__(
        self,
        learner: AnonymisingAutoencoder,
        windows: WindowKind,
        code: ImageCode,
        weights: list[np.ndarray],
        history: list[dict[str, float]],
    ) -> None:
        self.learner, self.history = learner, history
        self._windows, self._code, self._weights = windows, code, weights

    def release(self, private: Windows, *, seed: int) -> Release:
        self._windows.refuse_other_windows(private)
        images = self._coder.transform(self._code.encode(private.values), self._weights)["output"]
        return transformed(self.learner, private, self._code.decode(images), seed=seed)

    def to_bytes(self) -> bytes:
        card = {
            "learner": self.learner.card(),
            "windows": dataclasses.asdict(self._windows),
            "history": self.history,
        }
        return pack(card, values_of(self._weights, "coder") | self._code.to_arrays())

    @property
    def _coder(self) -> "Coder":
        from synth.mechanisms.aae._adversarial import compiled_coder

        return compiled_coder(self.learner.coder_layout(self._code))


def hidden_classes(windows: Windows, attribute: str) -> np.ndarray:
    """Return the class of each window's person that is to be hidden, `(n,)` int.

    Args:
        windows: With attributes.
        attribute: Name of an attribute; `""` for the identity. Numeric attributes with more than two values are
            split at the people's median.

    Raises:
        TrainingError: If there is a single class, or a different one for every person.
    """
    people, person = np.unique(windows.subject, return_inverse=True)
    if len(people) < 2:
        raise TrainingError(
            "All windows are from one person, who cannot be confused with anybody else. Load recordings of at "
            "least two people."
        )
    if not attribute:
        return person
    if attribute not in windows.attributes.columns:
        raise TrainingError(
            f"The recordings contain no attribute {attribute}. Choose another attribute on the Data page."
        )
    column = pd.Series(windows.attributes[attribute])
    known = column.set_axis(windows.attributes.index.astype(str)).reindex(people)
    codes = _classes_of(known)
    n_classes = len(set(codes.tolist()))
    if n_classes == 1:
        raise TrainingError(
            f"{attribute} is the same for everybody, so there is nothing to hide. Choose another attribute."
        )
    if n_classes == len(people):
        raise TrainingError(
            f"{attribute} is different for every person, so hiding it means hiding who they are. Use the "
            "anonymising autoencoder without attributes, or choose another attribute."
        )
    return codes[person]


def _classes_of(known: pd.Series) -> np.ndarray:
    """Return the class of each person for one attribute."""
    missing = known.index[known.isna() | (known.astype(str).str.strip() == "")]
    if len(missing):
        names = ", ".join(missing[:5]) + (" and others" if len(missing) > 5 else "")
        raise TrainingError(
            f"{known.name} is missing for {names}. Fill it in, leave these people out, or choose another attribute."
        )
    numbers = np.asarray(pd.to_numeric(known, errors="coerce"), dtype=float)
    if np.isnan(numbers).any() or len(set(numbers.tolist())) <= MOST_CLASSES_OF_NUMBERS:
        return np.unique(known.astype(str), return_inverse=True)[1]
    above = numbers > np.median(numbers)
    return (above if above.any() else numbers >= np.median(numbers)).astype(int)
