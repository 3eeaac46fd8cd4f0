"""No name of the input stands in what is shared, whichever mechanism made it, and whatever was done to it since."""

from dataclasses import replace

import numpy as np
import pytest

from data.export.code_list import CodeList
from data.export.files import read_release, release_to_bytes
from data.export.sharing import Sharing
from data.release import Release
from data.windows import cut_windows
from synth.core.run_context import RunContext
from synth.editing.recipe import Recipe, RecipeStep
from synth.editing.replaying import replay
from synth.editing.selection import Selection
from synth.editing.transforms.level import Amplitude
from synth.imputers.linear import LinearInterpolation
from tests.eager import eagerly
from tests.named import ACTIVITIES, CHANNELS, PARTS, PEOPLE, named_recordings, names_in
from tests.synth.mechanisms.conftest import ROLES, is_compiled

ACTIVITIES_OF_ROLES = {"act1": "act1", "act2": ACTIVITIES[1], "act3": "act3"}
CODES = CodeList(b"a secret of this installation", "named", PEOPLE)
SHARING = Sharing(CODES, attributes=("sex", "diagnosis"))


@pytest.fixture(scope="module")
def windows():
    recordings = named_recordings(3, seconds_per_series=14.0, rate_hz=20.0)
    cut = cut_windows(recordings)
    return replace(
        cut, filled=np.full(len(cut), 0.1, np.float32), filled_by="straight line, by Zyxqvorn Wumpelbrecht"
    )


def shared(release: Release) -> dict[str, bytes]:
    return {
        "release.parquet": release_to_bytes(release, sharing=SHARING),
        "release.csv": release_to_bytes(release, "csv", sharing=SHARING),
    }


def refuse_names(files: dict[str, bytes]) -> None:
    assert {name: found for name, content in files.items() if (found := names_in(name, content))} == {}


def test_the_search_finds_names_where_they_are(windows):
    release = Release("r", windows, np.arange(len(windows)), {"data": "x"})
    assert names_in("release.parquet", release_to_bytes(release)) == sorted(PARTS)
    assert names_in("release.csv", release_to_bytes(release, "csv")) == sorted(PARTS)


def test_no_name_is_in_what_it_shares(mechanism, windows):
    roles = replace(ROLES, activities={ACTIVITIES_OF_ROLES[a]: role for a, role in ROLES.activities.items()})
    named = mechanism.for_roles(roles)
    with eagerly(is_compiled(named)):
        release = named.fit(windows, RunContext(3)).release(windows, seed=3).renamed("for Wumpelbrecht")
    refuse_names(shared(release))
    steps = [
        RecipeStep(Selection(activities=(ACTIVITIES[1],)), Amplitude(factor=1.2, channels=(CHANNELS[3],))),
    ]
    if release.claims_people:
        steps.append(RecipeStep(Selection(people=(PEOPLE[0],)), Amplitude(factor=0.9)))
    if ACTIVITIES[1] in release.windows.activities:
        filler = LinearInterpolation().fit(windows, RunContext(0))
        corrected = replay(release, Recipe.of(release.windows, steps), filler, name="Qwixley, corrected")
        refuse_names(shared(corrected))


def test_no_name_is_in_a_release_that_was_brought(windows):
    card = {
        "people": list(PEOPLE),
        PEOPLE[0]: {"seen by": ["Dr. Qwixley O'Tharbonn's team"]},
        "corrected_from": "krzbsztwqx_01.csv",
        "edits": [f"The activity {ACTIVITIES[1]}, of 2 people: tempo."],
        "recipe": Recipe.of(
            windows, [RecipeStep(Selection(activities=(ACTIVITIES[1],)), Amplitude())]
        ).card(),
    }
    brought = read_release(
        release_to_bytes(Release("Jürgen-Phlägmund.parquet", windows, None, card))
    ).from_outside()
    refuse_names(shared(brought))


def test_a_shared_file_read_back_has_its_names_again(windows):
    release = Release("r", windows, np.arange(len(windows)))
    again = CODES.named_again(read_release(release_to_bytes(release, sharing=SHARING)), windows).windows
    order = np.lexsort((again.activity, again.subject))
    mine = np.lexsort((windows.activity, windows.subject))
    assert again.channels == windows.channels
    np.testing.assert_array_equal(again.subject[order], windows.subject[mine])
    np.testing.assert_array_equal(again.activity[order], windows.activity[mine])


def test_who_has_another_secret_cannot_tell_who_is_who(windows):
    shared_file = release_to_bytes(Release("r", windows), sharing=SHARING)
    stranger = CodeList(b"of somebody else", "named", PEOPLE)
    assert not set(stranger.named_again(read_release(shared_file), windows).windows.subjects) & set(PEOPLE)
