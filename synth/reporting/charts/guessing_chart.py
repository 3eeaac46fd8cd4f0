"""The score of the guessing game next to the attacker's."""

from synth.audit.report import Result
from synth.audit.stats import Estimate
from synth.core.figures import figure
from synth.reporting.charts.forest_plot import Axis, Row, forest
from synth.reporting.charts.report_charts import Drawing
from synth.reporting.charts.theme import colour_of, titled

YOU, ATTACKER = "You", "The attacker"


def guessing_score(score: Estimate, chance: float, attacker: Result | None, version: str) -> Drawing:
    """Draw how often a person was right, next to the attacker of the same question.

    Args:
        score: Of the person.
        chance: What guessing gives in the game, in [0, 1].
        attacker: Of the report; it may choose among more people and then has another chance level.
        version: What the version is called.
    """
    rows = [_row(YOU, score.value, score.low, score.high, chance)]
    if attacker is not None:
        rows.append(_row(ATTACKER, attacker.number, *attacker.ends, attacker.chance))
    better = score.low > chance
    finding = (
        f"“{version}”: right in {figure(score.value, score.low, score.high)} of {score.n_clusters} rounds"
    )
    how = "That is more than guessing gives." if better else "That may be luck: guessing could give as much."
    axis = Axis("right answers", "they can be told", "nobody can tell", 0.0, 1.0, lower_is_better=True)
    drawn = forest(rows, axis, colours=colour_of([YOU, ATTACKER]), title=titled(finding, how), each="who")
    return Drawing(drawn, ())


def _row(name: str, value: float, low: float, high: float, chance: float | None) -> Row:
    return Row("Who was right how often", name, value, low, high, chance=chance)
