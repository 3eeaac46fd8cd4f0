"""The table of models: where enough people were unseen on those, else on unseen time."""

from dataclasses import replace

from synth.audit.report import ACCURACY, KAPPA
from synth.reporting.charts.models_table import models_table
from tests.synth.reporting.reports import generated, result


def marks(student, where, accuracy, kappa, **changes):
    return tuple(
        result("teaching", f"TSTR, {where}", value, metric=metric, attacker=student, **changes)
        for metric, value in ((ACCURACY, accuracy), (KAPPA, kappa))
    )


def taught(name, *found):
    report = generated(name, told=0.9, f1=0.5, linked=0.5)
    return replace(report, results=report.results + tuple(r for group in found for r in group))


def test_a_cell_says_accuracy_and_kappa_and_what_real_windows_teach():
    on_time = marks("forest student", "unseen time of seen people", 0.7, 0.6, ceiling=0.9)
    few, enough = (marks("forest student", "unseen people", 0.5, 0.4, n=n, ceiling=None) for n in (3, 7))
    nothing = marks("LSTM student", "unseen time of seen people", None, None)
    table = models_table([taught("A", few, on_time), taught("B", enough, on_time, nothing), taught("C")])
    assert table.columns.tolist() == ["model", "A", "B"]
    assert table.to_numpy().tolist() == [
        ["forest student", "70 %, kappa 0.60 (real: 90 %, 0.90)", "50 %, kappa 0.40"]
    ]


def test_students_of_one_version_only_leave_a_dash():
    one, other = (taught(n, marks(f"{n} student", "unseen people", 0.5, 0.4)) for n in ("forest", "LSTM"))
    table = models_table([one, other]).set_index("model")
    assert table.loc["LSTM student", "forest"] == table.loc["forest student", "LSTM"] == "–"


def test_without_students_there_is_no_table():
    assert models_table([generated("A", told=0.9, f1=0.5, linked=0.5)]) is None
