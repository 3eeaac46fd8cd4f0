"""Is it still useful? Activities are recognised by a classifier that learnt from the release.

An analyst trains on what he was given and works on real people (TSTR: train on release, test on real). The
same with the unprotected windows (TRTR) is the best to be had; the other way round (TRTS: train on real, test
on release) shows whether the release says what its labels say.

References:
    Esteban, Hyland and Raetsch, Real-valued medical time series generation with recurrent conditional GANs,
    2017 (TSTR, TRTS).
"""

from dataclasses import dataclass, replace

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier

from data.release import Release
from data.splits import Split
from data.windows import Windows
from synth.audit.attack import (
    FOREST,
    NOTHING_FRESH,
    Attack,
    Baseline,
    measured,
    must_lose,
    stop_if_asked,
    unprotected,
)
from synth.audit.classifiers import at_most, fit_forest, shuffled_forests
from synth.audit.discriminator import batches
from synth.audit.features import features
from synth.audit.report import RECALL, Result
from synth.audit.stats import Estimate, macro_f1, repeated, share
from synth.learner import ShouldStop, never

ON_UNSEEN, ON_FRESH = "unseen people", "unseen time of seen people"


@dataclass(frozen=True)
class ActivityUtility(Attack):
    """Macro-F1 and accuracy of activity recognition by a forest on window features."""

    question = "utility"
    attacker = FOREST
    title = "Recognising activities after learning from the release"

    def obstacle(self, split: Split) -> str:
        return "" if len(split.fresh) or len(split.unseen) else NOTHING_FRESH

    def run(
        self, split: Split, release: Release, *, seed: int, should_stop: ShouldStop = never
    ) -> tuple[Result, ...]:
        released = release.windows
        learnt = released.take(at_most(released.activity, len(split.fit), seed=seed))
        note = ""
        if len(learnt) < len(split.fit):
            note = f"The release has {len(learnt)} windows where the recordings had {len(split.fit)}."
        results: list[Result] = []
        stop_if_asked(should_stop)
        forest = fit_forest(features(learnt), learnt.activity, seed=seed)
        for where, windows in ((ON_UNSEEN, split.unseen), (ON_FRESH, split.fresh)):
            stop_if_asked(should_stop)
            results += _scores(forest, f"TSTR, {where}", windows, "people; real windows", note, seed=seed)
            results += _recalls(forest, f"TSTR, {where}", windows, note)
        stop_if_asked(should_stop)
        unused = _unused(split)
        judge = fit_forest(features(unused), unused.activity, seed=seed)
        unit = "people or generation batches; released windows, learnt from real windows it was not made from"
        results += _scores(judge, "TRTS", released, unit, "", seed=seed)
        return tuple(results)

    def reference(self, split: Split, *, seed: int, should_stop: ShouldStop = never) -> Baseline:
        ceilings = self.run(split, unprotected(split), seed=seed, should_stop=should_stop)
        shown = tuple(
            replace(r, tier=r.tier.replace("TSTR", "TRTR")) for r in ceilings if r.tier.startswith("TSTR")
        )
        stop_if_asked(should_stop)
        got = _score_of_shuffled(split, seed=seed)
        chance = 1 / len(_unused(split).activities)
        control = must_lose(self.question, self.attacker, "activity labels shuffled", got, chance)
        return Baseline(ceilings=ceilings, shown=shown, controls=(control,))


def _scores(
    forest: ExtraTreesClassifier, tier: str, windows: Windows, unit: str, note: str, *, seed: int
) -> list[Result]:
    """Judge one classifier on one set of windows: macro-F1, then accuracy.

    Chance of macro-F1 is that of guessing each activity as often as it occurs (one over their number);
    of accuracy, that of always naming the most frequent one.
    """
    empty = [_empty_result(metric, tier, unit) for metric in ("macro-F1", "accuracy")]
    if len(windows) == 0:
        reason = "No real windows of this kind were kept apart; with fewer than three people none can be."
        return [measured(template, None, note=reason) for template in empty]
    called = forest.predict(features(windows))
    cluster = np.where(windows.subject == "", batches(windows), windows.subject)
    names, counts = np.unique(windows.activity, return_counts=True)
    chances = (1 / len(names), counts.max() / len(windows))
    estimates = (
        macro_f1(windows.activity, called, cluster, seed=seed),
        share(called == windows.activity, cluster),
    )
    return [
        replace(measured(template, estimate, note=note), chance=float(chance))
        for template, estimate, chance in zip(empty, estimates, chances, strict=True)
    ]


def _recalls(forest: ExtraTreesClassifier, tier: str, windows: Windows, note: str) -> list[Result]:
    """Judge one classifier activity by activity: the share of its windows that are called by its name."""
    if len(windows) == 0:
        return []
    called = forest.predict(features(windows))
    results = []
    for activity in windows.activities:
        of_it = windows.activity == activity
        estimate = share(called[of_it] == activity, windows.subject[of_it])
        template = _empty_result(f"{RECALL}{activity}", tier, "people; real windows")
        chance = 1 / len(windows.activities)
        results.append(replace(measured(template, estimate, note=note), chance=chance))
    return results


def _score_of_shuffled(split: Split, *, seed: int) -> Estimate:
    """Recognise activities after learning shuffled labels: mean macro-F1 and interval over shuffles."""
    unused = _unused(split)
    table, truth = features(unused), unused.activity
    forests = shuffled_forests(features(split.fit), split.fit.activity, seed=seed)
    scores = [macro_f1(truth, f.predict(table), unused.subject, seed=seed).value for f in forests]
    return repeated(np.array(scores))


def _unused(split: Split) -> Windows:
    return split.fresh if len(split.fresh) else split.unseen


def _empty_result(metric: str, tier: str, unit: str) -> Result:
    return Result(
        question="utility",
        metric=metric,
        attacker=FOREST,
        tier=tier,
        value=None,
        low=None,
        high=None,
        chance=None,
        ceiling=None,
        direction="higher",
        n=0,
        unit=unit,
    )
