"""Report, Windows, History -> altair.Chart. Computes nothing but the aggregation that drawing needs.

data_charts: who did what, and raw traces
split_charts: what is learnt from and what is kept aside, class balance, spectra
window_charts: real beside released, before and after a correction
training_charts: live loss curves
report_charts, activity_chart: what was measured, on forest plots (forest.py)
tradeoff_chart, sweep_chart: releases and strengths on one map (plane.py); sweep_figures: the numbers of a sweep
comparison_chart: all versions beside each other, as a chart and as a table
exhibit_charts: what there is to see beside numbers
realism_charts: spectra, rhythm and a map of windows, real ones and released ones
theme: colours, titles, downloads; wording: what questions and tiers are called; lines: traces as few rows
"""

from pages.ui.charts.activity_chart import by_activity
from pages.ui.charts.comparison_chart import comparison, comparison_in_words, comparison_table
from pages.ui.charts.data_charts import coverage, overview, trace
from pages.ui.charts.exhibit_charts import closest_pairs, confusion
from pages.ui.charts.lines import channel_groups
from pages.ui.charts.realism_charts import map_of_windows, rhythm, spectra
from pages.ui.charts.report_charts import (
    Drawing,
    discriminator,
    imputation,
    names_in_order,
    question_chart,
    reidentification,
    utility,
)
from pages.ui.charts.split_charts import balance, spectrum, split_picture
from pages.ui.charts.sweep_chart import sweep, sweep_sentence
from pages.ui.charts.sweep_figures import most_flattered, sweep_settings, sweep_table
from pages.ui.charts.theme import MAX_ROWS, colour_of, download_png, download_svg, standalone
from pages.ui.charts.tradeoff_chart import tradeoff
from pages.ui.charts.training_charts import history
from pages.ui.charts.window_charts import before_after, preview, side_by_side
from pages.ui.charts.wording import QUESTIONS, tier_in_words

__all__ = [
    "MAX_ROWS",
    "QUESTIONS",
    "Drawing",
    "balance",
    "before_after",
    "by_activity",
    "channel_groups",
    "closest_pairs",
    "colour_of",
    "comparison",
    "comparison_in_words",
    "comparison_table",
    "confusion",
    "coverage",
    "discriminator",
    "download_png",
    "download_svg",
    "history",
    "imputation",
    "map_of_windows",
    "most_flattered",
    "names_in_order",
    "overview",
    "preview",
    "question_chart",
    "reidentification",
    "rhythm",
    "side_by_side",
    "spectra",
    "spectrum",
    "split_picture",
    "standalone",
    "sweep",
    "sweep_sentence",
    "sweep_settings",
    "sweep_table",
    "tier_in_words",
    "trace",
    "tradeoff",
    "utility",
]
