"""How well models of several kinds learn from each version, as a small table."""

from collections.abc import Sequence

import pandas as pd

from synth.audit.report import ACCURACY, KAPPA, Report, Result
from synth.audit.verdicts import measured, on_enough_people
from synth.core.figures import percent


def models_table(reports: Sequence[Report]) -> pd.DataFrame | None:
    """Return a row for each model and a column for each version, `None` where no model was trained.

    A cell gives accuracy and kappa, and in brackets those of the same model trained on real windows: on unseen
    people where there are enough of them, else on unseen time.
    """
    cells: dict[str, dict[str, str]] = {}
    for report in reports:
        exams = on_enough_people(measured([r for r in report.results if r.question == "teaching"]))
        for model in sorted({r.attacker for r in exams}):
            found: dict[str, Result] = {}
            for r in exams:
                if r.attacker == model:
                    found.setdefault(r.metric, r)
            cells.setdefault(model, {})[report.name] = _cell(found[ACCURACY], found[KAPPA])
    if not cells:
        return None
    return pd.DataFrame.from_dict(cells, orient="index").rename_axis("model").reset_index().fillna("–")


def _cell(accuracy: Result, kappa: Result) -> str:
    text = f"{percent(accuracy.number)}, kappa {kappa.number:.2f}"
    if accuracy.ceiling is None or kappa.ceiling is None:
        return text
    return f"{text} (real: {percent(accuracy.ceiling)}, {kappa.ceiling:.2f})"
