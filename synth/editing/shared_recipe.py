"""A recipe on its way to others and back: codes instead of the names of people, activities and channels."""

from collections.abc import Callable
from dataclasses import replace

from data.export.code_list import CodeList
from data.export.sharing import Sharing
from data.windows import Windows
from synth.editing.drawn_edit import DrawnEdit
from synth.editing.recipe import Recipe, RecipeStep


def for_sharing(recipe: Recipe, sharing: Sharing) -> Recipe:
    """Return the recipe as it may be shared.

    Args:
        recipe: As it is replayed here.
        sharing: What stands for people, activities and channels.
    """
    activities = {name for step in recipe.steps for name in step.selection.activities}
    return _renamed(
        recipe,
        sharing.codes.code,
        sharing.labels(activities).__getitem__,
        lambda name: sharing.labels(recipe.channels).get(name, name),
    )


def named_again(recipe: Recipe, codes: CodeList, real: Windows) -> Recipe:
    """Return a recipe that was shared with the names it had here; what is no code stays as it is.

    Args:
        recipe: As it was read.
        codes: The codes of the people.
        real: The recordings it is for.
    """
    return _renamed(
        recipe,
        lambda person: codes.person_of.get(person, person),
        codes.label_behind(real.activities),
        codes.label_behind(real.channels),
    )


def _renamed(
    recipe: Recipe,
    person: Callable[[str], str],
    activity: Callable[[str], str],
    channel: Callable[[str], str],
) -> Recipe:
    def renamed(step: RecipeStep) -> RecipeStep:
        chosen, edit = step.selection, step.edit
        chosen = replace(
            chosen,
            people=tuple(map(person, chosen.people)),
            activities=tuple(map(activity, chosen.activities)),
        )
        if not isinstance(edit, DrawnEdit):
            edit = replace(edit, channels=tuple(map(channel, edit.channels)))
        return replace(step, selection=chosen, edit=edit)

    return replace(
        recipe, channels=tuple(map(channel, recipe.channels)), steps=tuple(map(renamed, recipe.steps))
    )
