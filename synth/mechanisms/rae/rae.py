"""The replacement autoencoder: sensitive activities become harmless ones, everything else stays as it is."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from data.release import Release
from data.roles import Roles
from data.windows import Windows
from synth.core.errors import TrainingError
from synth.core.learner import setting
from synth.core.run_context import RunContext
from synth.keras_support.tensorflow_backend import tensorflow
from synth.keras_support.training import train as train_network
from synth.keras_support.validation_split import MIN_WINDOWS, train_validation_split
from synth.keras_support.weights import assign_values, pack, unpack, values_of
from synth.mechanisms.base import (
    Dial,
    FittedMechanism,
    Mechanism,
    WindowKind,
    secret_generator,
    transformed,
    validate_activities,
)
from synth.mechanisms.rae.window_blending import LinearCode, channel_spread

if TYPE_CHECKING:
    from synth.mechanisms.rae._network import ReplacementNetwork

MIN_DONORS = 5  # neutral windows of one person, to draw new ones from them
SEED_OF_LABELS = 2**31  # not the seed of any release
N_FALLBACK = 64  # generated windows that a model keeps for people without neutral ones


@dataclass(frozen=True)
class ReplacementAutoencoder(Mechanism):
    """Replace sensitive windows by neutral-looking ones, which carry the label of a neutral activity.

    `"published"`: one network receives all windows without their labels and decides from the signal alone. It is
    trained to reproduce required and neutral windows, and to output a random neutral window for each sensitive one.
    The best answer to random targets is their mean, so replaced windows are smoother than real ones, and required
    windows come back slightly changed.

    `"matched"`: the label decides. Required windows are released unchanged. A sensitive window is replaced by one
    that is generated from the neutral windows of the same person (of everybody, if there are fewer than five) and
    from nothing else: no value depends on the sensitive window, however often it is released. Nor is a generated
    window a copy: see `LinearCode.redraw`. With `redrawn=1` neutral windows are generated in the same way, not from
    themselves, so that nothing in the values of a single window can show where something was replaced. The number
    of neutral windows, and their times, can.

    `"matched"` trusts the labels: sensitive windows with another label stay as they are. Released labels follow the
    private ones under `"published"`, too.

    References:
        Malekzadeh, Clegg and Haddadi, Replacement AutoEncoder, IoTDI 2018, arXiv:1710.06564. The published network
        differs on purpose: Adam and early stopping instead of two rounds of Adadelta, and targets drawn anew in
        every round (the authors have a hundred times as many windows; with few windows, a network memorises fixed
        targets and releases them). For windows with more numbers than `units`, the layer sizes follow from that.
    """

    kind: ClassVar[str] = "rae"
    title: ClassVar[str] = "Replacement autoencoder"
    summary: ClassVar[str] = (
        "Replaces sensitive activities by harmless movement and leaves the required ones as they are. Hides "
        "what was done, not who did it."
    )
    makes: ClassVar = "transformed"
    learns: ClassVar = True
    dial: ClassVar = Dial("redrawn", (0.0, 0.25, 0.5, 0.75, 1.0))

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
    redrawn: float = setting(
        1.0,
        "Share of neutral windows regenerated",
        "What share of the neutral windows is processed like the sensitive ones. At 0 they stay as "
        "recorded, and replaced windows may stand out among them; at 1 they are indistinguishable.",
        low=0.0,
        high=1.0,
        advanced=False,
    )
    replacement: Literal["matched", "published"] = setting(
        "matched",
        "Replacement of sensitive windows",
        "'matched' generates a new window from the person's neutral ones. 'published' is the original "
        "network, whose replacements come close to the average of all neutral windows.",
        advanced=False,
    )
    codes: int = setting(
        16,
        "Principal components",
        "How many numbers describe the shape of a neutral window before windows are blended; the rest is "
        "generated as texture ('matched' only).",
        low=1,
        high=512,
    )
    units: int = setting(
        1024,
        "Largest layer of the network",
        "Most units of the widest layer; as published if a window has no more numbers ('published' only).",
        low=2,
        high=8192,
    )
    learning_rate: float = setting(
        0.001, "Learning rate", "Step size of the optimiser ('published' only).", low=1e-5, high=0.1
    )
    batch_size: int = setting(
        32,
        "Batch size",
        "Number of windows in each training step ('published' only).",
        low=1,
        high=1024,
    )
    epochs: int = setting(
        60,
        "Maximum rounds",
        "Largest number of training rounds, each over all windows (epochs; 'published' only).",
        low=1,
        high=2000,
    )
    patience: int = setting(
        8,
        "Patience",
        "Rounds without improvement on the validation split before training stops (early stopping; "
        "'published' only).",
        low=1,
        high=2000,
    )

    def for_roles(self, roles: Roles) -> Self:
        sensitive, neutral = (tuple(roles.named(role)) for role in ("sensitive", "neutral"))
        return dataclasses.replace(self, sensitive=sensitive, neutral=neutral)

    def fit(self, train: Windows, context: RunContext) -> "FittedReplacement":
        self._check(train)
        if self.replacement == "published":
            return self._fit_network(train, context)
        neutral = train.take(np.isin(train.activity, self.neutral))
        context.tell(0, 2, "Modelling neutral windows")
        context.stop_if_asked()
        code = LinearCode.learn(neutral.values, self.codes)
        context.tell(1, 2, "Generating some for people without neutral windows")
        context.stop_if_asked()
        rng = np.random.default_rng(context.seed)
        activity = rng.choice(neutral.activity, N_FALLBACK)
        values = draw_windows(neutral, np.full(N_FALLBACK, ""), activity, code, rng)
        context.tell(2, 2, "Neutral windows are modelled")
        return FittedMatchedReplacement(
            self, WindowKind.of(train), train.activities, code, FallbackWindows(values, activity)
        )

    def _fit_network(self, train: Windows, context: RunContext) -> "FittedPublishedReplacement":
        learnt, validation = train_validation_split(train, seed=context.seed)
        neutral = learnt.take(np.isin(learnt.activity, self.neutral))
        scale = ChannelScale(train.values.mean(axis=(0, 1), dtype=np.float64), channel_spread(train.values))
        labels, counts = np.unique(train.activity[np.isin(train.activity, self.neutral)], return_counts=True)
        shares = dict(zip(labels.tolist(), (counts / counts.sum()).tolist(), strict=True))
        fitted = FittedPublishedReplacement(self, WindowKind.of(train), scale, shares, seed=context.seed)
        from synth.mechanisms.rae._network import ReplacementTraining

        training = ReplacementTraining(
            fitted.network,
            learnt=lambda epoch: self._pairs(
                learnt, neutral, scale, np.random.default_rng([context.seed, epoch])
            ),
            validation=self._pairs(validation, neutral, scale, np.random.default_rng(context.seed)),
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            seed=context.seed,
        )
        fitted.history = train_network(
            training.step,
            context,
            batches=training.batches,
            n_epochs=self.epochs,
            validate=training.validation_loss,
            weights=fitted.network.variables,
            patience=self.patience,
            text="Training the replacement autoencoder",
            state=training.state,
        )
        return fitted

    def _pairs(
        self, windows: Windows, neutral: Windows, scale: "ChannelScale", rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return inputs and targets `(n, timesteps * channels)`: the target of a sensitive window is a random neutral
        one.
        """
        inputs = scale.to_network(windows.values)
        is_sensitive = np.isin(windows.activity, self.sensitive)
        targets = inputs.copy()
        drawn = rng.integers(len(neutral), size=is_sensitive.sum())
        targets[is_sensitive] = scale.to_network(neutral.values[drawn])
        return inputs, targets

    def load(self, payload: bytes) -> "FittedReplacement":
        card, arrays = unpack(payload)
        windows = WindowKind.from_card(card["windows"])
        if self.replacement == "matched":
            fallback = FallbackWindows(arrays["reserve/values"], arrays["reserve/activity"])
            return FittedMatchedReplacement(
                self, windows, card["activities"], LinearCode.from_arrays(arrays), fallback
            )
        scale = ChannelScale(arrays["level"], arrays["spread"])
        fitted = FittedPublishedReplacement(self, windows, scale, card["shares"], seed=card["seed"])
        assign_values(fitted.network.variables, arrays, "network")
        fitted.history = card["history"]
        return fitted

    def _check(self, train: Windows) -> None:
        if not self.sensitive:
            raise TrainingError(
                "No activity is marked as sensitive, so there is nothing to replace. Mark one on the Data page."
            )
        if not self.neutral:
            raise TrainingError(
                "No activity is marked as neutral, so there is nothing to replace the sensitive ones with. "
                "Mark one on the Data page, for example rest."
            )
        absent = sorted({*self.sensitive, *self.neutral} - set(train.activities))
        if absent:
            raise TrainingError(
                f"The training windows contain no {', '.join(absent)}. Load longer recordings of it, or mark it "
                "as required on the Data page."
            )
        if set(train.activities) <= {*self.sensitive, *self.neutral}:
            raise TrainingError(
                "Every activity is sensitive or neutral, so a release would serve no purpose. "
                "Mark at least one as required on the Data page."
            )
        n_neutral = int(np.isin(train.activity, self.neutral).sum())
        if n_neutral < MIN_WINDOWS:
            raise TrainingError(
                f"There are only {n_neutral} windows of neutral activities ({', '.join(self.neutral)}) to train on; at "
                f"least {MIN_WINDOWS} are needed. Mark another activity as neutral, or load longer recordings."
            )


