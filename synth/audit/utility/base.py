"""Is it still useful? Activities are recognised by a classifier trained on the release.

An analyst trains on the release and works with real people (TSTR: train on synthetic, test on real). The same with
the unprotected windows (TRTR) is the ceiling; the reverse (TRTS: train on real, test on synthetic) shows whether
released windows match their labels.

Both models name the activities of the same real windows, so they are compared person by person: how much of what the
unprotected recordings give above guessing is kept (*share kept*). People who are hard to recognise for both then cancel
out, which they do not in two intervals side by side.

References:
    Esteban, Hyland and Raetsch, Real-valued medical time series generation with recurrent conditional GANs,
    2017 (TSTR, TRTS).
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from data.release import Release
from data.splits import Split
from data.windows import Windows
from synth.audit.attack import (
    NOTHING_FRESH,
    Attack,
    Baseline,
    Evidence,
    measured,
    must_lose,
    must_win,
    unprotected,
)
from synth.audit.discriminator.base import batches
from synth.audit.membership.member_sets import unused_of
from synth.audit.models.classifiers import Classifier, at_most
from synth.audit.models.features import features
from synth.audit.report import RECALL, SHARE_KEPT, Control, Result
from synth.audit.stats import macro_f1, repeated, share, share_kept
from synth.core.run_context import RunContext

ON_UNSEEN, ON_FRESH = "unseen people", "unseen time of seen people"
REAL = "people; real windows"
RELEASED = "people or generation batches; released windows, learnt from real windows it was not made from"
NO_WINDOWS = "No real windows of this kind were kept apart; with fewer than three people none can be."
ONE_ACTIVITY = "The real recordings kept apart show one activity only, so there is nothing to distinguish."
TOO_LITTLE = (
    "The release has fewer than two activities, or hardly any windows of each, so nothing can be learnt."
)
N_SHUFFLES = 6


def has_one_activity(split: Split) -> bool:
    """Return whether all recordings show the same activity."""
    return len({*split.fit.activities, *unused_of(split).activities}) == 1


@dataclass(frozen=True, eq=False)
class Predictions:
    """Predicted activities of windows, along with the true ones.

    Attributes:
        tier: What the classifier was trained and tested on.
        windows: The tested windows.
        called: `(n,)` str, the predicted activities.
    """

    tier: str
    windows: Windows
    called: np.ndarray


@dataclass(frozen=True)
class ActivityUtility(Attack):
    """Macro-F1, accuracy and recall of activity recognition.

    Attributes:
        called_by_real: By tier, the activities that a model of the unprotected recordings names, one for each window.
    """

    question = "utility"
    version = 2
    called_by_real: Mapping[str, Sequence[str]] = field(default_factory=dict)

    title = "Recognising activities with a classifier trained on the release"

    @abstractmethod
    def classifier(self, table: np.ndarray, activity: np.ndarray, *, seed: int) -> Classifier:
        """Fit a classifier to window features `(n, n_features)`."""

    def calibrated(self, calibration: Mapping[str, Any] | None) -> "ActivityUtility":
        """Return the attack with the answers of the model of the unprotected recordings."""
        return replace(self, called_by_real=calibration or {})

    def is_ruled_out(self, split: Split) -> bool:
        """Recordings without activities, or of a single one, have none to tell apart."""
        return has_one_activity(split)

    def obstacle(self, split: Split) -> str:
        """Need unused recordings with at least two activities."""
        if not len(unused_of(split)):
            return NOTHING_FRESH
        return "" if len(unused_of(split).activities) > 1 else ONE_ACTIVITY

    def run(self, split: Split, release: Release, context: RunContext) -> tuple[Result, ...]:
        """Return macro-F1, share kept, accuracy and recalls for TSTR, macro-F1 and accuracy for TRTS."""
        return self.examine(split, release, context).results

    def examine(self, split: Split, release: Release, context: RunContext) -> Evidence:
        """Measure a release, and show which activities are confused."""
        return self._examine(split, release, context)[0]

    def _examine(
        self, split: Split, release: Release, context: RunContext
    ) -> tuple[Evidence, tuple[Predictions, ...]]:
        """Measure a release; also return the activities that were named for real windows."""
        learnt = release.windows.take(at_most(release.windows.activity, len(split.fit), seed=context.seed))
        note = ""
        if len(learnt) < len(split.fit):
            note = f"The release has {len(learnt)} windows where the recordings had {len(split.fit)}."
        results: list[Result] = []
        confusions: list[Mapping[str, Any]] = []
        n_activities = len(learnt.activities)
        if n_activities < 2 or len(learnt) <= 2 * n_activities:
            empty = self._empty_result("macro-F1", f"TSTR, {ON_FRESH}", REAL)
            return Evidence((measured(empty, None, note=TOO_LITTLE),)), ()
        context.stop_if_asked()
        trained = self.classifier(features(learnt), learnt.activity, seed=context.seed)
        predictions = tuple(
            _called(trained, f"TSTR, {where}", windows)
            for where, windows in ((ON_UNSEEN, split.unseen), (ON_FRESH, split.fresh))
        )
        for said in predictions:
            context.stop_if_asked()
            results += self._scores(said, REAL, note, seed=context.seed)
            results += [*self._kept(said, seed=context.seed), *self._recalls(said, note)]
            confusions += _confusion(said)
        context.stop_if_asked()
        unused = unused_of(split)
        real_classifier = self.classifier(features(unused), unused.activity, seed=context.seed)
        results += self._scores(
            _called(real_classifier, "TRTS", release.windows), RELEASED, "", seed=context.seed
        )
        return Evidence(tuple(results), {f"confusion, {self.attacker}": confusions}), predictions

    def reference(self, split: Split, context: RunContext) -> Baseline:
        """Measure a classifier trained on the unprotected windows, and ones trained on shuffled labels."""
        evidence, predictions = self._examine(split, unprotected(split), context)
        calibration = {said.tier: said.called.tolist() for said in predictions}
        known = self.calibrated(calibration)
        kept = (r for said in predictions for r in known._kept(said, seed=context.seed))
        ceilings = (*evidence.results, *kept)
        shown = tuple(
            replace(r, tier=r.tier.replace("TSTR", "TRTR"))
            for r in evidence.results
            if r.tier.startswith("TSTR")
        )
        chance = 1 / len(unused_of(split).activities)
        scores = [r for r in ceilings if r.metric == "macro-F1" and r.value is not None]
        real = max(scores, key=lambda r: r.ends[0])
        controls = (
            must_win(self.question, self.attacker, "unprotected recordings", real, chance),
            self._nothing_to_learn(split, chance, context),
        )
        return Baseline(ceilings=ceilings, shown=shown, controls=controls, calibration=calibration)

    def _nothing_to_learn(self, split: Split, chance: float, context: RunContext) -> Control:
        """Train on shuffled labels, several times: a single shuffle may happen to beat guessing by far."""
        unused = unused_of(split)
        learnt, table = features(split.fit), features(unused)
        rng = np.random.default_rng(context.seed)
        scores = []
        for i in range(N_SHUFFLES):
            context.stop_if_asked()
            trained = self.classifier(learnt, rng.permutation(split.fit.activity), seed=context.seed + i)
            scores.append(
                macro_f1(unused.activity, trained.predict(table), unused.subject, seed=context.seed).value
            )
        got = repeated(np.array(scores))
        return must_lose(self.question, self.attacker, "activity labels shuffled", got, chance)

    def _scores(self, said: Predictions, unit: str, note: str, *, seed: int) -> list[Result]:
        """Score a classifier on one set of windows: macro-F1, then accuracy.

        The chance level of macro-F1 is one over the number of activities; that of accuracy is the share of the most
        frequent one.
        """
        empty = [self._empty_result(metric, said.tier, unit) for metric in ("macro-F1", "accuracy")]
        windows = said.windows
        if len(windows) == 0:
            return [measured(template, None, note=NO_WINDOWS) for template in empty]
        cluster = np.where(windows.subject == "", batches(windows), windows.subject)
        names, counts = np.unique(windows.activity, return_counts=True)
        chances = (1 / len(names), counts.max() / len(windows))
        estimates = (
            macro_f1(windows.activity, said.called, cluster, seed=seed),
            share(said.called == windows.activity, cluster),
        )
        return [
            replace(measured(template, estimate, note=note), chance=float(chance))
            for template, estimate, chance in zip(empty, estimates, chances, strict=True)
        ]

    def _kept(self, said: Predictions, *, seed: int) -> Iterator[Result]:
        """Yield the share kept, where a model of the unprotected recordings named the same windows."""
        real = np.array(self.called_by_real.get(said.tier, ()))
        if len(real) == 0:
            return
        windows = said.windows
        kept = share_kept(windows.activity, said.called, real, windows.subject, seed=seed)
        yield measured(self._empty_result(SHARE_KEPT, said.tier, REAL), kept)

    def _recalls(self, said: Predictions, note: str) -> list[Result]:
        """Score a classifier activity by activity: the recall of each."""
        results = []
        for activity in said.windows.activities:
            of_it = said.windows.activity == activity
            estimate = share(said.called[of_it] == activity, said.windows.subject[of_it])
            template = self._empty_result(f"{RECALL}{activity}", said.tier, REAL)
            chance = 1 / len(said.windows.activities)
            results.append(replace(measured(template, estimate, note=note), chance=chance))
        return results

    def _empty_result(self, metric: str, tier: str, unit: str) -> Result:
        return self.unmeasured(metric, tier, unit=unit, direction="higher")


def _called(classifier: Classifier, tier: str, windows: Windows) -> Predictions:
    called = classifier.predict(features(windows)) if len(windows) else windows.activity
    return Predictions(tier, windows, called)


def _confusion(said: Predictions) -> list[Mapping[str, Any]]:
    """Return the rows of the confusion matrix as shares of each true activity."""
    rows = []
    for truth in said.windows.activities:
        names, counts = np.unique(said.called[said.windows.activity == truth], return_counts=True)
        for name, count in zip(names.tolist(), counts.tolist(), strict=True):
            share_called = round(count / int(counts.sum()), 4)
            rows.append({"tier": said.tier, "truth": truth, "called": name, "share": share_called})
    return rows
