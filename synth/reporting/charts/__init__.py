"""Report, Windows, History -> altair.Chart. Nothing is computed here but the aggregation that drawing needs.

recordings/: who did what, raw traces, labels; what is used and what is kept aside, class balance, spectra
window_charts: real windows next to released ones, before and after a correction
training_charts: live loss curves
report_charts, activity_chart: what was measured, on forest plots (forest_plot.py)
tradeoff_chart: releases on one map (axes.py); sweep/: strengths on such a map, and the numbers of a sweep
recognition: by whom people are recognised, and how well they are hidden
comparison_chart: all versions side by side, as a chart and as a table
example_pairs: examples that illustrate the numbers
guessing_chart: a person's score in the guessing game, next to the attacker's
people_charts: who is recognised how often, and by how many guesses
neighbour_maps: maps of the same windows before and after
realism_charts: spectra, rhythm and a map of real and released windows
views: what the definition of a question can ask for, by name; models_table: what models learnt
theme: colours, titles, downloads
downsampled_traces: traces reduced to few rows
"""

from synth.reporting.charts.activity_chart import by_activity
from synth.reporting.charts.comparison_chart import comparison, comparison_in_words, comparison_table
from synth.reporting.charts.downsampled_traces import channel_groups
from synth.reporting.charts.example_pairs import closest_pairs, confusion
from synth.reporting.charts.guessing_chart import guessing_score
from synth.reporting.charts.neighbour_maps import before_and_after
from synth.reporting.charts.people_charts import guesses, people
from synth.reporting.charts.realism_charts import map_of_windows, rhythm, spectra
from synth.reporting.charts.recordings.data_charts import coverage, overview, trace
from synth.reporting.charts.recordings.label_chart import label_spans
from synth.reporting.charts.recordings.split_charts import balance, spectrum, split_picture
from synth.reporting.charts.report_charts import (
    Chart,
    Drawing,
    discriminator,
    imputation,
    names_in_order,
    question_chart,
    reidentification,
    utility,
)
from synth.reporting.charts.sweep.chart import sweep, sweep_sentence
from synth.reporting.charts.sweep.figures import most_flattered, sweep_in_words, sweep_settings, sweep_table
from synth.reporting.charts.sweep.strengths import (
    NOW,
    Expected,
    curves,
    expected,
    places_of,
    row_of_now,
    strengths_on_map,
)
from synth.reporting.charts.theme import (
    MAX_ROWS,
    colour_of,
    download_png,
    download_svg,
    rewritten,
    standalone,
)
from synth.reporting.charts.tradeoff_chart import tradeoff
from synth.reporting.charts.training_charts import history
from synth.reporting.charts.views import CHARTS, PICTURES, TABLES
from synth.reporting.charts.window_charts import before_after, preview, side_by_side, strips

__all__ = [
    "CHARTS",
    "MAX_ROWS",
    "NOW",
    "PICTURES",
    "TABLES",
    "Chart",
    "Drawing",
    "Expected",
    "balance",
    "before_after",
    "before_and_after",
    "by_activity",
    "channel_groups",
    "closest_pairs",
    "colour_of",
    "comparison",
    "comparison_in_words",
    "comparison_table",
    "confusion",
    "coverage",
    "curves",
    "discriminator",
    "download_png",
    "download_svg",
    "expected",
    "guesses",
    "guessing_score",
    "history",
    "imputation",
    "label_spans",
    "map_of_windows",
    "most_flattered",
    "names_in_order",
    "overview",
    "people",
    "places_of",
    "preview",
    "question_chart",
    "reidentification",
    "rewritten",
    "rhythm",
    "row_of_now",
    "side_by_side",
    "spectra",
    "spectrum",
    "split_picture",
    "standalone",
    "strengths_on_map",
    "strips",
    "sweep",
    "sweep_in_words",
    "sweep_sentence",
    "sweep_settings",
    "sweep_table",
    "trace",
    "tradeoff",
    "utility",
]
