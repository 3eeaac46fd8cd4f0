"""Flow: a small network that turns noise into the movements of an activity."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from data.windows import Windows
from synth.backend import tensorflow
from synth.errors import TrainingError
from synth.holdout import keep_some_apart
from synth.learner import OnProgress, ShouldStop, ignore, never, setting
from synth.mechanisms._flow_code import WindowCode, pieces_of
from synth.mechanisms.base import FittedGenerator, Mechanism, WindowKind
from synth.training import train as train_network
from synth.weights import assign_values, pack, unpack, values_of

if TYPE_CHECKING:
    from synth.mechanisms._flow_network import FlowNetwork

HOLD = True
N_CUTS = 32  # ways in which the recordings are cut into windows to learn from
N_CONTINUATIONS = 16  # windows among which the one is chosen that continues a longer series best
AT_ONCE = 512  # windows that are composed together: memory
FEWEST_TIMESTEPS = 8
CUTTING = 3  # beside the seed: the network draws from streams 0 and 1


@dataclass(frozen=True)
class Flow(Mechanism):
    """Flow matching in a compact code of windows, conditional on the activity.

    A window is written as a few hundred numbers (`_flow_code`): its coarse course, and how loud fine detail is.
    The directions in which they vary most are drawn by a network (`_flow_network`), the others from Gaussians of
    each activity. Fine detail itself is drawn anew.

    References:
        Lipman, Chen, Ben-Hamu, Nickel and Le, Flow matching for generative modeling, ICLR 2023.
    """

    kind: ClassVar[str] = "flow"
    title: ClassVar[str] = "Flow"
    summary: ClassVar[str] = (
        "Learns to turn noise into the movements of each activity, and then draws new ones that belong to nobody. "
        "Closer to real movement than SenseGen on few recordings; ready in minutes."
    )
    makes: ClassVar = "generated"
    learns: ClassVar = True
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "quick": {"epochs": 250},
        "balanced": {"epochs": 800},
        "thorough": {"units": 384, "epochs": 2000},
    }

    epochs: int = setting(
        800,
        "Rounds at most",
        "How often all windows are looked at (epochs).",
        low=1,
        high=10_000,
        advanced=False,
    )
    units: int = setting(
        64,
        "Size of the network",
        "Width of its layers. More can learn finer differences, and takes longer.",
        low=2,
        high=1024,
    )
    layers: int = setting(2, "Blocks", "How many blocks of layers look at the whole window.", low=1, high=8)
    coarse_samples: int = setting(
        32,
        "Samples of the coarse course",
        "About how many samples of a window are drawn as they are; finer detail is drawn as noise of the right "
        "loudness (wavelets). More is more exact, and harder to learn from few recordings.",
        low=8,
        high=256,
    )
    steps: int = setting(
        20,
        "Steps of drawing",
        "In how many steps noise becomes a window. More is a little more exact, and slower.",
        low=1,
        high=200,
    )
    loudness_change: float = setting(
        0.03,
        "Change of strength while learning",
        "By how much (standard deviation of the logarithm) windows are made stronger or weaker while it learns, so "
        "that nobody's window is learnt by heart (augmentation).",
        low=0.0,
        high=1.0,
    )
    learning_rate: float = setting(
        0.002,
        "Learning rate",
        "How large the steps of learning are at most; they shrink to almost nothing (cosine decay).",
        low=1e-5,
        high=0.1,
    )
    batch_size: int = setting(
        128,
        "Batch size",
        "How many windows are looked at before each step of learning.",
        low=1,
        high=4096,
    )
    patience: int = setting(
        100,
        "Patience",
        "Rounds without improvement on held-out recordings before learning stops (early stopping).",
        low=1,
        high=10_000,
    )

    def fit(
        self, train: Windows, *, seed: int, on_progress: OnProgress = ignore, should_stop: ShouldStop = never
    ) -> "FittedFlow":
        if train.n_timesteps < FEWEST_TIMESTEPS:
            raise TrainingError(
                f"These windows have {train.n_timesteps} samples; at least {FEWEST_TIMESTEPS} are needed. Choose "
                "longer windows on the Data page."
            )
        learnt, measured = keep_some_apart(train, seed=seed)
        if not HOLD:
            learnt = train
        activities = train.activities
        codes = np.searchsorted(activities, learnt.activity)
        code = WindowCode.learn(learnt.values, codes, coarse_samples=self.coarse_samples)
        cuts = self._cuts(learnt, activities, code, seed)
        fitted = FittedFlow(self, WindowKind.of(train), activities, code, seed=seed)
        fitted.learn(cuts, measured, on_progress=on_progress, should_stop=should_stop)
        return fitted

    def load(self, payload: bytes) -> "FittedFlow":
        card, arrays = unpack(payload)
        fitted = FittedFlow(
            self,
            WindowKind.from_card(card["windows"]),
            card["activities"],
            WindowCode.from_arrays(arrays),
            seed=card["seed"],
        )
        assign_values(fitted.network.variables, arrays, "network")
        fitted.history = card["history"]
        return fitted

    def _cuts(
        self, learnt: Windows, activities: list[str], code: WindowCode, seed: int
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Cut windows at random places of the recordings, as many as there were: their numbers and activities."""
        pieces, length, rng = pieces_of(learnt), learnt.n_timesteps, np.random.default_rng([seed, CUTTING])
        places = np.array([len(values) - length + 1 for values, _ in pieces])
        of_pieces = np.searchsorted(activities, [activity for _, activity in pieces])
        cuts = []
        for _ in range(N_CUTS):
            # Every piece at least once: the only one of an activity must not be missed.
            more = rng.choice(len(pieces), max(0, len(learnt) - len(pieces)), p=places / places.sum())
            chosen = np.concatenate([np.arange(len(pieces)), more])
            begins = (rng.random(len(chosen)) * places[chosen]).astype(int)
            values = np.stack([pieces[i][0][b : b + length] for i, b in zip(chosen, begins, strict=True)])
            level = values.mean(axis=1, keepdims=True)
            factors = np.exp(rng.normal(0, self.loudness_change, (len(chosen), 1, 1)))
            values = level + (values - level) * factors.astype(np.float32)
            cuts.append((code.encode(values, of_pieces[chosen]), of_pieces[chosen]))
        return cuts


