"""PhysioGAN: a variational autoencoder of sequences, optionally trained against a discriminator."""

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

MAX_VALIDATION = 512  # validation windows with which generated ones are compared after every round


@dataclass(frozen=True)
class PhysioGan(Mechanism):
    """Encoder, decoder and a discriminator that predicts the activity or labels a window as generated.

    The published data had 32 steps: 2.56 s at 50 Hz, smoothed and downsampled by four. Here a step is a patch of
    several samples, so that a window at its full rate needs no more steps.

    The presets train without the discriminator. It was published with 5,000 to 15,000 rounds; on the sample,
    train-on-synthetic macro-F1 was .60 after ten rounds with it, and .76 after nine rounds without it.

    References:
        Alzantot, Garcia, Srivastava, PhysioGAN, 2022, arXiv:2204.13597. Differs on purpose: patches; during
        training the decoder continues from its own patches (`forced=True` as published); features are matched on
        average; the adversarial loss is not divided by the batch size twice; the decoder's noise is sampled as
        well, with a learnt covariance (`detail=False` as published: the mean alone); latent codes are sampled from
        a Gaussian mixture fitted to the codes of the activity (`codes="standard normal"` as published; Ghosh et
        al., ICLR 2020); augmentation; a decaying learning rate; the best round on the validation split is kept, not
        the best on the test set.
    """

    kind: ClassVar[str] = "physiogan"
    version: ClassVar[int] = 2
    title: ClassVar[str] = "PhysioGAN"
    summary: ClassVar[str] = (
        "Learns to encode a window in a few numbers, and samples new windows, which belong to no real "
        "person, from this latent space. A second network, the discriminator, can train along with it, which "
        "takes thousands of rounds; all presets leave it out (RVAE)."
    )
    makes: ClassVar = "generated"
    learns: ClassVar = True
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        # With so few rounds the discriminator did harm: see the class.
        "quick": {"variant": "variational only", "code_weight": 0.05, "epochs": 100, "patience": 30},
        "balanced": {"variant": "variational only", "code_weight": 0.05, "epochs": 200, "patience": 40},
        "thorough": {"variant": "variational only", "code_weight": 0.05, "epochs": 600, "patience": 80},
    }

    variant: Literal["adversarial", "variational only"] = setting(
        "adversarial",
        "Training objective",
        "With a discriminator (PhysioGAN), or by reconstructing windows only (RVAE), which takes half the "
        "time and gives smoother movements.",
        advanced=False,
    )
    units: int = setting(128, "Network size", "Cells of each GRU layer of the decoder.", low=2, high=1024)
    layers: int = setting(3, "Layers", "How many GRU layers are stacked in the decoder.", low=1, high=4)
    code_size: int = setting(
        16,
        "Size of the latent code",
        "How many numbers encode a window.",
        low=1,
        high=256,
    )
    samples_per_step: int = setting(
        8,
        "Samples per step",
        "How many samples are generated at once. More is faster; 4 gives as many steps per window as "
        "published.",
        low=1,
        high=64,
    )
    filters: int = setting(
        32, "Size of the discriminator", "Filters of each of its convolutions.", low=1, high=512
    )
    schedule: float = setting(
        4.0,
        "Rounds of reconstruction first",
        "How long reconstruction dominates the objective before the discriminator does (the constant k of "
        "the inverse sigmoid schedule; half is reached after k log k rounds). Only with a discriminator.",
        low=0.1,
        high=5000.0,
    )
    code_weight: float = setting(
        0.2,
        "Weight of the Kullback-Leibler divergence",
        "How strongly latent codes are pulled towards a standard normal distribution. As published: 0.2, "
        "and 1 without a discriminator.",
        low=0.0,
        high=100.0,
    )
    codes: Literal["as learnt", "standard normal"] = setting(
        "as learnt",
        "Distribution of latent codes",
        "Whether codes are sampled from Gaussians fitted to the codes of the activity, or from the standard "
        "normal distribution as published.",
    )
    code_kinds: int = setting(
        3,
        "Mixture components per activity",
        "How many Gaussians describe the codes of an activity (Gaussian mixture): people do the same thing "
        "in different ways. Only if codes are sampled as learnt.",
        low=1,
        high=20,
    )
    forced: bool = setting(
        False,
        "Teacher forcing",
        "Whether each step of a reconstruction continues from the previous real patch, as published, "
        "instead of from the generated one.",
    )
    detail: bool = setting(
        True,
        "Add fine detail",
        "Whether the residual of the reconstruction is modelled as well and added to every generated window "
        "(autoregressive noise). Without it, as published, windows are smooth.",
    )
    strength_change: float = strength_setting(0.1)
    pace_change: float = pace_setting(0.1)
    turn_deg: float = turn_setting(8.0)
    learning_rate: float = setting(
        0.003,
        "Learning rate",
        "Initial step size of the optimiser; it decays to a twentieth along a cosine.",
        low=1e-5,
        high=0.1,
    )
    batch_size: int = setting(32, "Batch size", "Number of windows in each training step.", low=1, high=1024)
    epochs: int = setting(
        30,
        "Maximum rounds",
        "Largest number of training rounds (epochs). Each round uses all windows, or 1,500 of them if there "
        "are more.",
        low=1,
        high=15000,
        advanced=False,
    )
    patience: int = setting(
        30,
        "Patience",
        "Rounds in which generated windows come no nearer to the validation split before training stops "
        "(early stopping).",
        low=1,
        high=15000,
    )
    clip_norm: float = setting(
        1.0,
        "Gradient clipping norm",
        "Larger gradients are scaled down to this norm, so that one unusual window cannot spoil the model.",
        low=1e-3,
        high=100.0,
    )

    def fit(self, train: Windows, context: RunContext) -> "FittedPhysioGan":
        learnt, validation = train_validation_split(train, seed=context.seed, whole_series=False)
        patch_length = min(self.samples_per_step, train.n_timesteps)
        code = PatchCode.learn(learnt.values, patch_length, people=learnt.subject, jointly=True)
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
            text="Training PhysioGAN",
            state=training.state,
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
    """A trained decoder, the encoding of windows, and the distribution of latent codes and residuals.

    The encoder and the discriminator are not kept.

    Args:
        learner: The settings.
        windows: The kind of windows it was trained on.
        activities: The activities it was trained on, in the order of the network's classes.
        code: Encoding of patches.
        seed: Of the fit; draws the initial weights.

    Attributes:
        kinds: Distribution of the latent codes of each activity.
        detail: Noise that is added to generated windows.
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
        """Return windows as the networks' inputs: rotated onto the principal directions, not scaled; and activity
        codes.
        """
        return self.code.encode(values) * self.code.spread, self.activity_codes(activities)

    def learn_draws(self, encoder: "Encoder", windows: Windows) -> None:
        """Fit the distribution of the latent codes of each activity, and of the residuals of the reconstruction."""
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
        """Draw the random numbers for components, codes, strengths of detail and detail; longer or larger samples
        begin like shorter or smaller ones.
        """
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
    """Return indices of about `most` windows, evenly spread, with some of every activity."""
    order = np.argsort(activity, kind="stable")
    _, firsts = np.unique(activity, return_index=True)
    spread = np.linspace(0, len(order) - 1, min(len(order), most)).round().astype(int)
    return np.union1d(order[spread], firsts)
