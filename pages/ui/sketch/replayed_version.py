"""A version after the corrections in the list: what the canvas shows, and what will be saved."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from data.errors import PenumbraError
from data.release import Release
from data.windows import Windows
from pages.ui.common import cache
from pages.ui.common.state import Session
from pages.ui.sketch.fillers import Filler, of_kind
from synth.editing.recipe import Recipe
from synth.editing.replaying import apply_step
from synth.imputers.draw_mode import in_draw_mode

NOT_TRAINED = (
    "Step {} was filled in by a network that has not been trained on these recordings. "
    "Train GAIN, or remove the step."
)


@dataclass(frozen=True, eq=False)
class ReplayedVersion:
    """Windows before and after a list of corrections.

    Attributes:
        original: Before the first step.
        current: After the last step that could be done.
        groups: For each step that could be done, `(n,)` the windows that it is for.
        problem: Why the next step could not be done, or `""`.
    """

    original: Windows
    current: Windows
    groups: tuple[np.ndarray, ...] = ()
    problem: str = ""

    @property
    def changed(self) -> dict[int, np.ndarray]:
        """The windows of all steps: index -> values `(timesteps, channels)` after them."""
        touched = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *self.groups]))
        return {int(index): self.current.values[index] for index in touched}


def replay_version(
    session: Session, release: Release, recipe: Recipe, ways: Mapping[str, Filler]
) -> ReplayedVersion:
    """Carry out the steps of a recipe one after the other; those already done are not repeated.

    Args:
        session: Whose windows they are.
        release: The version.
        recipe: For its windows.
        ways: What can fill in what the steps leave unknown; each step names its own.
    """
    original = current = release.windows
    groups: list[np.ndarray] = []
    card = recipe.card()
    used: list[str] = []
    for number, step in enumerate(recipe.steps):
        filler = of_kind(ways, step.imputer_kind or recipe.imputer_kind)
        if filler is None:
            return ReplayedVersion(original, current, tuple(groups), NOT_TRAINED.format(number + 1))
        used.append(filler.key)
        until = json.dumps([card["seed"], card["steps"][: number + 1], used], sort_keys=True)
        try:
            indices, values = cache.replayed_step(
                session.owner, original.fingerprint, hashlib.sha256(until.encode()).hexdigest(),
                lambda number=number, current=current, filler=filler: _do(recipe, number, original, current, filler),
            )  # fmt: skip
        except PenumbraError as error:
            return ReplayedVersion(original, current, tuple(groups), str(error))
        changed = current.values.copy()
        changed[indices] = values
        current = current.with_values(changed)
        groups.append(indices)
    return ReplayedVersion(original, current, tuple(groups))


def _do(
    recipe: Recipe, number: int, original: Windows, current: Windows, filler: Filler
) -> tuple[np.ndarray, np.ndarray]:
    imputer = in_draw_mode(filler.make(), recipe.steps[number].draw_mode)
    made, values = apply_step(recipe, number, original, current, imputer)
    return made.indices, values
