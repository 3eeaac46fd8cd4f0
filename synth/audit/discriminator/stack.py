"""All discriminators together: someone who asks each of them and weighs their answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np

from synth.audit.attack import attacks
from synth.audit.discriminator.base import Contest, Discriminator
from synth.audit.report import Effort
from synth.core.run_context import RunContext


@dataclass(frozen=True)
class StackedDiscriminator(Discriminator):
    """Logistic regression on the scores of every other discriminator that sees values rounded alike.

    No label of a fold under test is used anywhere: the weights of the answers are learnt on the other folds, from
    members who knew neither the fold under test nor the one they answered for.

    References:
        Wolpert, Stacked generalization, Neural Networks 5 (1992).
    """

    attacker = "stack of all discriminators"
    title = "Distinguishing released windows from real ones with all discriminators together"
    efforts: ClassVar[tuple[Effort, ...]] = ("thorough",)
    max_per_side = 1500
    n_folds = 3

    def score(
        self, known: np.ndarray, is_release: np.ndarray, shown: np.ndarray, context: RunContext
    ) -> np.ndarray:
        """Weigh the members' scores, `(n, n_members)`."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        weighing = make_pipeline(StandardScaler(), LogisticRegression())
        return weighing.fit(known, is_release).predict_proba(shown)[:, 1]

    def scores(self, given: Contest, context: RunContext) -> np.ndarray:
        """Score every window: `(n,)`, NaN where fewer than three folds are possible."""
        folds = list(given.folds(self.n_folds, seed=context.seed))
        scores = np.full(len(given.is_release), np.nan)
        if len(folds) < self.n_folds:
            return scores
        asked = _answers(members(), given, folds, context)
        for number, (training, test) in enumerate(folds):
            known = asked[number][training]
            answered = ~np.isnan(known).any(axis=1)
            truth = given.is_release[training][answered]
            scores[test] = self.score(known[answered], truth, asked[number][test], context)
        return scores


def members() -> tuple[Discriminator, ...]:
    """Return the discriminators of a thorough audit whose answers are weighed."""
    return tuple(
        attack
        for attack in attacks("thorough")
        if isinstance(attack, Discriminator)
        and not isinstance(attack, StackedDiscriminator)
        and not attack.sees_rounding
    )


def _answers(
    asked: Sequence[Discriminator],
    given: Contest,
    folds: Sequence[tuple[np.ndarray, np.ndarray]],
    context: RunContext,
) -> np.ndarray:
    """Return every member's scores: `(n_folds, n, n_members)`.

    In entry `k`, scores of fold `k` are those of members who knew the other folds; scores of another fold, of members
    who knew neither.
    """
    answers = np.full((len(folds), len(given.is_release), len(asked)), np.nan)
    for column, member in enumerate(asked):
        described = member.describe(given.windows)

        def learn(known: np.ndarray, shown: np.ndarray, member=member, described=described) -> np.ndarray:
            context.stop_if_asked()
            return member.score(described[known], given.is_release[known], described[shown], context)

        for number, (training, test) in enumerate(folds):
            answers[number, test, column] = learn(training, test)
        for one, other in combinations(range(len(folds)), 2):
            test, other_test = folds[one][1], folds[other][1]
            given_to_both = learn(np.setdiff1d(folds[one][0], other_test), np.append(test, other_test))
            answers[other, test, column] = given_to_both[: len(test)]
            answers[one, other_test, column] = given_to_both[len(test) :]
    return answers
