"""What students of several kinds learnt from each version, as a small table."""

from collections.abc import Sequence

import pandas as pd

from synth.audit.report import ACCURACY, KAPPA, Report, Result
from synth.audit.verdicts import MIN_PEOPLE_UNSEEN
from synth.reporting.charts.theme import percent


def students_table(reports: Sequence[Report]) -> pd.DataFrame | None:
    """Return a row for each student and a column for each version, `None` where no student was taught.

    A cell says accuracy and kappa, and in brackets those of the same student taught by real windows: on unseen
    people where there are enough of them, else on unseen time.
    """
    cells: dict[str, dict[str, str]] = {}
    for report in reports:
        marks = [r for r in report.results if r.question == "teaching" and r.value is not None]
        for student in sorted({r.attacker for r in marks}):
            mark = {r.metric: r for r in _where_enough([r for r in marks if r.attacker == student])}
            cells.setdefault(student, {})[report.name] = _cell(mark[ACCURACY], mark[KAPPA])
    if not cells:
        return None
    return pd.DataFrame.from_dict(cells, orient="index").rename_axis("student").reset_index().fillna("–")


def _where_enough(marks: Sequence[Result]) -> Sequence[Result]:
    on_people = [r for r in marks if r.tier.endswith("unseen people")]
    on_time = [r for r in marks if not r.tier.endswith("unseen people")]
    enough = on_people and on_people[0].n >= MIN_PEOPLE_UNSEEN
    return on_people if enough or not on_time else on_time


def _cell(accuracy: Result, kappa: Result) -> str:
    text = f"{percent(accuracy.value)}, kappa {kappa.value:.2f}"
    if accuracy.ceiling is None or kappa.ceiling is None:
        return text
    return f"{text} (real: {percent(accuracy.ceiling)}, {kappa.ceiling:.2f})"
