"""Orders: what a trained generator is asked for. How much of each activity, how long, and how much of it real."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from data.release import Release
from data.windows import Windows
from synth.core.errors import TrainingError
from synth.core.run_context import RunContext
from synth.mechanisms.base import BATCH_WINDOWS, FittedGenerator, secret_generator

VERSION = 1  # of how an order is fulfilled: raise it when the same order gives other windows
Balance = Literal["as recorded", "equal"]
BALANCES: tuple[Balance, ...] = get_args(Balance)
MAX_WINDOWS = 20_000
MAX_SECONDS = 120.0
MAX_REAL = 0.9
AT_ONCE = 500  # series that are drawn between two looks at the stop button


@dataclass(frozen=True)
class Order:
    """How many windows of which activities, how long their series are, and how many windows are real.

    Attributes:
        n_windows: Windows in all, real ones included.
        balance: `"as recorded"`: activities in the shares of the recordings; `"equal"`: as many of each.
        seconds: How long a series lasts without a break; it is cut into windows. 0: every window on its own.
        real_share: Which share are real windows of the recordings, in [0, 0.9]: they give away what real
            recordings give away. Not in series: their seams would give them away.
        seed: Of what is drawn.

    Raises:
        TrainingError: If a number is out of its range.
    """

    n_windows: int = 500
    balance: Balance = "as recorded"
    seconds: float = 0.0
    real_share: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for value, low, high, words in (
            (self.n_windows, 1, MAX_WINDOWS, "The number of windows"),
            (self.seconds, 0, MAX_SECONDS, "The length of a series in seconds"),
            (self.real_share, 0, MAX_REAL, "The share of real windows"),
            (self.seed, 0, 2**32 - 1, "The seed"),
        ):
            if not low <= value <= high:
                raise TrainingError(f"{words} must be {low:,} to {high:,}. Received: {value:,}.")
        if self.seconds and self.real_share:
            raise TrainingError(
                "Real windows would break the series and show by their seams. Choose one: series that go on, or real "
                "windows."
            )
        if self.balance not in BALANCES:
            raise TrainingError(
                f"Activities can be balanced {' or '.join(BALANCES)}. Received: {self.balance!r}."
            )

    def card(self) -> dict[str, Any]:
        """Return it as plain JSON values, for addresses and cards."""
        return asdict(self)

    def label(self) -> str:
        """Return it in words, real windows always named."""
        parts = [f"{self.n_windows:,} windows", "as many of each activity" if self.balance == "equal" else ""]
        parts += [f"series of at most {self.seconds:g} s" if self.seconds else ""]
        parts += [f"{100 * self.real_share:g} % real" if self.real_share else ""]
        parts += [f"seed {self.seed}" if self.seed else ""]
        return ", ".join(filter(None, parts))

    def counts(self, private: Windows) -> Mapping[str, int]:
        """Return how many windows of each activity are made: at least one of each, by largest remainders.

        Raises:
            TrainingError: If there are more activities than windows.
        """
        activities, recorded = np.unique(private.activity, return_counts=True)
        if self.n_windows < len(activities):
            raise TrainingError(
                f"{self.n_windows} windows are too few for {len(activities)} activities. Ask for more."
            )
        weights = recorded if self.balance == "as recorded" else np.ones(len(activities))
        counts = 1 + _allotted(self.n_windows - len(activities), weights)
        return dict(zip(activities.tolist(), counts.tolist(), strict=True))


def _allotted(total: int, weights: np.ndarray) -> np.ndarray:
    """Return whole numbers in proportion to weights that add up to a total, by largest remainders."""
    wanted = total * weights / weights.sum()
    counts = wanted.astype(int)
    counts[np.argsort(-(wanted % 1), kind="stable")[: total - counts.sum()]] += 1
    return counts


def fulfil(
    model: FittedGenerator, private: Windows, order: Order, context: RunContext | None = None
) -> Release:
    """Fulfil an order with a generator.

    Windows of one series follow each other without a gap, also in a shared file. Real windows take the place of
    generated ones of the same activity; the card and every chart say how many there are.

    Args:
        model: A generator that learnt from `private`.
        private: What real windows are taken from.
        order: What is asked for.
        context: Told after every part; asked to stop between two parts. The seed is always the order's own.

    Returns:
        Windows that claim nobody, of the private ones' length, rate and channels.

    Raises:
        TrainingError: If there are fewer real windows of an activity than are asked for.
        Stopped: If it was asked to stop.
    """
    context = context or RunContext(order.seed)
    counts = order.counts(private)
    a_series = max(1, int(order.seconds * private.rate_hz / private.n_timesteps + 1e-6))
    begun = {activity: -(-n // a_series) for activity, n in counts.items()}
    activities = np.repeat(list(begun), list(begun.values()))
    parts = []
    for first in range(0, len(activities), AT_ONCE):
        context.stop_if_asked()
        context.tell(first, len(activities), "Generating movements")
        asked = activities[first : first + AT_ONCE]
        seed = int(np.random.SeedSequence([order.seed, first]).generate_state(1)[0])
        parts.append(model.sample(asked, seed=seed, n_timesteps=a_series * private.n_timesteps).values)
    windows = _cut(np.concatenate(parts), activities, counts, private)
    if order.real_share:
        windows = _with_real(windows, private, order)
    card = {"mechanism": model.learner.card(), "order": order.card(), "data": private.fingerprint}
    if model.guarantee is not None and not order.real_share:  # real windows promise nothing
        card["promise"] = model.guarantee.card()
    return Release(f"{model.learner.label()}: {order.label()}", windows, None, card)


def _cut(series: np.ndarray, activities: np.ndarray, counts: Mapping[str, int], private: Windows) -> Windows:
    """Cut series `(n, timesteps, channels)` into windows, and leave out what exceeds the counts."""
    length = private.n_timesteps
    per_series = series.shape[1] // length
    values = series[:, : per_series * length].reshape(-1, length, series.shape[2])
    activity = np.repeat(activities, per_series)
    together = BATCH_WINDOWS if per_series == 1 else 1
    names = np.repeat([f"series-{i // together + 1:05d}" for i in range(len(series))], per_series)
    rank = pd.Series(activity).groupby(activity).cumcount().to_numpy()
    kept = rank < np.array([counts[name] for name in activity])
    nobody = np.full(kept.sum(), "")
    return Windows(
        values=np.ascontiguousarray(values[kept], dtype=np.float32),
        activity=activity[kept],
        subject=nobody,
        series=names[kept],
        trial=nobody,
        start=np.tile(np.arange(per_series) * length, len(series))[kept],
        rate_hz=private.rate_hz,
        channels=private.channels,
        units=private.units,
        attributes=pd.DataFrame(),
    )


def _with_real(windows: Windows, private: Windows, order: Order) -> Windows:
    """Replace some generated windows by real ones of the same activity, chosen at random."""
    rng = secret_generator(private, seed=order.seed)
    values = windows.values.copy()
    activities, counts = np.unique(windows.activity, return_counts=True)
    shares = _allotted(round(order.real_share * len(windows)), counts)
    for activity, n_real in zip(activities, shares, strict=True):
        places, real = (np.flatnonzero(of.activity == activity) for of in (windows, private))
        if n_real > len(real):
            raise TrainingError(
                f"There are {len(real):,} real windows of {activity!r}, and {n_real:,} were asked for. Ask for fewer "
                "windows or a smaller share of real ones."
            )
        values[rng.choice(places, n_real, replace=False)] = private.values[
            rng.choice(real, n_real, replace=False)
        ]
    return replace(windows, values=values)
