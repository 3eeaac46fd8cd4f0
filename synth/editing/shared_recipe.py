"""A recipe on its way to others and back: codes instead of the names of people, activities and channels."""

from collections.abc import Callable, Mapping
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
    return _renamed(recipe, sharing.codes.code, sharing.labels(activities), sharing.labels(recipe.channels))


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
        codes.labels_behind(real.activities),
        codes.labels_behind(real.channels),
    )


def _renamed(
    recipe: Recipe, person: Callable[[str], str], activities: Mapping[str, str], channels: Mapping[str, str]
) -> Recipe:
    def renamed(step: RecipeStep) -> RecipeStep:
        chosen, edit = step.selection, step.edit
        chosen = replace(
            chosen,
            people=tuple(map(person, chosen.people)),
            activities=tuple(activities.get(name, name) for name in chosen.activities),
        )
        if not isinstance(edit, DrawnEdit):
            edit = replace(edit, channels=tuple(channels.get(name, name) for name in edit.channels))
        return replace(step, selection=chosen, edit=edit)

    named = tuple(channels.get(name, name) for name in recipe.channels)
    return replace(recipe, channels=named, steps=tuple(map(renamed, recipe.steps)))