class FittedFlow(FittedGenerator):
    """A network that is kept on its device, with the code that turns its numbers into windows.

    Args:
        learner: The settings.
        windows: Kind of windows it learnt from.
        activities: Activities it learnt, sorted.
        code: Numbers to windows.
        seed: Of the fit; draws the initial weights.
    """

    learner: Flow
    network: "FlowNetwork"

    def __init__(
        self,
        learner: Flow,
        windows: WindowKind,
        activities: list[str],
        code: WindowCode,
        *,
        seed: int,
    ) -> None:
        super().__init__(learner, windows, activities, seed=seed)
        self._code = code
        self.network = self._new_network()

    def learn(
        self,
        cuts: list[tuple[np.ndarray, np.ndarray]],
        measured: Windows,
        *,
        on_progress: OnProgress,
        should_stop: ShouldStop,
    ) -> None:
        """Teach the network with numbers and activities of several cuts; `measured` windows say when to stop."""
        from synth.mechanisms._flow_network import Training

        learner = self.learner
        of_measured = self.numbers_of(measured.activity)
        training = Training(
            self._new_network(),
            self.network,
            learnt=[numbers for numbers, _ in cuts],
            codes=[codes for _, codes in cuts],
            chances=[_chances(codes) for _, codes in cuts],
            measured=(self._code.encode(measured.values, of_measured), of_measured),
            batch_size=learner.batch_size,
            n_epochs=learner.epochs,
            learning_rate=learner.learning_rate,
            seed=self.seed,
        )
        self.history = train_network(
            training.step,
            batches=training.batches,
            n_epochs=learner.epochs,
            validate=training.held_out_loss if HOLD else None,
            weights=self.network.variables,
            patience=learner.patience,
            on_progress=on_progress,
            should_stop=should_stop,
            text="Flow is learning",
        )

    def sample(self, activities: np.ndarray, *, seed: int, n_timesteps: int | None = None) -> Windows:
        activities = self.asked_for(activities)
        codes = self.numbers_of(activities)
        rng = np.random.default_rng(seed)
        values = self._draw(codes, rng)
        if n_timesteps is not None:
            values = self._as_long(values, codes, n_timesteps, rng)
        return self.generated(activities, values)

    def to_bytes(self) -> bytes:
        return pack(self.card(), self._code.to_arrays() | values_of(self.network.variables, "network"))

    def _new_network(self) -> "FlowNetwork":
        tensorflow(seed=self.seed)
        from synth.mechanisms._flow_network import FlowNetwork

        return FlowNetwork(
            layout=self._code.layout,
            n_activities=len(self.activities),
            n_units=self.learner.units,
            n_blocks=self.learner.layers,
            seed=self.seed,
        )

    def _draw(self, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return a window for each activity code, `(n, timesteps, channels)`."""
        numbers = self.network.draw(codes, n_steps=self.learner.steps, rng=rng)
        parts = [slice(i, i + AT_ONCE) for i in range(0, len(codes), AT_ONCE)]
        return np.concatenate([self._code.decode(numbers[part], codes[part]) for part in parts])

    def _as_long(
        self, values: np.ndarray, codes: np.ndarray, n_timesteps: int, rng: np.random.Generator
    ) -> np.ndarray:
        """Cut series to a length, or go on with windows that begin as the series ends, faded into each other."""
        length = values.shape[1]
        shared = length // 2
        fade = np.linspace(0, 1, shared, dtype=np.float32)[:, None]
        while values.shape[1] < n_timesteps:
            end = values[:, -shared:]
            offered = self._draw(np.repeat(codes, N_CONTINUATIONS), rng)
            offered = offered.reshape(len(codes), N_CONTINUATIONS, length, -1)
            spread = offered.std(axis=(0, 1, 2))
            misfit = ((offered[:, :, :shared] - end[:, None]) / np.where(spread > 0, spread, 1.0)) ** 2
            best = offered[np.arange(len(codes)), misfit.mean(axis=(2, 3)).argmin(axis=1)]
            joined = (1 - fade) * end + fade * best[:, :shared]
            values = np.concatenate([values[:, :-shared], joined, best[:, shared:]], axis=1)
        return values[:, :n_timesteps]


def _chances(codes: np.ndarray) -> np.ndarray:
    """Return how often each window is looked at: rare activities more often than others."""
    weights = 1 / np.sqrt(np.bincount(codes)[codes])
    return weights / weights.sum()
