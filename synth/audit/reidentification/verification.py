"""Is this window of that person? How well an attacker who names people accepts and rejects claimed names.

Each shown window is compared with each known person. A trial is *genuine* where the window is of that person, else it
is an *impostor*. Its score is the log-odds of the person against all others. Every person has the same weight among
genuine trials, and every pair of people among impostors.

References:
    Tomashenko et al., The VoicePrivacy 2024 Challenge evaluation plan (equal error rate of the semi-informed attacker).
    Brummer and de Villiers, The BOSARIS toolkit, 2013 (weighted trials).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from synth.audit.stats import Estimate, korn_graubard

N_RESAMPLES = 200
FALSE_ACCEPTS = 0.01
LEAST_IMPOSTORS = 100  # with fewer trials, one false acceptance is already more than 1 in 100


@dataclass(frozen=True, eq=False)
class Trials:
    """Comparisons of windows with people, and how they turn out at every threshold.

    Attributes:
        score: `(n_windows, n_people)`, larger where a window is more likely of that person.
        truth: `(n_windows,)` int, the column of the right person.
    """

    score: np.ndarray
    truth: np.ndarray

    @classmethod
    def of(cls, evidence: np.ndarray, truth: np.ndarray) -> "Trials":
        """Score each person against all others by the log-odds.

        Args:
            evidence: `(n_windows, n_people)`, on a logarithmic scale; at least two people.
            truth: `(n_windows,)` int, the column of the right person.
        """
        n_people = evidence.shape[1]
        others = [np.logaddexp.reduce(np.delete(evidence, i, axis=1), axis=1) for i in range(n_people)]
        return cls(evidence - np.stack(others, axis=1), truth)

    @property
    def n_impostors(self) -> int:
        return self.score.size - len(self.score)

    def estimates(self, *, seed: int) -> tuple[Estimate, Estimate]:
        """Estimate both errors, with intervals from resampling people.

        Args:
            seed: Draws the resamples.

        Returns:
            The equal error rate: the error at which as many genuine trials are rejected as impostors accepted; 0 where
            people are always told apart, 0.5 by guessing. And the share of genuine trials that is accepted where 1 in
            100 impostors is; 0.01 by guessing.
        """
        people = np.unique(self.truth)
        n_people, n_columns = len(people), self.score.shape[1]
        drawn = np.random.default_rng(seed).multinomial(
            n_people, np.full(n_people, 1 / n_people), N_RESAMPLES
        )
        several = drawn[(drawn > 0).sum(axis=1) > 1]  # one person alone has no impostors
        times = np.zeros((1 + len(several), n_columns))
        times[:, people] = np.concatenate([np.ones((1, n_people), int), several])
        found = []
        for each in times:
            rates = self.rates(each)
            found.append([equal_error_rate(*rates), accepted_at(*rates, FALSE_ACCEPTS)])
        errors, accepted = (self._estimate(values, n_people) for values in np.array(found).T)
        return errors, accepted

    def rates(self, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the shares of impostors and of genuine trials that are accepted, from the strictest threshold on.

        Args:
            times: `(n_people,)` how often each person counts.
        """
        order, ends, genuine, claimed, weight = self._sorted
        weights = times[self.truth[order // self.score.shape[1]]] * weight
        impostor = np.where(genuine, 0.0, weights * times[claimed])
        accepted = [np.cumsum(part)[ends] for part in (impostor, np.where(genuine, weights, 0.0))]
        false, true = (np.concatenate([[0.0], part / part[-1]]) for part in accepted)
        return false, true

    @cached_property
    def _sorted(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return trials from the highest score on: which, where equal scores end, genuine, claimed, weight."""
        n_people = self.score.shape[1]
        flat = self.score.ravel()
        order = np.argsort(-flat, kind="stable")
        ends = np.append(np.flatnonzero(np.diff(flat[order])), len(flat) - 1)
        window, claimed = np.divmod(order, n_people)
        weight = (1 / np.maximum(np.bincount(self.truth, minlength=n_people), 1))[self.truth[window]]
        return order, ends, claimed == self.truth[window], claimed, weight

    def _estimate(self, values: np.ndarray, n_people: int) -> Estimate:
        """Return the first of the values, with the spread of the others."""
        value = float(values[0])
        error = float(values[1:].std() * np.sqrt(n_people / (n_people - 1))) if n_people > 1 else 0.0
        low, high = korn_graubard(value, error, n_windows=len(self.score), n_clusters=n_people)
        return Estimate(value, low, high, n_people, error=error, freedom=n_people - 1)


def equal_error_rate(false: np.ndarray, true: np.ndarray) -> float:
    """Return the error rate at which both errors are equal; between two thresholds one is drawn at random.

    Args:
        false: `(n,)` ascending from 0 to 1, the share of impostors that is accepted at each threshold.
        true: `(n,)` the same of genuine trials.
    """
    gap = false - (1 - true)  # from -1 to 1
    after = int(np.argmax(gap >= 0))
    before = after - 1
    part = gap[before] / (gap[before] - gap[after])
    return float(false[before] + part * (false[after] - false[before]))


def accepted_at(false: np.ndarray, true: np.ndarray, rate: float) -> float:
    """Return the share of genuine trials accepted where `rate` of impostors is, as `equal_error_rate`."""
    before = int(np.searchsorted(false, rate + 1e-12, side="right")) - 1
    if before == len(false) - 1:
        return float(true[-1])
    part = max(0.0, (rate - false[before]) / (false[before + 1] - false[before]))
    return float(true[before] + part * (true[before + 1] - true[before]))
