"""Which models can learn from it? Models of several kinds are trained on the release and tested on real windows.

Windows can be optimised for training rather than for looking real, and then often suit only models with the
architecture of the one that they were optimised for. So the same is measured with models of other kinds, next to the
same model trained on the unprotected windows (the ceiling) and on shuffled labels (the control). Thorough audits only.

References:
    Nikolaidis et al., Learning Realistic Patterns from (Visually) Unrealistic Stimuli, JAIR 72 (2021): accuracy and
    Cohen's kappa of models that are trained on such windows.
"""

import warnings
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import Windows
from synth.audit.attack import NOTHING_FRESH, Attack, Baseline, measured, must_lose, must_win, unprotected
from synth.audit.discriminator.lstm import framed
from synth.audit.membership.member_sets import unused_of
from synth.audit.models.classifiers import Classifier, at_most, fit_forest, fit_standardised
from synth.audit.models.convnet import fit_convnet, moments, scaled, teach
from synth.audit.models.features import features
from synth.audit.report import ACCURACY, KAPPA, Effort, Result
from synth.audit.stats import kappa, repeated, share
from synth.audit.utility.base import (
    NO_WINDOWS,
    ON_FRESH,
    ON_UNSEEN,
    ONE_ACTIVITY,
    REAL,
    TOO_LITTLE,
    has_one_activity,
)
from synth.core.run_context import RunContext
from synth.keras_support.tensorflow_backend import tensorflow

MAX_TRAINING_WINDOWS = 4000  # the time of nearest neighbours and kernels grows with the square
N_SHUFFLES = 3

Predict = Callable[[Windows], np.ndarray]


