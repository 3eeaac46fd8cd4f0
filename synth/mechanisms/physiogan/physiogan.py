"""PhysioGAN: a variational autoencoder of sequences, and a discriminator that teaches it to write convincingly."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from data.windows import Windows
from synth.core.learner import setting
from synth.core.run_context import RunContext
from synth.keras_support.tensorflow_backend import tensorflow
from synth.keras_support.training import train as train_network
from synth.keras_support.validation_split import train_validation_split
from synth.keras_support.weights import assign_values, pack, unpack, values_of
from synth.mechanisms.base import FittedGenerator, Mechanism, WindowKind
from synth.mechanisms.physiogan.code_mixture import CodeMixture
from synth.mechanisms.physiogan.validation_distance import validation_distance
from synth.mechanisms.representations.augmentation import (
    MAX_WINDOWS_PER_EPOCH,
    AugmentedCutter,
    pace_setting,
    strength_setting,
    turn_setting,
)
from synth.mechanisms.representations.patches import PatchCode
from synth.mechanisms.representations.residual_noise import ResidualNoise, missing_share

if TYPE_CHECKING:
    from synth.mechanisms.physiogan._network import Decoder, Encoder
    from synth.mechanisms.physiogan._training import VariationalTraining

MAX_VALIDATION = 512  # held-out windows that written ones are compared with after every round


@dataclass(frozen=True)
class PhysioGan(Mechanism):
    """Encoder, decoder and a discriminator that names the activity or calls a window written.

    The published data had 32 steps: 2.56 s at 50 Hz, smoothed and every fourth sample kept. Here a step is a patch of
    several samples, so that as few steps make a window at its full rate.

    The presets learn without the discriminator. It was published with 5,000 to 15,000 rounds; after ten rounds on the
    sample train-on-synthetic macro-F1 was .60 with it, after nine rounds without it was .76.

    References:
        Alzantot, Garcia, Srivastava, PhysioGAN, 2022, arXiv:2204.13597. Differs on purpose: patches; the decoder goes
        on from its own patches while it learns, too (`forced=True` as published); features are matched on average; the
        adversarial loss is not divided by the batch size twice; the noise of the decoder is drawn, too, with a
        covariance that was learnt (`detail=False` as published: the mean alone); codes are drawn as windows of the
        activity had them, from a few normal distributions (`codes="standard normal"` as published; Ghosh et al., ICLR
        2020); recordings are varied while it learns; the learning rate falls; the best round on held-out recordings is
        kept, not the best on the test set.
    """

    kind: ClassVar[str] = "physiogan"
    title: ClassVar[str] = "PhysioGAN"
    summary: ClassVar[str] = (
        "Learns to describe a window by a few numbers, and writes new windows, which belong to nobody, out of new "
        "numbers. A second network can teach it to write convincingly, but needs thousands of rounds for that."
    )
    makes: ClassVar = "generated"
    learns: ClassVar = True
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        # Within so few rounds the discriminator did harm: see the class.
        "quick": {"variant": "variational only", "code_weight": 0.05, "epochs": 100, "patience": 30},
        "balanced": {"variant": "variational only", "code_weight": 0.05, "epochs": 200, "patience": 40},
        "thorough": {"variant": "variational only", "code_weight": 0.05, "epochs": 600, "patience": 80},
    }

    variant: Literal["adversarial", "variational only"] = setting(
        "adversarial",
        "Way of learning",
        "With a discriminator (PhysioGAN), or by rewriting windows only (RVAE), which takes half the time and writes "
        "smoother movements.",
        advanced=False,
    )
    units: int = setting(
        128, "Size of the memory", "Cells of each GRU layer of the network that writes.", low=2, high=1024
    )
    layers: int = setting(
        3, "Layers", "How many GRU layers are stacked in the network that writes.", low=1, high=4
    )
    code_size: int = setting(
        16,
        "Numbers a window",
        "In how many numbers a window is described (size of the latent code).",
        low=1,
        high=256,
    )
    samples_per_step: int = setting(
        8,
        "Samples a step",
        "How many samples are written at once. More is faster; 4 makes as many steps of a window as were published.",
        low=1,
        high=64,
    )
    filters: int = setting(
        32, "Size of the discriminator", "Filters of each of its convolutions.", low=1, high=512
    )
    schedule: float = setting(
        4.0,
        "Rounds of copying first",
        "How long rewriting counts most, before passing as real does (the constant k of the inverse sigmoid "
        "schedule; half is reached after k log k rounds). Only with a discriminator.",
        low=0.1,
        high=5000.0,
    )
    code_weight: float = setting(
        0.2,
        "Weight of simple codes",
        "How strongly codes are drawn to a standard normal distribution (Kullback-Leibler divergence). As published: "
        "0.2, and 1 without a discriminator.",
        low=0.0,
        high=100.0,
    )
    codes: Literal["as learnt", "standard normal"] = setting(
        "as learnt",
        "Where codes are drawn from",
        "From normal distributions like those of the activity's codes, or from the standard normal distribution as "
        "published.",
    )
    code_kinds: int = setting(
        3,
        "Kinds of windows of an activity",
        "From how many normal distributions codes of an activity are drawn (Gaussian mixture): people do the same "
        "thing in different ways. Only where codes are drawn as learnt.",
        low=1,
        high=20,
    )
    forced: bool = setting(
        False,
        "Go on from real samples while learning",
        "Whether each step of a window that is rewritten goes on from the real one before it (teacher forcing), as "
        "published, or from what was written.",
    )
    detail: bool = setting(
        True,
        "Add fine detail",
        "Whether what rewriting leaves out of windows is described, too, and drawn anew on top of every written window "
        "(noise of the decoder's normal distribution, with memory). Without it, as published, windows are smooth.",
    )
    strength_change: float = strength_setting(0.1)
    pace_change: float = pace_setting(0.1)
    turn_deg: float = turn_setting(8.0)
    learning_rate: float = setting(
        0.003,
        "Learning rate",
        "How large the steps of learning are at the beginning; they shrink to a twentieth (cosine decay).",
        low=1e-5,
        high=0.1,
    )
    batch_size: int = setting(
        32, "Batch size", "How many windows are looked at before each step of learning.", low=1, high=1024
    )
    epochs: int = setting(
        30,
        "Rounds at most",
        "Each round looks at all windows, or at 1,500 of them where there are more (epochs).",
        low=1,
        high=15000,
        advanced=False,
    )
    patience: int = setting(
        30,
        "Patience",
        "Rounds without written windows coming nearer to held-out ones before learning stops (early stopping).",
        low=1,
        high=15000,
    )
    clip_norm: float = setting(
        1.0,
        "Largest correction",
        "Corrections are shortened to this length, so that one odd window cannot spoil the model "
        "(gradient clipping).",
        low=1e-3,
        high=100.0,
    )

    def fit(self, train: Windows, context: RunContext) -> "FittedPhysioGan":
        learnt, validation = train_validation_split(train, seed=context.seed, whole_series=False)
        patch_length = min(self.samples_per_step, train.n_timesteps)
        code = PatchCode.learn(learnt.values, patch_length, jointly=True)
        fitted = FittedPhysioGan(self, WindowKind.of(train), train.activities, code, seed=context.seed)
        encoder = self._encoder(code, context.seed)
        training = self._training(fitted, encoder, learnt, context.seed)
        some = validation.take(
            np.random.default_rng(context.seed).permutation(len(validation))[:MAX_VALIDATION]
        )
        looked_at = learnt.take(_every_activity(learnt.activity, MAX_WINDOWS_PER_EPOCH))

        def distance_now() -> float:
            if not all(np.isfinite(v.numpy()).all() for v in (*encoder.variables, *fitted.decoder.variables)):
                return float("nan")
            fitted.learn_draws(encoder, looked_at)
            return validation_distance(
                fitted.sample(some.activity, seed=context.seed), some, spread_of=learnt
            )

        fitted.history = train_network(
            training.step,
            context,
            batches=training.batches,
            n_epochs=self.epochs,
            validate=distance_now,
            weights=[*encoder.variables, *fitted.decoder.variables],
            patience=self.patience,
            text="PhysioGAN is learning",
        )
        fitted.learn_draws(encoder, learnt)
        return fitted

    def _encoder(self, code: PatchCode, seed: int) -> "Encoder":
        from synth.mechanisms.physiogan._network import ENCODER_UNITS, Encoder

        n_units = min(self.units, ENCODER_UNITS)
        return Encoder(n_features=code.n_features, n_units=n_units, code_size=self.code_size, seed=seed + 1)

    def _training(
        self, fitted: "FittedPhysioGan", encoder: "Encoder", learnt: Windows, seed: int
    ) -> "VariationalTraining":
        from synth.mechanisms.physiogan._network import ActivityDiscriminator
        from synth.mechanisms.physiogan._training import (
            GanTraining,
            VariationalTraining,
            reconstruction_weight,
        )

        is_contest = self.variant == "adversarial"
        cutter = AugmentedCutter.of(self, learnt)

        def of_epoch(epoch: int) -> tuple[np.ndarray, ...]:
            rng = np.random.default_rng([seed, epoch])
            sequences, activities = fitted.read(*cutter.cut(min(len(learnt), MAX_WINDOWS_PER_EPOCH), rng))
            if not is_contest:
                return sequences, activities
            n = len(sequences)
            noise, strengths = rng.standard_normal(sequences.shape), rng.standard_normal(n)
            codes = fitted.kinds.codes_from(
                rng.random(n), rng.standard_normal((n, self.code_size)), activities
            )
            return sequences, activities, codes, fitted.detail.colour(noise, strengths, activities)

        options: dict[str, Any] = {
            "learnt": of_epoch,
            "code_weight": self.code_weight,
            "forced": self.forced,
            "batch_size": self.batch_size,
            "n_epochs": self.epochs,
            "learning_rate": self.learning_rate,
            "clip_norm": self.clip_norm,
            "seed": seed,
        }
        if not is_contest:
            return VariationalTraining(encoder, fitted.decoder, **options)
        discriminator = ActivityDiscriminator(
            basis=fitted.code.basis,
            n_channels=len(learnt.channels),
            n_patches=of_epoch(0)[0].shape[1],
            n_activities=len(learnt.activities),
            n_filters=self.filters,
            seed=seed + 2,
        )
        share = partial(reconstruction_weight, k=self.schedule)
        return GanTraining(encoder, fitted.decoder, discriminator, share=share, **options)

    def load(self, payload: bytes) -> "FittedPhysioGan":
        card, arrays = unpack(payload)
        windows, code = WindowKind.from_card(card["windows"]), PatchCode.from_arrays(arrays)
        fitted = FittedPhysioGan(self, windows, card["activities"], code, seed=card["seed"])
        assign_values(fitted.decoder.variables, arrays, "decoder")
        fitted.kinds = CodeMixture.from_arrays(arrays)
        fitted.detail = ResidualNoise.from_arrays(arrays)
        fitted.history = card["history"]
        return fitted


class FittedPhysioGan(FittedGenerator):
    """A network that writes, with what turns its output into sensor units and what its codes are like.

    The encoder and the discriminator are not kept.

    Args:
        learner: The settings.
        windows: Kind of windows it learnt from.
        activities: Activities it learnt, in the order of the network's classes.
        code: Standardisation.
        seed: Of the fit; draws the initial weights.

    Attributes:
        kinds: What codes of each activity are like.
        detail: What is drawn on top of written windows.
    """

    learner: PhysioGan
    decoder: "Decoder"

    def __init__(
        self, learner: PhysioGan, windows: WindowKind, activities: list[str], code: PatchCode, *, seed: int
    ) -> None:
        tensorflow(seed=seed)
        from synth.mechanisms.physiogan._network import Decoder

        super().__init__(learner, windows, activities, seed=seed)
        self.code = code
        n, size = len(activities), learner.code_size
        self.kinds = CodeMixture.standard(n, size)
        self.detail = ResidualNoise.none(n, code.n_features)
        self.decoder = Decoder(
            n_features=code.n_features,
            n_activities=n,
            n_units=learner.units,
            n_layers=learner.layers,
            code_size=size,
            limit=code.limit * code.spread,
            seed=seed,
        )

    def read(self, values: np.ndarray, activities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return windows as the networks read them, standardised and turned but not stretched; and activities."""
        return self.code.encode(values) * self.code.spread, self.activity_codes(activities)

    def learn_draws(self, encoder: "Encoder", windows: Windows) -> None:
        """Learn what codes of each activity are like, and what rewriting leaves out of windows."""
        sequences, activities = self.read(windows.values, windows.activity)
        means, log_variances = (part.numpy() for part in encoder.encode(sequences))
        if self.learner.codes == "as learnt":
            n_kinds, n = self.learner.code_kinds, len(self.activities)
            self.kinds = CodeMixture.learn(means, np.exp(log_variances), activities, n, n_kinds=n_kinds)
        if self.learner.detail:
            rewritten = self.decoder.draw(means, activities, n_patches=sequences.shape[1])
            left = (sequences - rewritten) * missing_share(sequences, rewritten)
            self.detail = ResidualNoise.learn(left, activities, len(self.activities))

    def sample(self, activities: np.ndarray, *, seed: int, n_timesteps: int | None = None) -> Windows:
        activities = self.checked_activities(activities)
        n_timesteps = n_timesteps or self.windows.n_timesteps
        numbers = self.activity_codes(activities)
        n_patches = -(-n_timesteps // self.code.patch_length)
        which, normals, strengths, noise = self._drawn(len(numbers), n_patches, seed)
        codes = self.kinds.codes_from(which, normals, numbers)
        written = self.decoder.draw(codes, numbers, n_patches=n_patches)
        written = written + self.detail.colour(noise, strengths, numbers)
        values = self.code.decode(written / self.code.spread)[:, :n_timesteps]
        return self.generated(activities, values)

    def to_bytes(self) -> bytes:
        drawn = {**self.kinds.to_arrays(), **self.detail.to_arrays()}
        return pack(
            self.card(), {**self.code.to_arrays(), **drawn, **values_of(self.decoder.variables, "decoder")}
        )

    def _drawn(
        self, n: int, n_patches: int, seed: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Draw for kinds, codes, strengths of detail and detail; a longer or larger draw begins like a shorter one."""
        which, strengths = np.empty(n), np.zeros(n, np.float32)
        codes = np.empty((n, self.learner.code_size), np.float32)
        noise = np.zeros((n, n_patches, self.code.n_features), np.float32)
        for i in range(n):
            rng = np.random.default_rng([seed, i])
            which[i], codes[i] = rng.random(), rng.standard_normal(codes.shape[1])
            if self.learner.detail:
                strengths[i] = rng.standard_normal()
                noise[i] = rng.standard_normal(noise.shape[1:])
        return which, codes, strengths, noise


def _every_activity(activity: np.ndarray, most: int) -> np.ndarray:
    """Return indices of about `most` windows spread over all, some of every activity."""
    order = np.argsort(activity, kind="stable")
    _, firsts = np.unique(activity, return_index=True)
    spread = np.linspace(0, len(order) - 1, min(len(order), most)).round().astype(int)
    return np.union1d(order[spread], firsts)
