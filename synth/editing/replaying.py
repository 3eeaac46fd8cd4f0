"""Replay a recipe on windows, step by step, and record what happened to each of them.

Every step works on the complete windows that the steps before it have made: what a step leaves missing is filled in
before the next one. Selections are made on the windows as they were before the first step, so that reordering steps
never changes which windows they apply to.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from data.release import Release
from data.windows import Windows
from synth.core.run_context import RunContext, ShouldStop, never, stop_if_asked
from synth.editing.recipe import Recipe
from synth.editing.strokes import DrawnWindow, EditError, edited_release, fill_all, listed, provenance
from synth.editing.transforms.base import EditedWindows, TransformContext
from synth.imputers.base import FittedImputer
from synth.imputers.draw_mode import in_draw_mode

VERSION = 1  # of all edits: raise it when the same recipe gives other windows
FILLED_AT_ONCE = 256  # windows; it can be stopped in between
UNCHANGED = "Stopped. The version is as it was before."


@dataclass(frozen=True, eq=False)
class Change:
    """What one step does, before anything is filled in.

    Attributes:
        indices: `(n,)` int, the positions of the edited windows, ascending.
        edited: Their values and masks.
    """

    indices: np.ndarray
    edited: EditedWindows

    def filled(self, which: np.ndarray, imputer: FittedImputer, *, seed: int) -> np.ndarray:
        """Fill in some of the windows.

        Args:
            which: Positions among `indices`, `(k,)` int.
            imputer: Fills in what is missing.
            seed: The only source of randomness.

        Returns:
            `(k, timesteps, channels)` float32.
        """
        edited = self.edited
        rough = None if edited.rough is None else edited.rough[which]
        return fill_all(edited.values[which], edited.mask[which], rough, imputer, seed=seed)[0]


def change(recipe: Recipe, number: int, original: Windows, current: Windows) -> Change:
    """Return what a step does to windows.

    Args:
        recipe: A recipe for these windows (`Recipe.for_windows`).
        number: Which step, counted from 0.
        original: The windows before the first step, on which selections are made.
        current: The windows after the steps before this one.

    Raises:
        EditError: If the step cannot be applied to them; the message names it.
    """
    step, seed = recipe.steps[number], seed_of(recipe, number)
    try:
        indices = step.selection.which(original, recipe.seed)
        return Change(
            indices, step.edit.apply(current.take(indices), TransformContext(seed, current, indices))
        )
    except EditError as error:
        raise EditError(f"Step {number + 1} cannot be applied. {error}") from error


def apply_step(
    recipe: Recipe,
    number: int,
    original: Windows,
    current: Windows,
    imputer: FittedImputer,
    *,
    should_stop: ShouldStop = never,
) -> tuple[Change, np.ndarray]:
    """Apply one step and fill in what it leaves missing, as `replay` does.

    Args:
        recipe: A recipe for these windows (`Recipe.for_windows`).
        number: Which step, counted from 0.
        original: The windows before the first step.
        current: The windows after the steps before this one.
        imputer: Fills in what becomes missing.
        should_stop: Asked every 256 windows.

    Returns:
        The change, and the values of its windows, `(n, timesteps, channels)` float32.

    Raises:
        EditError: If the step cannot be applied to them.
        Stopped: If it was asked to stop.
    """
    made = change(recipe, number, original, current)
    values = np.empty_like(made.edited.values)
    for begin in range(0, len(made.indices), FILLED_AT_ONCE):
        stop_if_asked(should_stop, UNCHANGED)
        which = np.arange(begin, min(begin + FILLED_AT_ONCE, len(made.indices)))
        values[which] = made.filled(which, imputer, seed=seed_of(recipe, number) + begin)
    return made, values


def replay(
    release: Release,
    recipe: Recipe,
    imputer: FittedImputer,
    context: RunContext | None = None,
    *,
    name: str,
    others: Mapping[str, FittedImputer] | None = None,
) -> Release:
    """Replay all steps of a recipe on a release; the original stays as it is.

    The same release, recipe and imputers give the same bytes.

    Args:
        release: The windows to be edited.
        recipe: The edits; channels are matched by name.
        imputer: Fills in what becomes missing; fitted on windows like these.
        context: Told before every step and at the end; asked to stop between steps and during imputation. Its seed is
            not used: a recipe has its own.
        name: Name of the new release.
        others: Kind -> imputer, for steps that name their own.

    Returns:
        A release whose card has the recipe (`"recipe"`), a sentence per step without names of people and numbers of
        windows (`"edits"`), and the provenance of each edited window (`"corrections"`).

    Raises:
        EditError: If a step cannot be applied to these windows.
        TrainingError: If the imputer was fitted on other windows.
        Stopped: If it was asked to stop.
    """
    context = context or RunContext(recipe.seed)
    original = release.windows
    fitting = recipe.for_windows(original)
    current, log = original, _Log(original.values.shape)
    began = time.perf_counter()
    for number, sentence in enumerate(fitting.describe()):
        context.tell(number, len(fitting.steps), sentence, began=began)
        context.stop_if_asked(UNCHANGED)
        used = _imputer_of(fitting, number, imputer, others or {})
        made, filled = apply_step(fitting, number, original, current, used, should_stop=context.should_stop)
        values = current.values.copy()
        values[made.indices] = filled
        log.note(number, made, used)
        current = current.with_values(values)
    context.tell(len(fitting.steps), len(fitting.steps), "done", began=began)
    written = log.written(original.channels, recipe.seed)
    edits = {index: current.values[index] for index in written}
    corrected = edited_release(release, edits, name=name, provenance=written)
    old = release.card.get("recipe")
    earlier = listed(release.card, "earlier recipes") + ([old] if old else [])
    card = {
        **corrected.card,
        **({"earlier recipes": earlier} if earlier else {}),
        "recipe": fitting.card(),
        "edits": listed(release.card, "edits") + fitting.describe(named=False),
    }
    return replace(corrected, card=card)


def _imputer_of(
    recipe: Recipe, number: int, imputer: FittedImputer, others: Mapping[str, FittedImputer]
) -> FittedImputer:
    step = recipe.steps[number]
    kind = step.imputer_kind or imputer.learner.kind
    found = {**others, imputer.learner.kind: imputer}
    if kind not in found:
        raise EditError(
            f"Step {number + 1} was filled in by {kind!r}, which is not available. Train it first."
        )
    return in_draw_mode(found[kind], step.draw_mode)


class _Log:
    """Which samples of each window were drawn, shifted to meet it or filled in, by which steps."""

    def __init__(self, shape: tuple[int, int, int]) -> None:
        self._steps: dict[int, list[int]] = {}
        self._imputers: dict[int, FittedImputer] = {}
        self._filled, self._drawn, self._rough, self._joined = (np.zeros(shape, dtype=bool) for _ in range(4))

    def note(self, number: int, made: Change, imputer: FittedImputer) -> None:
        edited, where = made.edited, made.indices
        nothing = np.zeros(edited.mask.shape, dtype=bool)
        drawn = nothing if edited.drawn is None else edited.drawn
        rough = nothing if edited.rough is None else edited.rough
        joined = nothing if edited.joined is None else edited.joined
        is_open = np.any(~edited.mask | rough, axis=(1, 2))
        for index, filled in zip(where, is_open, strict=True):
            self._steps.setdefault(int(index), []).append(number + 1)
            if filled:
                self._imputers[int(index)] = imputer
        self._filled[where] = (self._filled[where] & ~drawn) | ~edited.mask
        self._drawn[where] = (self._drawn[where] & edited.mask) | drawn
        self._rough[where] = (self._rough[where] & edited.mask & ~drawn) | rough
        self._joined[where] = (self._joined[where] & edited.mask & ~drawn) | joined

    def written(self, channels: Sequence[str], seed: int) -> dict[int, dict[str, Any]]:
        """Return for each window its provenance (`strokes.provenance`) and the numbers of its steps, from 1.

        Where several steps have filled something in, the imputer is that of the last one.
        """
        found = {}
        for index, steps in sorted(self._steps.items()):
            filled = self._filled[index]
            drawn, rough, joined = (flags[index] for flags in (self._drawn, self._rough, self._joined))
            no_join = np.zeros(filled.shape, dtype=np.int32)
            window = DrawnWindow(index, filled, ~filled, drawn, rough, no_join, joined)
            used = self._imputers.get(index) if filled.any() or self._rough[index].any() else None
            found[index] = {**provenance(window, channels, imputer=used, seed=seed), "steps": steps}
        return found


def seed_of(recipe: Recipe, number: int) -> int:
    """Return the seed of one step, counted from 0."""
    return int(np.random.SeedSequence([recipe.seed, number]).generate_state(1)[0])
