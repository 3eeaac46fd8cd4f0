"""A list of edits that can be read, reordered, saved, shared and replayed on other windows.

Recipe (steps: which windows, which edit)  --replaying.replay(release, imputer)-->  Release with it on its card
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from data.windows import Windows
from synth.editing.drawn_edit import DrawnEdit, drawn_edit_from_json
from synth.editing.selection import Selection, selection_from_json
from synth.editing.strokes import EditError
from synth.editing.transforms.base import MAX_CHANNELS, Transform, transform_from_json
from synth.imputers.base import imputers
from synth.imputers.draw_mode import DrawMode

FORMAT, VERSION = "penumbra recipe", 1
MAX_BYTES, MAX_STEPS = 20_000_000, 200
Edit = Transform | DrawnEdit


@dataclass(frozen=True)
class RecipeStep:
    """One edit of one group of windows.

    Attributes:
        selection: Which windows.
        edit: What is done to them.
        imputer_kind: Kind of the imputer that fills in what the edit leaves missing; `""` for the recipe's. Called
            `filler` in files.
        draw_mode: Whether the imputer fills in what is most likely, or one of the possible draws. Called `course` in
            files.
    """

    selection: Selection
    edit: Edit
    imputer_kind: str = ""
    draw_mode: DrawMode = "likely"


@dataclass(frozen=True)
class Recipe:
    """Steps, and the kind of windows they were made for.

    Attributes:
        channels: Names of the channels.
        rate_hz: Samples per second, > 0.
        n_timesteps: Samples per window, >= 1.
        units: Unit of each channel, `""` where it is not known.
        steps: In the order in which they are replayed.
        imputer_kind: Kind of the imputer that fills in what edits leave missing, unless a step names its own. Called
            `filler` in files.
        seed: The only source of randomness.
    """

    channels: tuple[str, ...]
    rate_hz: float
    n_timesteps: int
    units: tuple[str, ...]
    steps: tuple[RecipeStep, ...] = ()
    imputer_kind: str = "linear"
    seed: int = 0

    @classmethod
    def of(
        cls,
        windows: Windows,
        steps: Sequence[RecipeStep] = (),
        *,
        imputer_kind: str = "linear",
        seed: int = 0,
    ) -> "Recipe":
        """Return a recipe for windows like these."""
        rate_hz = float(windows.rate_hz)
        return cls(
            windows.channels, rate_hz, windows.n_timesteps, windows.units, tuple(steps), imputer_kind, seed
        )

    def with_step(self, step: RecipeStep) -> "Recipe":
        """Return the recipe with one more step at the end."""
        return replace(self, steps=(*self.steps, step))

    def without(self, number: int) -> "Recipe":
        """Return the recipe without step `number`, counted from 0."""
        return replace(self, steps=tuple(s for i, s in enumerate(self.steps) if i != self._known(number)))

    def moved(self, number: int, to: int) -> "Recipe":
        """Return the recipe with step `number` moved to position `to`, both counted from 0."""
        steps = list(self.steps)
        steps.insert(self._known(to), steps.pop(self._known(number)))
        return replace(self, steps=tuple(steps))

    @property
    def imputer_kinds(self) -> tuple[str, ...]:
        """Kinds of all imputers that the steps need, in alphabetical order."""
        return tuple(sorted({step.imputer_kind or self.imputer_kind for step in self.steps}))

    @property
    def by_number(self) -> tuple[int, ...]:
        """Steps, counted from 1, that name windows by number, and so only make sense for windows in this order."""
        chosen = (step.selection for step in self.steps)
        return tuple(n for n, which in enumerate(chosen, 1) if which.indices or which.like is not None)

    def describe(self, *, named: bool = True) -> list[str]:
        """Say what each step does, one sentence per step.

        Args:
            named: Whether to name people and number windows; otherwise only their count is given.
        """
        return [self.sentence(step, named=named) for step in self.steps]

    def sentence(self, step: RecipeStep, *, named: bool = True) -> str:
        """Say what one step does; see `describe`."""
        edit = step.edit
        done = edit.describe(self.channels, self.rate_hz) if isinstance(edit, DrawnEdit) else edit.describe()
        text = f"{step.selection.describe(named=named)}: {done}."
        return text[0].upper() + text[1:]

    def secrets(self) -> list[str]:
        """Say which private details the recipe holds, one sentence each, before it is shared."""
        people = {person for step in self.steps for person in step.selection.people}
        traced = sum(isinstance(step.edit, DrawnEdit) and bool(step.edit.traces) for step in self.steps)
        said = []
        if people:
            said.append(f"It selects {len(people)} {'person' if len(people) == 1 else 'people'}, by code.")
        if traced:
            said.append(f"It contains traces from before drawing, in {traced} of its steps.")
        return said

    def card(self) -> dict[str, Any]:
        """Return the recipe as plain JSON values; `from_card` restores it."""
        steps = [
            {
                "selection": s.selection.to_json(),
                "edit": s.edit.to_json(),
                **({"filler": s.imputer_kind} if s.imputer_kind else {}),
                **({"course": s.draw_mode} if s.draw_mode != "likely" else {}),
            }
            for s in self.steps
        ]
        return {
            "format": FORMAT,
            "version": VERSION,
            "channels": list(self.channels),
            "units": list(self.units),
            "rate_hz": self.rate_hz,
            "n_timesteps": self.n_timesteps,
            "filler": self.imputer_kind,
            "seed": self.seed,
            "steps": steps,
        }

    def to_json(self) -> str:
        """Return the recipe as JSON text; `from_json` restores it."""
        return json.dumps(self.card(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> "Recipe":
        """Restore what `to_json` wrote.

        Raises:
            EditError: If it is not a valid recipe; the message names the step and what is wrong with it.
        """
        if len(text) > MAX_BYTES:
            raise EditError(
                f"The recipe has {len(text) / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB are allowed."
            )
        try:
            body = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise EditError("This file is not a recipe: it is not valid JSON.") from error
        return cls.from_card(body)

    @classmethod
    def from_card(cls, body: Any) -> "Recipe":
        """Restore what `card` returned; see `from_json`."""
        if not isinstance(body, Mapping) or body.get("format") != FORMAT:
            raise EditError("This file is not a Penumbra recipe.")
        if body.get("version") != VERSION:
            raise EditError(
                f"This recipe has version {body.get('version')!r:.20}; this program reads version {VERSION}."
            )
        steps = body.get("steps")
        if not isinstance(steps, list) or len(steps) > MAX_STEPS:
            raise EditError(f"A recipe must have a list of at most {MAX_STEPS} steps.")
        read = tuple(_step(number, step) for number, step in enumerate(steps, 1))
        recipe = cls(**_head(body), steps=read)
        _refuse_channels_beyond(recipe)
        return recipe

    def for_windows(self, windows: Windows) -> "Recipe":
        """Return the recipe for other windows: drawings go to the channels of the same names.

        Raises:
            EditError: If the windows lack what a step needs; the message names it.
        """
        _refuse_channels_beyond(self)
        steps = tuple(self._step_for(number, step, windows) for number, step in enumerate(self.steps, 1))
        return Recipe.of(windows, steps, imputer_kind=self.imputer_kind, seed=self.seed)

    def _step_for(self, number: int, step: RecipeStep, windows: Windows) -> RecipeStep:
        edit = step.edit
        if isinstance(edit, DrawnEdit):
            named = [self.channels[c] for c in edit.channels]
            needed = named or (self.channels if edit.traces else ())
        else:
            named = needed = list(edit.channels)
        for name in needed:
            self._refuse_other_channel(number, name, windows)
        for name in set(named or self.channels) & set(windows.channels):
            self._refuse_other_unit(number, name, windows)
        if not isinstance(edit, DrawnEdit):
            return step
        mine, theirs = (self.n_timesteps, self.rate_hz), (windows.n_timesteps, float(windows.rate_hz))
        if mine != theirs:
            raise EditError(
                f"Step {number} was drawn on windows of {mine[0]} samples at {mine[1]:g} Hz; these have {theirs[0]} "
                f"samples at {theirs[1]:g} Hz. Choose the same windows on the Data page, or leave the step out."
            )
        places = {i: windows.channels.index(n) for i, n in enumerate(self.channels) if n in windows.channels}
        return replace(step, edit=edit.remapped(places))

    def _refuse_other_channel(self, number: int, name: str, windows: Windows) -> None:
        if name not in windows.channels:
            raise EditError(
                f"Step {number} edits the channel {name}, which these windows do not have. They have: "
                f"{', '.join(windows.channels)}. Leave the step out, or choose other data."
            )

    def _refuse_other_unit(self, number: int, name: str, windows: Windows) -> None:
        mine = dict(zip(self.channels, self.units, strict=True)).get(name, "")
        theirs = dict(zip(windows.channels, windows.units, strict=True))[name]
        if mine and theirs and mine != theirs:
            raise EditError(
                f"Step {number} was made for {name} in {mine}; here it is in {theirs}. Convert the units on the Data "
                "page, or leave the step out."
            )

    def _known(self, number: int) -> int:
        if not 0 <= number < len(self.steps):
            raise EditError(f"There is no step {number + 1}; there are {len(self.steps)}.")
        return number


def _step(number: int, body: Any) -> RecipeStep:
    try:
        known = {"selection", "edit", "filler", "course"}
        if not isinstance(body, Mapping) or set(body) - known or "edit" not in body:
            raise EditError("It may hold a selection, an edit, a filler and a course, and nothing else.")
        selection, edit = selection_from_json(body.get("selection", {})), body["edit"]
        if not isinstance(edit, Mapping):
            raise EditError("Its edit cannot be read.")
        drawn = edit.get("kind") == DrawnEdit.kind
        imputer_kind = _known_imputer(body["filler"]) if "filler" in body else ""
        draw_mode = body.get("course", "likely")
        if draw_mode not in get_args(DrawMode):
            raise EditError(f"The course must be {' or '.join(get_args(DrawMode))}, not {draw_mode!r:.60}.")
        return RecipeStep(
            selection,
            drawn_edit_from_json(edit) if drawn else transform_from_json(edit),
            imputer_kind,
            draw_mode,
        )
    except EditError as error:
        raise EditError(f"Step {number} of the recipe: {error}") from error


def _head(body: Mapping[str, Any]) -> dict[str, Any]:
    channels, units = _head_names(body)
    n_timesteps, seed, rate_hz = body.get("n_timesteps"), body.get("seed"), body.get("rate_hz")
    if not _is_whole(n_timesteps, 1, 10_000_000) or not _is_whole(seed, 0, 2**63 - 1):
        raise EditError("The recipe must state the samples per window and a seed, as whole numbers.")
    if isinstance(rate_hz, bool) or not isinstance(rate_hz, int | float) or not 0 < rate_hz <= 1e6:
        raise EditError("The recipe does not state the sampling rate it was made for.")
    return {
        "channels": channels,
        "units": units,
        "rate_hz": float(rate_hz),
        "n_timesteps": n_timesteps,
        "imputer_kind": _known_imputer(body.get("filler", "linear")),
        "seed": seed,
    }


def _head_names(body: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return channels and units."""
    found: list[tuple[str, ...]] = []
    for names in (body.get("channels"), body.get("units")):
        if not isinstance(names, list) or len(names) > MAX_CHANNELS:
            raise EditError("The recipe does not state the channels and units it was made for.")
        if not all(isinstance(name, str) for name in names):
            raise EditError("The recipe does not state the channels and units it was made for.")
        found.append(tuple(names))
    channels, units = found
    if len(channels) != len(units) or len(set(channels)) != len(channels):
        raise EditError("The recipe needs one unit for each channel, and no channel twice.")
    return channels, units


def _is_whole(number: Any, low: int, high: int) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and low <= number <= high


def _known_imputer(imputer_kind: Any) -> str:
    if imputer_kind not in tuple(imputers()):
        raise EditError(
            f"There is no imputer called {imputer_kind!r:.60}. There are: {', '.join(imputers())}."
        )
    return imputer_kind


def _refuse_channels_beyond(recipe: Recipe) -> None:
    for number, step in enumerate(recipe.steps, 1):
        places = (
            [*step.edit.channels, *(c for c, _ in step.edit.traces)]
            if isinstance(step.edit, DrawnEdit)
            else []
        )
        if any(not 0 <= place < len(recipe.channels) for place in places):
            raise EditError(
                f"Step {number} of the recipe was drawn on channel number {max(places) + 1}, but it is for "
                f"{len(recipe.channels)} channels. Draw it again, or leave the step out."
            )
