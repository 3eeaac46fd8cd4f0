"""What is cached of somebody's recordings is forgotten with them, whatever it is."""

import inspect

import pytest

from pages.ui.common import cache

# What is no content of recordings: the sample is public, and a folder that was swept once is swept.
STAYS = {"jobs", "warm", "intakes", "visitors", "sample", "looked_after"}
CACHED = {
    name: found
    for name, found in vars(cache).items()
    if hasattr(found, "clear") and inspect.isroutine(inspect.unwrap(found))
}


def test_there_is_something_to_forget():
    assert set(CACHED) >= STAYS | {"recordings", "release", "impact_panels"}


@pytest.mark.parametrize("name", sorted(set(CACHED) - STAYS))
def test_it_is_forgotten(name, monkeypatch):
    cleared = []
    monkeypatch.setattr(CACHED[name], "clear", lambda: cleared.append(name))
    cache.forget()
    assert cleared == [name]
