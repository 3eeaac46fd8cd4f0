"""Which models can learn from it? The definition of the question; it has no verdict."""

from collections.abc import Sequence

from synth.audit.question import Question
from synth.audit.report import ACCURACY, Control, Result, Verdict
from synth.audit.verdicts import above_chance, measured, on_enough_people


def _rule(results: Sequence[Result], controls: Sequence[Control]) -> Verdict:
    """Let the best model stand for all, by its accuracy on unseen people if there are enough."""
    by_model: dict[str, Result] = {}
    for r in on_enough_people([r for r in measured(results) if r.metric == ACCURACY]):
        by_model.setdefault(r.attacker, r)
    return Verdict("", "", max(by_model.values(), key=above_chance, default=None))


QUESTION = Question(
    key="teaching",
    order=30,
    title="Which models can learn from it?",
    short="Best model",
    term="TSTR with several models",
    explanation="Different kinds of models learn activities from the release and are tested on real windows, next to "
    "the same model trained on the unprotected recordings. Windows made for training may suit only models that are "
    "built like the one they were made for.",
    measure="share of real windows whose activity a model names (accuracy)",
    worse="models learn nothing",
    better="as good for training as real data",
    direction="higher",
    finding="Models learn best from {name}: the best one names {value} of real windows",
    contrast="least:",
    rule=_rule,
    tiers={"TSTR": "Train on the release, test on real"},
    tables=("models",),
)
