"""What the definition of a question can ask for in addition to its forest plot, by name."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import altair as alt
import pandas as pd

from data.roles import Roles
from synth.audit.report import Report
from synth.reporting.charts.activity_chart import by_activity
from synth.reporting.charts.example_pairs import closest_pairs, confusion
from synth.reporting.charts.models_table import models_table
from synth.reporting.charts.neighbour_maps import before_and_after
from synth.reporting.charts.people_charts import guesses, people
from synth.reporting.charts.realism_charts import map_of_windows, rhythm, spectra
from synth.reporting.charts.report_charts import Drawing

CHARTS: Mapping[str, Callable[[Sequence[Report], Sequence[str], Roles], Drawing]] = {
    "by activity": by_activity
}
"""For all versions: reports, the names of all versions in their order, and roles -> a drawing."""

TABLES: Mapping[str, Callable[[Sequence[Report]], pd.DataFrame | None]] = {"models": models_table}
"""For all versions; `None` where there is nothing to list."""

PICTURES: Mapping[str, Callable[[Report], alt.TopLevelMixin | None]] = {
    "confusion": confusion,
    "closest pairs": closest_pairs,
    "people": people,
    "guesses": guesses,
    "before and after by person": before_and_after,
    "before and after by activity": partial(before_and_after, colour="activity"),
    "map by activity": map_of_windows,
    "map by person": partial(map_of_windows, colour="person"),
    "spectra": spectra,
    "rhythm": rhythm,
}
"""For one version, from its exhibits: they may show private windows and are never part of a shared report."""
