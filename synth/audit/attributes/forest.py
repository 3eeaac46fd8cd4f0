"""The second attacker that infers attributes: not a linear model, but a vote of the people somebody resembles."""

from dataclasses import dataclass

import numpy as np

from synth.audit.attack import FOREST
from synth.audit.attributes.base import Answers, AttributeInference, Scene, one_hot_of, person_means
from synth.audit.models.classifiers import fit_forest
from synth.core.run_context import RunContext

N_TREES = 50


@dataclass(frozen=True)
class ForestAttributes(AttributeInference):
    """Which known people does a window resemble, and what is their attribute?

    Extremely randomised trees learn to distinguish the known people. A window of somebody else gets votes for each of
    them; the predicted class is the one whose people get more votes than their number explains. The forest does not
    see the attribute, so one forest per fold serves all permutations.
    """

    attacker = FOREST
    title = "Inferring attributes of people from whom they resemble"
    efforts = ("thorough",)

    def name(self, scene: Scene, labels: np.ndarray, context: RunContext) -> Answers:
        """Name classes by the votes of trees for the people they learnt, all labellings at once."""
        one_hot = one_hot_of(labels)
        by_window = np.zeros((len(scene.table), len(labels)), np.int8)
        by_person = np.zeros((scene.n_people, len(labels)), np.int8)
        for learnt, judged in scene.folds(seed=context.seed):
            context.stop_if_asked()
            known, shown = np.isin(scene.person, learnt), np.isin(scene.person, judged)
            forest = fit_forest(
                scene.table[known], scene.person[known], seed=context.seed, balanced=True, n_trees=N_TREES
            )
            votes = np.zeros((len(scene.table), len(learnt)), np.float32)
            votes[shown] = forest.predict_proba(scene.table[shown])
            rise = one_hot[learnt] / np.maximum(one_hot[learnt].sum(axis=0), 1e-6)
            by_window[shown] = np.tensordot(votes[shown], rise, axes=1).argmax(axis=2)
            by_person[judged] = np.tensordot(person_means(scene, votes)[judged], rise, axes=1).argmax(axis=2)
        return Answers(by_window, by_person)
