"""Recipes: replayed to the same bytes, readable, bounded, and clear about what does not fit."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.export.files import release_to_bytes
from data.release import Release
from data.windows import Windows
from synth.core.errors import Stopped, TrainingError
from synth.core.run_context import RunContext
from synth.editing.drawn_edit import DrawnEdit, edit_from_strokes, warped_positions
from synth.editing.recipe import MAX_BYTES, MAX_STEPS, Recipe, RecipeStep
from synth.editing.replaying import change, replay
from synth.editing.selection import Selection
from synth.editing.strokes import DrawnCurve, EditError, Erasure, MovedStretch, PinnedPoint
from synth.editing.transforms.base import transforms
from synth.editing.transforms.level import Amplitude, Offset
from synth.editing.transforms.spectral import Tremor
from synth.editing.transforms.timing import Shift, Tempo
from synth.imputers.base import FittedImputer
from synth.imputers.linear import LinearInterpolation
from tests.toy import make_windows

ANYWHERE = sorted(set(transforms()) - {"gravity", "repetition"})  # these need gravity, or repetitions


@pytest.fixture(scope="module")
def release() -> Release:
    windows = make_windows(n_subjects=3, n_activities=2, seconds_per_series=10, n_channels=3)
    return Release("noise 0.1", windows, np.arange(len(windows)), {"kind": "noise", "seed": 4})


@pytest.fixture(scope="module")
def imputer(release):
    return LinearInterpolation().fit(release.windows, RunContext(0))


@pytest.fixture
def recipe(release) -> Recipe:
    window = release.windows.values[2]
    drawn = edit_from_strokes(window, [DrawnCurve(0, (10, 11), (1.0, 2.0)), Erasure(30, 40)], aligned=True)
    return Recipe.of(
        release.windows,
        [
            RecipeStep(Selection(activities=("act1",)), Tempo(factor=1.5, channels=("acc_x",))),
            RecipeStep(Selection(people=("P02",)), Tremor(frequency_hz=6.0)),
            RecipeStep(Selection(like=2, n_like=4), drawn),
        ],
        seed=5,
    )


def changed(before: Windows, after: Windows) -> list[int]:
    return np.flatnonzero((before.values != after.values).any(axis=(1, 2))).tolist()


class TestReplay:
    def test_the_same_recipe_gives_the_same_bytes_also_after_saving(self, release, imputer, recipe):
        once = replay(release, recipe, imputer, name="edited")
        again = replay(release, Recipe.from_json(recipe.to_json()), imputer, name="edited")
        assert release_to_bytes(once) == release_to_bytes(again)
        other = replay(release, replace(recipe, seed=6), imputer, name="edited")
        assert other.windows.fingerprint != once.windows.fingerprint

    def test_only_the_chosen_windows_and_channels_change(self, release, imputer):
        recipe = Recipe.of(
            release.windows, [RecipeStep(Selection(indices=(1, 4)), Offset(by=1.0, channels=("acc_y",)))]
        )
        edited = replay(release, recipe, imputer, name="edited").windows
        assert changed(release.windows, edited) == [1, 4]
        np.testing.assert_array_equal(edited.values[:, :, [0, 2]], release.windows.values[:, :, [0, 2]])

    def test_the_original_and_labels_stay(self, release, imputer, recipe):
        before = release_to_bytes(release)
        edited = replay(release, recipe, imputer, name="edited")
        assert release_to_bytes(release) == before
        np.testing.assert_array_equal(edited.source, release.source)
        for name in ("activity", "subject", "series", "trial", "start"):
            np.testing.assert_array_equal(getattr(edited.windows, name), getattr(release.windows, name))

    def test_steps_follow_each_other_and_what_is_unknown_is_filled_between(self, release, imputer):
        steps = [RecipeStep(Selection(), Shift(seconds=0.4)), RecipeStep(Selection(), Amplitude(factor=2.0))]
        both = replay(release, Recipe.of(release.windows, steps), imputer, name="x").windows
        first = replay(release, Recipe.of(release.windows, steps[:1]), imputer, name="x")
        second = replay(first, Recipe.of(release.windows, steps[1:]), imputer, name="x").windows
        np.testing.assert_array_equal(both.values, second.values)
        assert np.isfinite(both.values).all()
        held = first.windows.values[:, :20]
        np.testing.assert_array_equal(held, np.repeat(held[:, -1:], 20, axis=1))

    def test_which_windows_are_meant_does_not_depend_on_earlier_steps(self, release, imputer):
        like = RecipeStep(Selection(like=2, n_like=4), Offset(by=1.0))
        wild = RecipeStep(Selection(indices=(2,)), Amplitude(factor=10.0))
        recipe = Recipe.of(release.windows, [wild, like])
        shifted = [
            set(changed(release.windows, replay(release, r, imputer, name="x").windows))
            for r in (recipe, recipe.moved(0, 1))
        ]
        assert shifted[0] == shifted[1]

    def test_the_card_says_what_happened(self, release, imputer):
        strokes = (DrawnCurve(1, (3, 4), (0.5, 0.5)), Erasure(10, 12, (0,)))
        steps = [
            RecipeStep(Selection(people=("P01",)), Offset(by=1.0)),
            RecipeStep(Selection(indices=(0,)), DrawnEdit(strokes)),
        ]
        recipe = Recipe.of(release.windows, steps, seed=7)
        edited = replay(release, recipe, imputer, name="edited")
        card = json.loads(json.dumps(dict(edited.card)))
        assert Recipe.from_card(card["recipe"]) == recipe
        assert card["corrected_from"] == "noise 0.1"
        assert "1 person" in card["edits"][0]
        assert "P01" not in json.dumps(card["edits"])
        assert card["corrections"][0] == {
            "window": 0,
            "drawn": {"acc_y": [[3, 5]]},
            "roughly": {},
            "filled": {"acc_x": [[10, 12]]},
            "imputer": {"kind": "linear"},
            "seed": 7,
            "steps": [1, 2],
        }
        assert card["corrections"][1]["steps"] == [1]
        assert card["corrections"][1]["imputer"] is None
        twice = replay(edited, recipe.without(1), imputer, name="again").card
        assert twice["earlier recipes"] == [card["recipe"]]
        assert len(twice["edits"]) == 3

    def test_progress_names_each_step_and_stopping_keeps_nothing(self, release, imputer, recipe):
        told = []
        replay(release, recipe, imputer, RunContext(recipe.seed, told.append), name="x")
        assert [p.step for p in told] == [0, 1, 2, 3]
        assert [p.text for p in told[:3]] == recipe.describe()
        with pytest.raises(Stopped):
            replay(release, recipe, imputer, RunContext(recipe.seed, should_stop=lambda: True), name="x")

    def test_a_preview_of_some_windows_is_what_replaying_gives(self, release, imputer, recipe):
        two = recipe.without(2)
        before = replay(release, two.without(1), imputer, name="x").windows
        made = change(two, 1, release.windows, before)
        some = np.array([0, len(made.indices) - 1])
        shown = made.filled(some, imputer, seed=0)
        after = replay(release, two, imputer, name="x").windows
        np.testing.assert_array_equal(shown, after.values[made.indices[some]])

    def test_a_card_from_elsewhere_is_no_defect(self, release, imputer, recipe):
        odd = replace(release, card={"edits": 5, "corrections": "x", "earlier recipes": {}, "recipe": None})
        assert len(replay(odd, recipe, imputer, name="x").card["edits"]) == 3

    def test_an_empty_recipe_changes_nothing(self, release, imputer):
        edited = replay(release, Recipe.of(release.windows), imputer, name="x")
        assert edited.windows.fingerprint == release.windows.fingerprint

    def test_an_imputer_of_another_length_is_refused_in_words(self, release):
        short = replace(release.windows, values=release.windows.values[:, :40].copy())
        recipe = Recipe.of(release.windows, [RecipeStep(Selection(), Shift(seconds=0.4))])
        with pytest.raises(TrainingError, match="windows of 40 samples"):
            replay(release, recipe, LinearInterpolation().fit(short, RunContext(0)), name="x")

    @given(st.sets(st.integers(0, 17), min_size=1, max_size=4), st.sampled_from(ANYWHERE))
    @settings(max_examples=15, deadline=None)
    def test_windows_that_are_not_chosen_are_untouched(self, release, imputer, chosen, kind):
        recipe = Recipe.of(
            release.windows, [RecipeStep(Selection(indices=tuple(chosen)), transforms()[kind]())]
        )
        edited = replay(release, recipe, imputer, name="x").windows
        assert set(changed(release.windows, edited)) <= chosen
        assert np.isfinite(edited.values).all()


class Wavering(FittedImputer):
    """Expects nothing to move, and draws anything."""

    learner, history = LinearInterpolation(), []

    def impute(self, values, mask, *, n_draws=1, seed):
        drawn = np.random.default_rng(seed).normal(size=(n_draws, *values.shape))
        return np.where(mask, values, drawn).astype(np.float32)

    def expect(self, values, mask, *, seed):
        return np.where(mask, values, 0).astype(np.float32)

    def to_bytes(self):
        return b""


class TestCourse:
    def filled(self, release, **draw_mode):
        step = RecipeStep(Selection(indices=(1,)), DrawnEdit((Erasure(10, 20),)), **draw_mode)
        recipe = Recipe.from_json(Recipe.of(release.windows, [step]).to_json())
        assert recipe.steps == (step,)
        return replay(release, recipe, Wavering(), name="x").windows.values[1, 10:20]

    def test_what_is_likely_is_filled_in_unless_a_step_asks_for_what_is_possible(self, release):
        assert not self.filled(release).any()
        assert self.filled(release, draw_mode="possible").std() > 0.5

    def test_another_course_is_refused_in_words(self, recipe):
        card = recipe.card()
        card["steps"][0]["course"] = "fast"
        with pytest.raises(EditError, match=r"Step 1 .* course must be likely or possible, not 'fast'"):
            Recipe.from_card(card)


class TestDrawn:
    def test_as_it_is_the_same_samples_get_the_same_values(self, release, imputer):
        drawn = DrawnEdit((DrawnCurve(0, (5, 6), (9.0, 8.0)),))
        edited = replay(
            release, Recipe.of(release.windows, [RecipeStep(Selection(), drawn)]), imputer, name="x"
        )
        np.testing.assert_array_equal(edited.windows.values[:, 5:7, 0], [[9.0, 8.0]] * len(release.windows))
        assert (edited.windows.values[:, :5] == release.windows.values[:, :5]).all()

    def test_aligned_it_follows_a_later_louder_and_higher_window(self, release):
        """A bump drawn on the second crest of a slow movement goes to the second crest of another one."""
        t = np.arange(128) / 50
        own, theirs = np.sin(2 * np.pi * 1.2 * t), 5 + 2 * np.sin(2 * np.pi * 1.2 * (t - 0.14))
        crest = round(50 * 1.25 / 1.2)
        strokes = [DrawnCurve(0, tuple(range(crest - 4, crest + 5)), (1.5,) * 9)]
        windows = replace(
            release.windows.take(np.array([0])),
            values=np.repeat(theirs[None, :, None], 3, axis=2).astype(np.float32),
        )
        drawn = edit_from_strokes(np.repeat(own[:, None], 3, axis=1), strokes, aligned=True)
        edited = _apply(drawn, windows)
        where = np.flatnonzero(edited.drawn[0, :, 0])
        assert where.mean() == pytest.approx(crest + 7, abs=1.5)
        np.testing.assert_allclose(edited.values[0, where, 0], 5 + 2 * 1.5, atol=0.1)
        assert not edited.drawn[:, :, 1:].any()
        assert edited.mask.all()

    def test_aligned_to_itself_it_is_what_was_drawn(self, release):
        window = release.windows.values[3]
        strokes = [
            DrawnCurve(1, (20, 21, 22), (1.0, 2.0, 3.0), "roughly"),
            Erasure(50, 60),
            PinnedPoint(0, 5, 1.0, 2),
        ]
        one = release.windows.take(np.array([3]))
        aligned, plain = (_apply(edit_from_strokes(window, strokes, aligned=a), one) for a in (True, False))
        for name in ("mask", "drawn", "rough"):
            np.testing.assert_array_equal(getattr(aligned, name), getattr(plain, name))
        np.testing.assert_allclose(aligned.values[plain.drawn], plain.values[plain.drawn], rtol=1e-5)

    def test_positions_go_forward_and_know_where_nothing_fits(self):
        t = np.arange(100) / 50
        own, theirs = (np.sin(2 * np.pi * (t - lag))[:, None] for lag in (0.0, 0.2))
        positions = warped_positions(own, theirs)
        met = np.isfinite(positions)
        assert (np.diff(positions[met]) >= 0).all()
        inner = met & (np.arange(100) > 25) & (np.arange(100) < 90)
        np.testing.assert_allclose(positions[inner], np.arange(100)[inner] - 10, atol=1.5)

    def test_what_was_drawn_is_told_in_words(self):
        drawn = DrawnEdit(
            (
                DrawnCurve(0, (50, 100), (1, 2), "roughly"),
                Erasure(0, 25),
                PinnedPoint(1, 5, 1.0),
                MovedStretch(1, 0, 50, 3),
            )
        )
        assert drawn.describe(("acc_x", "acc_y"), 50.0) == (
            "drawn: roughly a curve from 1.00 to 2.00 s in acc_x, unknown from 0.00 to 0.50 s in all channels, "
            "a point at 0.10 s in acc_y, a stretch from 0.00 to 1.00 s moved in acc_y"
        )

    def test_aligning_needs_traces(self):
        with pytest.raises(ValueError, match="needs the traces"):
            DrawnEdit((DrawnCurve(0, (1,), (1.0,)),), aligned=True)
        with pytest.raises(ValueError, match="trace of channel 0"):
            DrawnEdit((DrawnCurve(0, (1,), (1.0,)),), aligned=True, traces=((1, (0.0, 1.0)),))


def _apply(drawn: DrawnEdit, windows: Windows):
    from synth.editing.transforms.base import TransformContext

    return drawn.apply(windows, TransformContext(0, windows))


class TestWords:
    def test_sentences(self, recipe):
        assert recipe.describe() == [
            "The activity act1: tempo × 1.5 in acc_x.",
            "Of P02: trembling at 6 Hz, 0.5 × the usual movement in all channels.",
            "Among the 4 most like window 3: drawn and aligned: a curve from 0.20 to 0.22 s in acc_x, "
            "unknown from 0.60 to 0.80 s in all channels.",
        ]
        assert recipe.describe(named=False)[1].startswith("Of 1 person: ")
        assert recipe.secrets() == [
            "It selects 1 person, by code.", "It contains traces from before drawing, in 1 of its steps.",
        ]  # fmt: skip
        assert recipe.without(2).without(1).secrets() == []

    def test_steps_that_name_windows_by_number(self, recipe):
        assert recipe.by_number == (3,)
        longer = recipe.with_step(RecipeStep(Selection(indices=(0,)), Offset())).with_step(
            RecipeStep(Selection(), Offset())
        )
        assert longer.by_number == (3, 4)

    def test_reordering(self, recipe):
        assert recipe.moved(0, 2).steps == (recipe.steps[1], recipe.steps[2], recipe.steps[0])
        assert recipe.moved(2, 0).moved(0, 2) == recipe
        assert recipe.without(1).with_step(recipe.steps[1]) == recipe.moved(1, 2)
        for number in (-1, 3):
            with pytest.raises(EditError, match="There is no step"):
                recipe.without(number)


class TestOtherWindows:
    def test_channels_in_another_order_are_found_by_name(self, release, imputer, recipe):
        turned = replace(
            release.windows,
            values=np.ascontiguousarray(release.windows.values[:, :, ::-1]),
            channels=release.windows.channels[::-1],
        )
        there = replay(Release("turned", turned, None, {}), recipe, imputer, name="x")
        here = replay(release, recipe, imputer, name="x")
        np.testing.assert_allclose(there.windows.values[:, :, ::-1], here.windows.values, atol=1e-5)
        assert there.card["recipe"]["channels"] == ["acc_z", "acc_y", "acc_x"]

    def test_symbols_go_to_other_rates_and_lengths_and_drawings_do_not(self, release, recipe):
        slow = replace(release.windows, values=release.windows.values[:, ::2].copy(), rate_hz=25.0)
        assert recipe.without(2).for_windows(slow).rate_hz == 25.0
        with pytest.raises(
            EditError, match="Step 3 was drawn on windows of 128 samples at 50 Hz; these have 64"
        ):
            recipe.for_windows(slow)

    def test_missing_channels_and_other_units_are_named(self, release, recipe):
        renamed = replace(release.windows, channels=("chest_x", "acc_y", "acc_z"))
        with pytest.raises(
            EditError, match="Step 1 edits the channel acc_x, which these windows do not have"
        ):
            recipe.for_windows(renamed)
        in_metres = replace(release.windows, units=("m/s²", "g", "g"))
        with pytest.raises(EditError, match="Step 1 was made for acc_x in g; here it is in m/s²"):
            recipe.for_windows(in_metres)
        gone = Recipe.of(
            release.windows, [RecipeStep(Selection(), DrawnEdit((DrawnCurve(3, (1,), (1.0,)),)))]
        )
        with pytest.raises(EditError, match="Step 1 of the recipe was drawn on channel number 4"):
            gone.for_windows(release.windows)
        unknown = replace(release.windows, units=("", "", ""))
        assert recipe.for_windows(unknown).units == ("", "", "")

    def test_a_step_that_fails_is_named(self, release, imputer):
        recipe = Recipe.of(
            release.windows,
            [RecipeStep(Selection(), Offset()), RecipeStep(Selection(activities=("swim",)), Amplitude())],
        )
        with pytest.raises(EditError, match=r"Step 2 cannot be applied. There is no activity 'swim'"):
            replay(release, recipe, imputer, name="x")


class TestFile:
    def test_every_symbol_comes_back(self, release):
        steps = [RecipeStep(Selection(indices=(n,)), kind()) for n, kind in enumerate(transforms().values())]
        recipe = Recipe.of(release.windows, steps, imputer_kind="gain", seed=3)
        assert Recipe.from_json(recipe.to_json()) == recipe
        assert Recipe.from_json(recipe.to_json().encode()).to_json() == recipe.to_json()

    @pytest.mark.parametrize(
        ("other", "words"),
        [
            ({"format": "cake"}, "not a Penumbra recipe"),
            ({"version": 2}, "version 2; this program reads version 1"),
            ({"steps": {}}, "list of at most"),
            ({"steps": [{}] * (MAX_STEPS + 1)}, "list of at most"),
            ({"steps": [{"edit": 3}]}, "Step 1 of the recipe: Its edit"),
            ({"steps": [{"edit": {"kind": "tempo"}}, {"edit": {"kind": "tempo", "factor": 99}}]}, "Step 2 .* factor"),
            ({"steps": [{"edit": {"kind": "tempo"}, "selection": {"people": "x"}}]}, "Step 1 .* people"),
            ({"steps": [{"edit": {"kind": "drawn", "marks": 3}}]}, "Step 1 .* drawn edit"),
            ({"steps": [{"edit": {"kind": "drawn", "marks": [{"kind": "move", "channel": 7, "start": 0,
              "stop": 1}]}}]}, "Step 1 .* channel number 8"),
            ({"channels": "acc_x"}, "channels and units"),
            ({"channels": ["a"]}, "one unit for each channel"),
            ({"rate_hz": 0}, "sampling rate"),
            ({"rate_hz": None}, "sampling rate"),
            ({"n_timesteps": 2.5}, "whole numbers"),
            ({"seed": -1}, "whole numbers"),
            ({"filler": ["x"]}, "no imputer called"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_named(self, recipe, other, words):
        with pytest.raises(EditError, match=words):
            Recipe.from_card(recipe.card() | other)

    @pytest.mark.parametrize(
        "text", ["", "[" * 100_000, "{}", "[1]", "null", "\x00", b"\xff\xfe", b"PK\x03\x04"]
    )
    def test_other_files_are_refused_in_words(self, text):
        with pytest.raises(EditError, match=r"not a (Penumbra )?recipe"):
            Recipe.from_json(text)

    def test_a_huge_file_is_not_read(self):
        with pytest.raises(EditError, match="at most 20 MB are allowed"):
            Recipe.from_json(" " * (MAX_BYTES + 600_000))