@dataclass(frozen=True)
class ActivityModel(Attack):
    """A model trained on the activities of the release and tested on real windows.

    Attributes:
        attacker: The kind of model.
    """

    question = "teaching"
    efforts: ClassVar[tuple[Effort, ...]] = ("thorough",)

    @abstractmethod
    def trained(self, windows: Windows, context: RunContext) -> Predict:
        """Train on windows, and return a function from other windows to their predicted activities, `(n,)` str."""

    def is_ruled_out(self, split: Split) -> bool:
        """Recordings without activities, or of a single one, have none to learn."""
        return has_one_activity(split)

    def obstacle(self, split: Split) -> str:
        """Need unused recordings with at least two activities."""
        if not len(unused_of(split)):
            return NOTHING_FRESH
        return "" if len(unused_of(split).activities) > 1 else ONE_ACTIVITY

    def run(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Return accuracy and Cohen's kappa on unseen people and on unused time of seen people."""
        n = min(len(split.fit), MAX_TRAINING_WINDOWS)
        training = release.windows.take(at_most(release.windows.activity, n, seed=context.seed))
        n_activities = len(training.activities)
        if n_activities < 2 or len(training) <= 2 * n_activities:
            return (measured(self._empty_result(ACCURACY, ON_FRESH), None, note=TOO_LITTLE),)
        predict = self.trained(training, context)
        results: list[Result] = []
        for where, windows in ((ON_UNSEEN, split.unseen), (ON_FRESH, split.fresh)):
            results += self._scores(predict, where, windows, seed=context.seed)
        return tuple(results)

    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Measure a model trained on unprotected windows, and models trained on shuffled labels."""
        ceilings = self.run(split, unprotected(split), context)
        scores = [r for r in ceilings if r.metric == ACCURACY and r.value is not None]
        if not scores:
            return Baseline(ceilings=ceilings)
        unused = unused_of(split)
        chance = float(np.unique(unused.activity, return_counts=True)[1].max() / len(unused))
        real = max(scores, key=lambda r: r.ends[0])
        training = split.fit.take(at_most(split.fit.activity, MAX_TRAINING_WINDOWS, seed=context.seed))
        rng = np.random.default_rng(context.seed)
        right = []
        for i in range(N_SHUFFLES):
            shuffled = replace(training, activity=rng.permutation(training.activity))
            predict = self.trained(shuffled, context.with_seed(context.seed + i))
            right.append(float((predict(unused) == unused.activity).mean()))
        nothing = repeated(np.array(right))
        controls = (
            must_win(self.question, self.attacker, "unprotected recordings", real, chance),
            must_lose(self.question, self.attacker, "activity labels shuffled", nothing, chance),
        )
        return Baseline(ceilings=ceilings, controls=controls)

    def _scores(self, predict: Predict, where: str, windows: Windows, *, seed: int) -> list[Result]:
        """Score a model: accuracy (chance: always the most frequent activity), then kappa (chance 0)."""
        empty = [self._empty_result(metric, where) for metric in (ACCURACY, KAPPA)]
        if len(windows) == 0:
            return [measured(template, None, note=NO_WINDOWS) for template in empty]
        predicted, truth, person = predict(windows), windows.activity, windows.subject
        most = float(np.unique(truth, return_counts=True)[1].max() / len(truth))
        estimates = (share(predicted == truth, person), kappa(truth, predicted, person, seed=seed))
        return [
            replace(measured(template, estimate), chance=chance)
            for template, estimate, chance in zip(empty, estimates, (most, 0.0), strict=True)
        ]

    def _empty_result(self, metric: str, where: str) -> Result:
        return self.unmeasured(metric, f"TSTR, {where}", unit=REAL, direction="higher")


@dataclass(frozen=True)
class FeatureModel(ActivityModel):
    """A model of window features."""

    @abstractmethod
    def fitted(self, table: np.ndarray, activity: np.ndarray, *, seed: int) -> Classifier:
        """Fit a classifier to features `(n, n_features)` and activities `(n,)` str."""

    def trained(self, windows: Windows, context: RunContext) -> Predict:
        """Train the classifier on window features."""
        classifier = self.fitted(features(windows), windows.activity, seed=context.seed)
        return lambda others: classifier.predict(features(others))


@dataclass(frozen=True)
class ForestModel(FeatureModel):
    """Extremely randomised trees."""

    attacker = "forest student"
    title = "Training a forest"

    def fitted(self, table: np.ndarray, activity: np.ndarray, *, seed: int) -> Classifier:
        """Fit a forest."""
        return fit_forest(table, activity, seed=seed, n_trees=100)


@dataclass(frozen=True)
class NeighbourModel(FeatureModel):
    """A vote of the five nearest windows."""

    attacker = "nearest-neighbour student"
    title = "Training nearest neighbours"

    def fitted(self, table: np.ndarray, activity: np.ndarray, *, seed: int) -> Classifier:
        """Fit nearest neighbours to standardised features."""
        from sklearn.neighbors import KNeighborsClassifier

        n_neighbours = min(5, len(table))
        return fit_standardised(KNeighborsClassifier(n_neighbours), table, activity)


@dataclass(frozen=True)
class SupportVectorModel(FeatureModel):
    """A support vector machine with Gaussian kernel."""

    attacker = "support vector student"
    title = "Training a support vector machine"

    def fitted(self, table: np.ndarray, activity: np.ndarray, *, seed: int) -> Classifier:
        """Fit a support vector machine to standardised features."""
        from sklearn.svm import SVC

        return fit_standardised(SVC(C=10.0), table, activity)


@dataclass(frozen=True)
class PerceptronModel(FeatureModel):
    """A network with one hidden layer."""

    attacker = "perceptron student"
    title = "Training a multilayer perceptron"

    def fitted(self, table: np.ndarray, activity: np.ndarray, *, seed: int) -> Classifier:
        """Fit a multilayer perceptron to standardised features."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.neural_network import MLPClassifier

        network = MLPClassifier((64,), max_iter=60, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", ConvergenceWarning
            )  # a fixed number of epochs is enough to compare
            return fit_standardised(network, table, activity)


@dataclass(frozen=True)
class ConvnetModel(ActivityModel):
    """The attackers' convolutional network, on raw samples.

    Attributes:
        n_updates: Steps of the optimiser.
    """

    attacker = "convolutional student"
    title = "Training a convolutional network"
    n_updates: int = 300

    def trained(self, windows: Windows, context: RunContext) -> Predict:
        """Train the convolutional network."""
        fitted = fit_convnet(windows.values, windows.activity, context, n_updates=self.n_updates)
        return lambda others: fitted.predict(others.values)


@dataclass(frozen=True)
class LstmModel(ActivityModel):
    """A recurrent network on raw samples, several per step.

    Attributes:
        n_updates: Steps of the optimiser.
        learning_rate: Adam's, > 0.
    """

    attacker = "LSTM student"
    title = "Training an LSTM"
    n_updates: int = 600
    learning_rate: float = 3e-3

    def trained(self, windows: Windows, context: RunContext) -> Predict:
        """Train the LSTM."""
        tensorflow(seed=context.seed)
        from synth.audit.models._networks import lstm

        names, codes = np.unique(windows.activity, return_inverse=True)
        frames = framed(windows.values)
        mean, scale = moments(frames)
        network = lstm(*frames.shape[1:], len(names), learning_rate=self.learning_rate)
        network.restart(context.seed)
        inputs = scaled(frames, mean, scale)
        teach(network, inputs, codes, context, n_updates=self.n_updates)
        weights = network.weights()

        def predict(others: Windows) -> np.ndarray:
            network.load(weights)
            return names[network.log_likelihood(scaled(framed(others.values), mean, scale)).argmax(axis=1)]

        return predict
