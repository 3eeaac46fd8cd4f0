"""Training with differential privacy: what holds for every learner that offers it.

There is no validation split, because stopping early would reveal something about the recordings; the encoding of
windows is calibrated on public knowledge (`public_calibration`); the number of steps is fixed; only noisy gradients
reach the network (`_sgd`).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from data.windows import Windows
from synth.core.guarantee import Guarantee
from synth.core.learner import setting
from synth.core.run_context import RunContext
from synth.core.secret_rng import keyed_generator
from synth.keras_support.training import train as train_network
from synth.mechanisms.dp.accountant import noise_needed
from synth.mechanisms.dp.public_calibration import clip_to_plausible

SAMPLING_RATE = 0.5  # probability that a person takes part in a step
MIN_EPSILON = 0.05  # a stronger guarantee leaves nothing but noise


def epsilon_setting() -> float:
    """Return the setting of a learner for its differential privacy guarantee."""
    return setting(
        0.0,
        "Differential privacy (epsilon)",
        "0 gives no mathematical guarantee. Otherwise noise is added during training until nobody who sees "
        "the results can change the odds that one person took part by more than a factor of e to the power "
        "of epsilon. 1 is strong, 8 is weak, 50 guarantees next to nothing. People are hidden among each "
        "other: with a few dozen people nothing useful is left; it takes thousands. With differential "
        "privacy the recordings are not augmented.",
        low=0.0,
        high=100.0,
    )


def validate_epsilon(kind: str, epsilon: float) -> None:
    """Check that epsilon is 0, or large enough to leave anything but noise.

    Args:
        kind: The mechanism, for the message.
        epsilon: In [0, 100].

    Raises:
        ValueError: If it lies strictly between 0 and `MIN_EPSILON`.
    """
    if 0 < epsilon < MIN_EPSILON:
        raise ValueError(f"{kind}: epsilon must be 0 or in [{MIN_EPSILON}, 100]. Received: {epsilon}")


@dataclass(frozen=True, eq=False)
class DpTraining:
    """A training plan whose result satisfies a differential privacy guarantee.

    Attributes:
        guarantee: The guarantee, and how it is achieved.
        train: The training windows.
        batch_size: Windows per person in a step.
        n_rounds: Number of rounds of `steps_a_round` steps.
        steps_a_round: Follows from the number of windows and people.
        noise: Noise multiplier: standard deviation in units of the largest contribution of one person.
    """

    guarantee: Guarantee
    train: Windows
    batch_size: int
    n_rounds: int
    steps_a_round: int
    noise: float

    @classmethod
    def plan(cls, train: Windows, *, epsilon: float, n_rounds: int, batch_size: int) -> "DpTraining":
        """Return the plan with the least noise that satisfies the guarantee.

        Args:
            train: Windows of several people, each with a name.
            epsilon: Privacy budget, > 0.
            n_rounds: Rounds of training, >= 1.
            batch_size: Windows per person in a step, >= 1.

        Raises:
            TrainingError: If no model trained on these windows could satisfy it.
        """
        guarantee = Guarantee.to_people_of(train, epsilon)
        people_a_step = SAMPLING_RATE * len(train.subjects)
        steps_a_round = max(1, round(len(train) / (people_a_step * batch_size)))
        n_steps = n_rounds * steps_a_round
        noise = noise_needed(epsilon, share=SAMPLING_RATE, n_steps=n_steps, delta=guarantee.delta)
        # The noise is keyed to this text (by the card): other words would be another result.
        how = (
            f"{n_steps} steps, each person in one with a chance of {SAMPLING_RATE:g}, noise {noise:.6g} times the "
            "most that a person can add, Rényi accountant"
        )
        return cls(replace(guarantee, how=how), train, batch_size, n_rounds, steps_a_round, noise)

    def teach(
        self,
        variables: list[Any],
        loss: Callable[..., Any],
        look: Callable[[Windows, np.random.Generator], tuple[Any, ...]],
        context: RunContext,
        *,
        card: dict[str, Any],
        learning_rate: float,
        clip_norm: float,
        text: str,
    ) -> None:
        """Train a network with noisy gradients only.

        Args:
            variables: Of the network; initialised without looking at any data.
            loss: The output of `look` -> mean loss, a scalar.
            look: Some windows of one person, random numbers -> the network's input, always of the same shape.
            context: Of the fit. Told after every round; asked before every step whether to stop.
            card: Everything else the result depends on: a different card gives different noise.
            learning_rate: Initial learning rate.
            clip_norm: Gradient clipping norm: the largest contribution of one person.
            text: For the progress line.
        """
        from synth.mechanisms.dp._sgd import DpSgd

        people = [self.train.take(self.train.subject == name) for name in self.train.subjects]

        def look_at(person: int, rng: np.random.Generator) -> tuple[Any, ...]:
            some = people[person].take(rng.integers(len(people[person]), size=self.batch_size))
            return look(clip_to_plausible(some), rng)

        training = DpSgd(
            variables,
            loss,
            look=look_at,
            n_people=len(people),
            share=SAMPLING_RATE,
            noise=self.noise,
            n_rounds=self.n_rounds,
            steps_a_round=self.steps_a_round,
            learning_rate=learning_rate,
            clip_norm=clip_norm,
            rng=keyed_generator(json.dumps(card), str(context.seed), self.train.fingerprint),
        )
        train_network(
            training.step,
            context,
            batches=training.batches,
            n_epochs=self.n_rounds,
            validate=None,
            weights=variables,
            patience=self.n_rounds,
            text=text,
        )
