"""Charts show the numbers they are given, all of them, and nothing that was not measured."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.recordings import Recordings
from synth.audit.question import headline
from synth.audit.verdicts import way
from synth.imputers.comparison import ImputationError
from synth.reporting import charts
from synth.reporting.charts.downsampled_traces import Line, rows_of
from synth.reporting.charts.forest_plot import CEILING, GUESSING, MEASURED
from synth.reporting.charts.theme import MAX_ROWS, NEUTRAL, PALETTE, UNPROTECTED
from tests.synth.reporting.reports import NOTHING, generated, result, three, transformed, with_results
from tests.toy import make_recordings, make_windows


def rows(chart) -> list[dict]:
    """All rows of all data sets of a chart."""
    return [row for data in chart.to_dict()["datasets"].values() for row in data]


def marks(chart, kind: str) -> list[dict]:
    return [row for row in rows(chart) if row.get("kind") == kind]


def words(chart) -> str:
    return json.dumps(chart.to_dict()["title"], ensure_ascii=False)


class TestColours:
    def test_a_release_keeps_its_colour_in_every_chart(self):
        names = [report.name for report in three()]
        some = three()[1:]
        whole = charts.colour_of(names)
        for drawing in (
            charts.utility(some, names),
            charts.tradeoff(some, names),
            charts.reidentification(some, names),
        ):
            text = json.dumps(drawing.chart.to_dict())
            assert json.dumps([*whole.domain, UNPROTECTED]) in text
            assert json.dumps([*whole.range, NEUTRAL]) in text

    def test_repeated_names_count_once_and_unprotected_data_are_neutral(self):
        scale = charts.colour_of(["a", UNPROTECTED, "b", "a"])
        assert scale.domain == ["a", UNPROTECTED, "b"]
        assert scale.range == [PALETTE[0], NEUTRAL, PALETTE[1]]

    def test_badges_have_the_colours_of_the_charts(self):
        assert list(charts.names_in_order(three()).values()) == list(PALETTE[:3])


class TestTitles:
    def test_numbers_are_not_broken(self):
        text = "recognised in 92 % [82, 98] of cases"
        for characters in range(14, 40):
            lines = charts.theme.wrapped(text, characters)
            assert " ".join(lines) == text
            assert any("92 %" in line for line in lines)
            assert any("[82, 98]" in line for line in lines)


class TestComparison:
    def test_the_table_holds_the_main_number_of_every_question_of_every_version(self):
        table = charts.comparison_table({"study": three(), "other": three()[:1]})
        assert len(table) == 3 * (3 + 1)  # three questions were asked of each
        for row in table[table["data"] == "study"].itertuples():
            [report] = [r for r in three() if r.name == row.release]
            main = headline(report, row.question)
            assert (row.value, row.low, row.high, row.attacker) == (
                main.value,
                main.low,
                main.high,
                main.attacker,
            )

    def test_cells_for_reading_have_the_interval_and_a_dash_where_nothing_was_measured(self):
        alone = with_results(three()[0], three()[0].results[:1])
        words = charts.comparison_in_words(charts.comparison_table({"study": [alone, *three()[1:]]}))
        assert words["release"].tolist() == [report.name for report in three()]
        assert words["Distinguished from real"].iloc[0] == "97 % [92, 100]"
        assert words["Activities recognised"].iloc[0] == "–"

    def test_a_panel_a_question_with_all_versions_in_each(self):
        drawing = charts.comparison(three())
        panels = drawing.chart.to_dict()["hconcat"]
        assert [panel["title"] for panel in panels] == [
            "Distinguished from real",
            "Activities recognised",
            "People recognised",
        ]
        drawn = {(row["release"], row["value"]) for row in rows(drawing.chart)}
        assert {(r.name, headline(r, "discriminator").value) for r in three()} <= drawn
        assert charts.download_svg(drawing.chart)

    def test_without_numbers_there_is_no_chart(self):
        assert charts.comparison([with_results(three()[0], ())]).chart is None


class TestQuestionCharts:
    @pytest.mark.parametrize("question", ["discriminator", "utility", "reidentification"])
    def test_every_measured_number_is_drawn_with_chance_ceiling_and_interval(self, question):
        reports = three()
        chart = charts.question_chart(question, reports).chart
        told = [
            (report.name, r)
            for report in reports
            for r in report.results
            if r.question == question and r.value is not None and not r.tier.startswith("TRTR")
        ]
        drawn = {(row["name"], row["x"]) for row in marks(chart, MEASURED) if row["name"] != UNPROTECTED}
        assert drawn == {(name, r.value) for name, r in told}
        assert {(row["name"], row["x"]) for row in marks(chart, GUESSING)} >= {(n, r.chance) for n, r in told}
        assert {(row["name"], row["x"]) for row in marks(chart, CEILING)} == {(n, r.ceiling) for n, r in told}
        spans = {(row["name"], row["x"], row["x2"]) for row in rows(chart) if "x2" in row}
        assert spans >= {(name, r.low, r.high) for name, r in told}

    def test_what_was_not_measured_is_a_sentence_and_not_a_zero(self):
        drawing = charts.discriminator(three())
        assert [row["name"] for row in marks(drawing.chart, MEASURED)].count("SenseGen") == 1
        assert all(row["x"] > 0 for row in rows(drawing.chart) if "x" in row)
        assert len(drawing.notes) == 1
        assert NOTHING in drawing.notes[0]
        assert "“SenseGen”" in drawing.notes[0]

    def test_the_same_reason_is_said_once(self):
        (note,) = charts.reidentification(three()).notes
        assert note.startswith("“noise 0.5”, “granularity 5 Hz”. ")

    def test_nothing_measured_at_all(self):
        report = with_results(three()[0], (result("utility", "TSTR", None, note="Too short."),))
        drawing = charts.utility([report])
        assert drawing.chart is None
        assert "Too short." in drawing.notes[0]

    def test_better_is_to_the_right(self):
        reverse = {
            question: charts.question_chart(question, three()).chart.to_dict()["layer"][0]["encoding"]["x"][
                "scale"
            ]["reverse"]
            for question in ("discriminator", "utility", "reidentification")
        }
        assert reverse == {"discriminator": True, "utility": False, "reidentification": True}

    def test_real_data_stand_once_and_first(self):
        drawn = marks(charts.utility(three()).chart, MEASURED)
        assert [row["name"] for row in drawn].count(UNPROTECTED) == 1
        assert drawn[0]["name"] == UNPROTECTED

    def test_the_title_says_the_finding_of_the_attacker_that_counts(self):
        title = words(charts.reidentification(three()).chart).replace('", "', " ")
        assert (
            "“noise 0.5” reveals people most: recognised in 71 % [66, 76] of cases (guessing: 10 %)" in title
        )
        assert "“granularity 5 Hz”: 55 % [50, 60]" in title

    def test_a_new_question_and_a_new_tier_are_drawn_without_a_change(self):
        new = result("membership", "a thief of the model", 0.64)
        drawing = charts.question_chart("membership", [with_results(three()[0], (new,))])
        assert [row["x"] for row in marks(drawing.chart, MEASURED)] == [0.64]
        assert "a thief of the model" in json.dumps(rows(drawing.chart))

    def test_many_releases_stay_within_bounds(self):
        many = [transformed(f"r{i}", told=0.9, f1=0.5, static=0.2, refitted=0.4) for i in range(400)]
        for drawing in (charts.reidentification(many), charts.tradeoff(many)):
            assert max(len(data) for data in drawing.chart.to_dict()["datasets"].values()) <= MAX_ROWS


class TestHeadline:
    def test_the_surest_attacker_counts(self):
        assert headline(three()[0], "reidentification").value == 0.71
        lucky = result("reidentification", "refitted", 0.88, low=0.5, attacker="another")
        assert (
            headline(with_results(three()[0], (*three()[0].results, lucky)), "reidentification").value == 0.71
        )

    def test_utility_on_unseen_people_where_there_are_enough(self):
        few = result("utility", "TSTR, unseen people", 0.9, n=3)
        timewise = result("utility", "TSTR, unused time", 0.7, n=3)
        report = with_results(three()[0], (few, timewise))
        assert headline(report, "utility").value == 0.7
        assert headline(with_results(report, (replace(few, n=6), timewise)), "utility").value == 0.9

    def test_nothing_measured(self):
        assert headline(with_results(three()[0], ()), "utility") is None

    def test_the_way_from_guessing_to_certainty(self):
        assert way(0.1, 0.1) == 0
        assert way(1.0, 0.1) == 1
        assert way(0.55, 0.1) == pytest.approx(0.5)
        assert way(0.3, None) == 0.3


class TestTradeoff:
    def test_positions_intervals_and_kinds(self):
        points = {row["name"]: row for row in rows(charts.tradeoff(three()).chart) if "utility_low" in row}
        noise, sensegen = points["noise 0.5"], points["SenseGen"]
        assert noise["privacy"] == pytest.approx(1 - 0.61 / 0.9)
        assert (noise["utility"], noise["utility_low"], noise["utility_high"]) == pytest.approx(
            (0.81, 0.76, 0.86)
        )
        assert noise["privacy_low"] < noise["privacy"] < noise["privacy_high"]
        assert sensegen["privacy"] == pytest.approx(1 - 0.07 / 0.5)
        assert (noise["kind"], sensegen["kind"]) == ("shows real people", "generated, shows no real person")
        assert points[UNPROTECTED]["privacy"] == pytest.approx(1 - 0.82 / 0.9)
        assert points[UNPROTECTED]["utility"] == 0.88

    def test_a_release_without_both_numbers_is_named_and_not_placed(self):
        lame = with_results(
            three()[0], (result("utility", "TSTR", 0.5), result("reidentification", "refitted", None))
        )
        drawing = charts.tradeoff([lame])
        assert drawing.chart is None
        assert "recognition of people could not be measured" in drawing.notes[0]

    def test_names_that_would_overlap_are_moved_apart(self):
        alike = [transformed(f"copy {i}", told=0.9, f1=0.5, static=0.2, refitted=0.4) for i in range(3)]
        heights = sorted(
            r["label_y"] for r in rows(charts.tradeoff(alike).chart) if str(r.get("name")).startswith("copy")
        )
        assert min(np.diff(sorted(set(np.round(heights, 6))))) >= 0.05 - 1e-6

    def test_nobody_is_hidden(self):
        bare = [transformed(f"r{i}", told=0.9, f1=0.5, static=0.2, refitted=1.0) for i in range(2)]
        assert "No release hides people" in words(charts.tradeoff(bare).chart)
        assert "the others are alike" in words(charts.reidentification(bare).chart).replace('", "', " ")

    def test_hides_best_is_who_surely_hides_most_not_who_had_luck(self):
        lucky, sure = (
            generated(name, told=0.8, f1=f1, linked=0.45) for name, f1 in (("lucky", 0.8), ("sure", 0.5))
        )
        lucky, sure = (
            with_results(
                report,
                tuple(
                    replace(r, high=high, value=value) if r.question == "reidentification" else r
                    for r in report.results
                ),
            )
            for report, value, high in ((lucky, 0.3, 1.0), (sure, 0.45, 0.55))
        )
        title = words(charts.tradeoff([lucky, sure]).chart).replace('", "', " ")
        assert "hides people best: “sure” (100 %, at least 90 %)" in title

    def test_only_generated(self):
        drawing = charts.tradeoff([generated("SenseGen", told=0.8, f1=0.5, linked=0.5)])
        assert "people hidden at 100 %" in words(drawing.chart)


class TestImputation:
    def test_errors_are_drawn_and_the_winner_named(self):
        errors = [
            ImputationError(name, gap, rmse, rmse - 0.01, rmse + 0.01, 9, "people")
            for gap, figures in {"scattered": (0.03, 0.05), "a gap": (0.12, 0.1)}.items()
            for name, rmse in zip(("linear", "GAIN"), figures, strict=True)
        ]
        chart = charts.imputation(errors).chart
        assert [row["x"] for row in marks(chart, MEASURED)] == [0.03, 0.05, 0.12, 0.1]
        assert "“linear” for scattered; “GAIN” for a gap" in words(chart).replace('", "', " ")
        assert marks(chart, GUESSING) == []

    def test_no_errors(self):
        assert charts.imputation([]).chart is None


class TestDataCharts:
    def test_coverage_is_the_minutes_and_windows_of_each_person_and_activity(self):
        recordings, windows = make_recordings(3, 2, 30.0), make_windows(3, 2, 30.0)
        cells = rows(charts.coverage(recordings, windows))
        assert len(cells) == 6
        assert {cell["minutes"] for cell in cells} == {0.5}
        assert sum(cell["windows"] for cell in cells) == len(windows)
        assert "everybody did everything" in words(charts.coverage(recordings))

    def test_coverage_names_what_is_missing_and_leaves_it_empty(self):
        recordings = make_recordings(3, 2, 10.0)
        samples = recordings.samples
        some = samples[~((samples["subject"] == "P02") & (samples["activity"] == "act1"))]
        chart = charts.coverage(replace(recordings, samples=some.reset_index(drop=True)))
        assert len(rows(chart)) == 5
        assert "1 of 6 combinations" in words(chart)

    def test_trace_has_one_panel_a_sensor_and_keeps_every_peak(self):
        recordings = _with_peak(make_recordings(2, 2, 200.0))
        series = recordings.samples["series"].iloc[0]
        chart = charts.trace(recordings, series)
        drawn = rows(chart)
        assert len(chart.to_dict()["vconcat"]) == 2
        assert len(drawn) <= MAX_ROWS
        assert max(row["value"] for row in drawn) == 99.0
        assert {row["channel"] for row in drawn} == set(recordings.channels)

    def test_trace_of_a_stretch_with_boundaries(self):
        recordings = make_recordings(2, 2, 20.0)
        series = recordings.samples["series"].iloc[0]
        chart = charts.trace(recordings, series, 2.0, 8.0, boundaries_s=[0.0, 2.56, 5.12, 10.24])
        x = [row["x"] for row in rows(chart)]
        assert (min(x), max(x)) == (2.0, 8.0)
        assert chart.to_dict()["vconcat"][0]["encoding"]["x"]["axis"]["values"] == [2.56, 5.12]

    def test_trace_of_nothing(self):
        with pytest.raises(ValueError, match="nothing of series"):
            charts.trace(make_recordings(2, 2, 5.0), "nobody's")

    @pytest.mark.parametrize(
        ("channels", "units", "expected"),
        [
            (["acc_x", "acc_y", "gyro_x", "gyro_y"], ["g", "g", "rad/s", "rad/s"], [[0, 1], [2, 3]]),
            (["ax", "ay", "az", "wx", "wy", "wz"], ["g"] * 3 + ["rad/s"] * 3, [[0, 1, 2], [3, 4, 5]]),
            (["c1", "c2", "c3"], ["", "", ""], [[0, 1, 2]]),
            ([f"c{i}" for i in range(12)], [""] * 12, [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]),
            (["x"], ["g"], [[0]]),
        ],
    )
    def test_channels_of_a_sensor_share_a_panel(self, channels, units, expected):
        assert list(charts.channel_groups(channels, units).values()) == expected

    @settings(deadline=None, max_examples=50)
    @given(st.lists(st.text(max_size=4), min_size=1, max_size=12, unique=True), st.data())
    def test_law_every_channel_is_in_exactly_one_panel(self, channels, data):
        units = [data.draw(st.sampled_from(["", "g", "rad/s"])) for _ in channels]
        found = sorted(i for indices in charts.channel_groups(channels, units).values() for i in indices)
        assert found == list(range(len(channels)))

    @settings(deadline=None, max_examples=50)
    @given(st.lists(st.integers(1, 3000), min_size=1, max_size=20), st.integers(60, 500))
    def test_law_reduced_lines_are_bounded_and_keep_their_extremes(self, lengths, max_rows):
        rng = np.random.default_rng(sum(lengths))
        lines = [Line(np.arange(n), rng.normal(size=n)) for n in lengths]
        frame = rows_of(lines, max_rows)
        assert len(frame) <= max_rows
        for number, line in enumerate(lines):
            kept = frame[frame["line"] == number]
            assert kept["value"].max() == line.values.max()
            assert kept["value"].min() == line.values.min()
            assert kept["x"].is_monotonic_increasing


class TestWindowCharts:
    def test_pairs_show_the_source_of_each_released_window(self):
        real = make_windows(2, 2, 20.0)
        order = np.arange(len(real))[::-1]
        released = real.take(order).with_values(real.values[order] + 1)
        drawn = rows(charts.side_by_side(real, released, "act1", 3, source=order, name="plus one"))
        ours, theirs = (
            [row["value"] for row in drawn if row["side"] == side] for side in ("real", "plus one")
        )
        np.testing.assert_allclose(np.array(theirs) - ours, 1, atol=1e-5)
        assert len(ours) == 3 * 128 * 3

    def test_a_window_that_was_replaced_is_named_by_what_it_shows(self):
        real = make_windows(2, 2, 20.0)
        released = replace(real, activity=np.full(len(real), "act1"))
        chart = charts.side_by_side(real, released, "act1", 4, source=np.arange(len(real))).to_dict()
        ours, theirs = (view["encoding"]["x"]["axis"]["labelExpr"] for view in chart["vconcat"])
        assert '["", ": act2", "", ": act2"]' in ours
        assert '["", "", "", ""]' in theirs

    def test_both_sides_have_the_same_axes(self):
        real = make_windows(2, 2, 20.0)
        chart = charts.side_by_side(real, real.with_values(real.values * 5), "act2", 4).to_dict()
        one, other = (view["encoding"]["y"]["scale"]["domain"] for view in chart["vconcat"])
        assert one == other

    def test_long_windows_of_many_channels_stay_within_bounds(self):
        real = make_windows(2, 2, 60.0, 100.0, n_channels=12, duration_s=10.0)
        assert len(rows(charts.side_by_side(real, real, "act1", 8))) <= MAX_ROWS

    def test_an_activity_that_one_side_lacks(self):
        real = make_windows(2, 2, 20.0)
        with pytest.raises(ValueError, match="no window of 'swimming'"):
            charts.side_by_side(real, real, "swimming")

    def test_before_after_marks_a_span_only_in_its_channel(self):
        before, after = np.zeros((20, 2)), np.ones((20, 2))
        drawn = charts.before_after(
            before, after, [[(2, 5, "drawn")], [(8, 12, "filled in")]], channels=["a", "b"], rate_hz=20
        )
        marked = [{row["version"] for row in rows(chart) if "value" in row} - {"before"} for chart in drawn]
        assert marked == [{"drawn"}, {"filled in"}]

    def test_before_after_draws_spans_grounds_and_only_changed_channels(self):
        before = np.zeros((50, 3))
        after = before.copy()
        after[10:20, 1] = 1.0
        after[30:40, 1] = 2.0
        draws = np.stack([after, after + 0.1, after + 0.2])
        (chart,) = charts.before_after(
            before, after, [[], [(10, 20, "drawn"), (30, 40, "filled in")], []],
            channels=["a", "b", "c"], rate_hz=50, draws=draws,
        )  # fmt: skip
        lines = [row for row in rows(chart) if "value" in row]
        spans = {
            v: [round(row["x"] * 50) for row in lines if row["version"] == v] for v in ("drawn", "filled in")
        }
        assert (min(spans["drawn"]), max(spans["drawn"])) == (9, 20)
        assert (min(spans["filled in"]), max(spans["filled in"])) == (29, 40)
        grounds = [(row["from"] * 50, row["to"] * 50, row["version"]) for row in rows(chart) if "from" in row]
        assert grounds == [(9.5, 19.5, "drawn"), (29.5, 39.5, "filled in")]
        band = [row for row in rows(chart) if "low" in row]
        assert [round(row["x"] * 50) for row in band] == list(range(29, 41))
        assert band[5]["high"] - band[5]["low"] == pytest.approx(0.2)
        assert "20 of 50 samples changed (0.40 s)" in words(chart)
        assert "range of 3 imputations" in words(chart)

    def test_before_after_with_samples_still_unknown_and_without_a_change(self):
        before = np.zeros((20, 2))
        unknown = before.copy()
        unknown[5:8, 0] = np.nan
        (chart,) = charts.before_after(
            before, unknown, [[(5, 8, "filled in")], []], channels=["a", "b"], rate_hz=20
        )
        assert "3 of 20 samples" in words(chart)
        json.dumps(chart.to_dict(), allow_nan=False)
        assert len(charts.before_after(before, before, [[], []], channels=["a", "b"], rate_hz=20)) == 2

    def test_a_preview_shows_both_sides(self):
        chart = charts.preview(np.zeros(20), np.ones(20), rate_hz=20, title="Window 3, a", unit="g")
        assert {(row["version"], row["value"]) for row in rows(chart)} == {("before", 0.0), ("after", 1.0)}
        assert "Window 3, a" in words(chart)


class TestRealismCharts:
    def test_curves_of_every_channel_and_side_are_drawn_with_the_finding(self):
        report = _with_exhibits()
        for chart in (charts.spectra(report), charts.rhythm(report)):
            drawn = rows(chart)
            assert {(row["channel"], row["side"]) for row in drawn} == {
                (channel, side) for channel in ("ax", "ay") for side in ("real", "real, used", "released")
            }
            assert len(chart.to_dict()["vconcat"]) == 2
        assert "30 % apart" in words(charts.spectra(report)).replace('", "', " ")
        assert "two sets of real ones: 12 %" in words(charts.spectra(report)).replace('", "', " ")

    @pytest.mark.parametrize("colour", ["activity", "person"])
    def test_real_and_released_windows_share_the_axes_of_the_map(self, colour):
        chart = charts.map_of_windows(_with_exhibits(), colour)
        panels = chart.to_dict()["vconcat"]
        for axis in "xy":
            one, other = (panel["encoding"][axis]["scale"]["domain"] for panel in panels)
            assert one == other
        assert {panel["encoding"]["color"]["field"] for panel in panels} == {colour}
        assert len(rows(chart)) == 4
        assert "PCA" in words(chart)
        assert charts.download_png(chart).startswith(b"\x89PNG")

    def test_the_map_of_neighbours_is_preferred(self):
        report = _with_exhibits()
        exhibits = report.exhibits["realism"]
        thorough = {**exhibits, "neighbours": exhibits["map"][:2]}
        chart = charts.map_of_windows(replace(report, exhibits={"realism": thorough}))
        assert len(rows(chart)) == 2
        assert "t-SNE" in words(chart)

    def test_without_exhibits_nothing_is_drawn(self):
        report = three()[0]
        assert charts.spectra(report) is charts.rhythm(report) is charts.map_of_windows(report) is None


class TestHistory:
    def test_one_round(self):
        chart = charts.history([{"loss": 2.0, "held-out loss": 2.5, "seconds": 1.0}])
        assert {(row["name"], row["round"], row["loss"]) for row in rows(chart)} == {
            ("loss", 1, 2.0),
            ("held-out loss", 1, 2.5),
        }

    def test_losses_of_another_size_get_their_own_panel(self):
        rounds = [
            {"loss": 3.0 - i / 10, "held-out loss": 3.1 - i / 10, "penalty": 90.0 + i} for i in range(20)
        ]
        panels = charts.history(rounds).to_dict()["vconcat"]
        names = [{row["name"] for row in rows(charts.history(rounds)) if row["loss"] > 50}, len(panels)]
        assert names == [{"penalty"}, 2]

    def test_the_title_names_the_best_round(self):
        rounds = [{"held-out loss": value} for value in (3.0, 1.25, 2.0, 2.5)]
        title = words(charts.history(rounds)).replace('", "', " ")
        assert "1.25 in round 2 of 4, no better for 2 rounds" in title

    def test_many_rounds_stay_within_bounds_and_keep_the_last(self):
        rounds = [{"a": float(i), "b": float(-i), "c": 1.0} for i in range(12_000)]
        drawn = rows(charts.history(rounds))
        assert len(drawn) <= MAX_ROWS
        assert max(row["round"] for row in drawn if row["name"] == "a") == 12_000

    def test_no_round(self):
        with pytest.raises(ValueError, match="no round"):
            charts.history([])


class TestDownloads:
    def test_pictures_of_single_and_stacked_charts(self):
        for chart in (charts.tradeoff(three()).chart, charts.history([{"loss": 1.0}, {"loss": 0.5}])):
            assert charts.download_png(chart).startswith(b"\x89PNG\r\n\x1a\n")
            assert charts.download_svg(chart).startswith(b"<svg")

    def test_same_chart_same_bytes(self):
        one, other = (charts.download_svg(charts.utility(three()).chart) for _ in range(2))
        assert one == other


def _with_exhibits():
    """A report with little to see."""
    sides = ("real", "real, used", "released")
    curves = [(c, s, i) for c in ("ax", "ay") for s in sides for i in range(1, 4)]
    exhibits = {
        "spectra": [
            {"channel": c, "side": s, "frequency_hz": i, "power_db": -10.0 * i} for c, s, i in curves
        ],
        "autocorrelation": [
            {"channel": c, "side": s, "lag_s": i, "correlation": 1 / i} for c, s, i in curves
        ],
        "map": [
            {"x": float(i), "y": -float(i), "activity": f"act{i % 2}", "person": person, "side": side}
            for i, (person, side) in enumerate(
                [("P1", "real"), ("P2", "real"), ("", "released"), ("", "released")]
            )
        ],
    }
    found = result("realism", "spectra", 0.3, chance=None, ceiling=0.12)
    return replace(with_results(three()[0], (found,)), exhibits={"realism": exhibits})


def _with_peak(recordings: Recordings) -> Recordings:
    samples = recordings.samples.copy()
    samples.loc[4321, recordings.channels[0]] = 99.0
    return replace(recordings, samples=samples)