@dataclass(frozen=True, eq=False)
class ChannelScale:
    """The standardisation of channels, from sensor units to network inputs and back.

    Attributes:
        level: `(channels,)` means, sensor units.
        spread: `(channels,)` standard deviations, sensor units.
    """

    level: np.ndarray
    spread: np.ndarray

    def to_network(self, values: np.ndarray) -> np.ndarray:
        """Return `(n, timesteps * channels)` float32 of `(n, timesteps, channels)`."""
        n, n_timesteps, n_channels = values.shape
        scaled = (values - self.level) / self.spread
        return scaled.reshape(n, n_timesteps * n_channels).astype(np.float32)

    def to_sensor(self, rows: np.ndarray, n_timesteps: int) -> np.ndarray:
        """Return `(n, timesteps, channels)` of `(n, timesteps * channels)`."""
        return self.level + self.spread * rows.reshape(len(rows), n_timesteps, len(self.level))


@dataclass(frozen=True, eq=False)
class FallbackWindows:
    """Generated windows, of no real person, for recordings in which nobody has neutral ones.

    Attributes:
        values: `(n, timesteps, channels)` float32.
        activity: `(n,)` str.
    """

    values: np.ndarray
    activity: np.ndarray


class FittedReplacement(FittedMechanism):
    """What the two variants share: the roles of windows, and the card.

    Args:
        learner: The settings.
        windows: The kind of windows it accepts.
    """

    learner: ReplacementAutoencoder

    def __init__(self, learner: ReplacementAutoencoder, windows: WindowKind) -> None:
        self.learner, self.history, self._windows = learner, [], windows

    def _roles(self, private: Windows, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return which windows are sensitive, which neutral, and which of these are regenerated, each `(n,)` bool."""
        is_sensitive = np.isin(private.activity, self.learner.sensitive)
        is_neutral = np.isin(private.activity, self.learner.neutral)
        return is_sensitive, is_neutral, is_neutral & (rng.random(len(private)) < self.learner.redrawn)

    def _card(self) -> dict[str, Any]:
        return {
            "learner": self.learner.card(),
            "windows": dataclasses.asdict(self._windows),
            "history": self.history,
        }


class FittedMatchedReplacement(FittedReplacement):
    """An encoding of neutral windows, and fallback windows generated with it.

    Args:
        learner: The settings.
        windows: The kind of windows it accepts.
        activities: The activities it knows, sorted.
        code: The encoding in which windows are blended.
        fallback: Used if the windows to release contain hardly any neutral ones.
    """

    def __init__(
        self,
        learner: ReplacementAutoencoder,
        windows: WindowKind,
        activities: Sequence[str],
        code: LinearCode,
        fallback: FallbackWindows,
    ) -> None:
        super().__init__(learner, windows)
        self._activities = list(activities)
        self._code, self._fallback = code, fallback

    def release(self, private: Windows, *, seed: int) -> Release:
        self._windows.refuse_other_windows(private)
        validate_activities(private, self._activities)
        rng = secret_generator(private, seed=seed)
        is_sensitive, is_neutral, is_redrawn = self._roles(private, rng)
        donors = private.take(is_neutral)
        if len(donors) < MIN_DONORS:
            donors = self._fallback_donors(private)
        activity = private.activity.astype(object)
        sensitive = private.take(is_sensitive)
        # Every release must give the same label: a label that changed would show what was replaced.
        labels = secret_generator(private, seed=SEED_OF_LABELS)
        activity[is_sensitive] = draw_labels(donors, sensitive.subject, sensitive.series, labels)
        activity = activity.astype(str)
        goes = is_sensitive | is_redrawn
        values = private.values.copy()
        values[goes] = draw_windows(donors, private.subject[goes], activity[goes], self._code, rng)
        return transformed(self.learner, private, values, seed=seed, activity=activity)

    def to_bytes(self) -> bytes:
        fallback = {"reserve/values": self._fallback.values, "reserve/activity": self._fallback.activity}
        return pack({**self._card(), "activities": self._activities}, {**self._code.to_arrays(), **fallback})

    def _fallback_donors(self, private: Windows) -> Windows:
        nobody = np.full(len(self._fallback.values), "")
        return dataclasses.replace(
            private,
            values=self._fallback.values,
            activity=self._fallback.activity,
            subject=nobody,
            series=nobody,
            trial=nobody,
            start=np.zeros(len(nobody), np.int64),
        )


class FittedPublishedReplacement(FittedReplacement):
    """A trained network.

    Args:
        learner: The settings.
        windows: The kind of windows it accepts.
        scale: Standardisation of channels.
        shares: Share of each neutral activity among the neutral windows; labels of replaced windows are drawn from
            them.
        seed: Of the fit; draws the initial weights.
    """

    network: "ReplacementNetwork"

    def __init__(
        self,
        learner: ReplacementAutoencoder,
        windows: WindowKind,
        scale: ChannelScale,
        shares: dict[str, float],
        *,
        seed: int,
    ) -> None:
        tensorflow(seed=seed)
        from synth.mechanisms.rae._network import ReplacementNetwork

        super().__init__(learner, windows)
        self._scale, self._shares, self._seed = scale, shares, seed
        n_values = windows.n_timesteps * len(windows.channels)
        self.network = ReplacementNetwork(n_values, min(n_values, learner.units), seed=seed)

    def release(self, private: Windows, *, seed: int) -> Release:
        self._windows.refuse_other_windows(private)
        rng = secret_generator(private, seed=seed)
        is_sensitive, is_neutral, is_redrawn = self._roles(private, rng)
        goes = ~is_neutral | is_redrawn
        values = private.values.copy()
        rows = self.network.decode(self.network.encode(self._scale.to_network(private.values[goes])))
        values[goes] = self._scale.to_sensor(rows, private.n_timesteps)
        activity = private.activity.astype(object)
        activity[is_sensitive] = rng.choice(
            list(self._shares), is_sensitive.sum(), p=list(self._shares.values())
        )
        return transformed(self.learner, private, values, seed=seed, activity=activity.astype(str))

    def to_bytes(self) -> bytes:
        card = {**self._card(), "shares": self._shares, "seed": self._seed}
        arrays = {"level": self._scale.level, "spread": self._scale.spread}
        return pack(card, {**arrays, **values_of(self.network.variables, "network")})


def draw_labels(
    donors: Windows, subjects: np.ndarray, series: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Draw one activity for each series of each of `subjects`, with the frequencies among this person's donors.

    Labels that change from window to window would stand out among recordings of a single activity.

    Args:
        donors: Neutral windows, at least one.
        subjects: `(n,)` str, the person of each window.
        series: `(n,)` str, the series of each window.
        rng: Draws the labels.

    Returns:
        `(n,)` str.
    """
    labels = np.empty(len(subjects), donors.activity.dtype)
    for person in np.unique(subjects):
        own = donors.subject == person
        known = donors.activity[own] if own.sum() >= MIN_DONORS else donors.activity
        for stretch in np.unique(series[subjects == person]):
            labels[(subjects == person) & (series == stretch)] = rng.choice(known)
    return labels


def draw_windows(
    donors: Windows, subjects: np.ndarray, activities: np.ndarray, code: LinearCode, rng: np.random.Generator
) -> np.ndarray:
    """Generate a window for each person and activity from donors of both, of the activity, or from all donors.

    Args:
        donors: Neutral windows, at least one.
        subjects: `(n,)` str, the person each window is attributed to.
        activities: `(n,)` str, the label of each window.
        code: The encoding in which windows are blended.
        rng: Chooses donors.

    Returns:
        `(n, timesteps, channels)` float32.
    """
    values = np.empty((len(subjects), *donors.values.shape[1:]), np.float32)
    for person, activity in sorted(set(zip(subjects.tolist(), activities.tolist(), strict=True))):
        wanted = (subjects == person) & (activities == activity)
        shows = donors.activity == activity
        candidates = (shows & (donors.subject == person), shows, np.ones(len(donors), bool))
        pool = next((c for c in candidates if c.sum() >= MIN_DONORS), candidates[-1])
        values[wanted] = code.redraw(donors.values[pool], int(wanted.sum()), rng)
    return values
