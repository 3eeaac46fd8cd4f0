"""Learning under a formal promise: what holds for every learner that makes one.

Nothing is kept apart, because stopping by what is measured on recordings would tell about them; what turns windows into
numbers is learnt from nobody (`public_calibration`); the number of steps is fixed; only noisy corrections reach
the network (`_sgd`).
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

SAMPLING_RATE = 0.5  # of people who take part in a step
MIN_EPSILON = 0.05  # a stronger promise leaves nothing but noise


def epsilon_setting() -> float:
    """Return the field of a learner that says what is promised."""
    return setting(
        0.0,
        "Formal promise (epsilon)",
        "0 promises nothing. Otherwise noise is added while it learns, until nobody who sees what it makes can change "
        "the odds that one person took part by more than a factor of e to this number (differential privacy). 1 is "
        "strong, 8 weak, 50 next to nothing. People are hidden among each other: with a few dozen nothing useful is "
        "left, it takes thousands. Under it recordings are learnt from as they are, at their own strength, pace and "
        "direction.",
        low=0.0,
        high=100.0,
    )


def validate_epsilon(kind: str, epsilon: float) -> None:
    """Raise `ValueError` for an epsilon between 0 and what leaves anything but noise."""
    if 0 < epsilon < MIN_EPSILON:
        raise ValueError(f"{kind}: epsilon must be 0 or in [{MIN_EPSILON}, 100]. Received: {epsilon}")


@dataclass(frozen=True, eq=False)
class DpTraining:
    """A plan of learning whose result keeps a guarantee.

    Attributes:
        guarantee: What is promised, and what it follows from.
        train: What is learnt from.
        batch_size: Windows of a person that a step looks at.
        n_rounds: How often `steps_a_round` steps are made.
        steps_a_round: Follows from how many windows and people there are.
        noise: Standard deviation, in units of the most that a person can add to a step.
    """

    guarantee: Guarantee
    train: Windows
    batch_size: int
    n_rounds: int
    steps_a_round: int
    noise: float

    @classmethod
    def plan(cls, train: Windows, *, epsilon: float, n_rounds: int, batch_size: int) -> "DpTraining":
        """Return the plan with just the noise that a promise takes.

        Raises:
            TrainingError: If the promise would not be true, whatever learns from these windows.
        """
        guarantee = Guarantee.to_people_of(train, epsilon)
        people_a_step = SAMPLING_RATE * len(train.subjects)
        steps_a_round = max(1, round(len(train) / (people_a_step * batch_size)))
        n_steps = n_rounds * steps_a_round
        noise = noise_needed(epsilon, share=SAMPLING_RATE, n_steps=n_steps, delta=guarantee.delta)
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
        """Change a network's variables, by noisy corrections only.

        Args:
            variables: Of the network; drawn without looking at anybody.
            loss: What `look` returns -> mean loss, a scalar.
            look: Some windows of one person, random numbers -> what the network is shown of them, always of one shape.
            context: Of the fit. Told after every round; asked to stop before every step.
            card: What else the result depends on: the noise differs where it does.
            learning_rate: Where it starts.
            clip_norm: Largest length of one person's part.
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
