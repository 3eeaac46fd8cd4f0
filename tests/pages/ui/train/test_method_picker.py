"""Train's list: every method is in it once, recommended ones first, the others with a sentence each."""

import pytest

from pages.ui.train.method_picker import PLAIN, RECOMMENDED, WHAT_THEY_DO, first_sentence, methods
from synth.imputers.base import imputers
from synth.mechanisms.base import mechanisms
from tests.pages.test_pages import home, loaded, opened, recordings, words  # noqa: F401


def test_every_method_is_in_one_family_and_recommended_ones_come_first():
    families = methods()
    listed = [kind for known in families.values() for kind in known]
    assert len(listed) == len(set(listed))
    assert set(listed) | set(PLAIN) == {*mechanisms(), *imputers()}
    assert list(WHAT_THEY_DO) == list(families)
    for known in families.values():
        is_recommended = [kind in RECOMMENDED for kind in known]
        assert is_recommended[0]
        assert is_recommended == sorted(is_recommended, reverse=True)
        assert sum(is_recommended) <= 3


@pytest.mark.parametrize("method", [*mechanisms().values(), *imputers().values()], ids=lambda m: m.kind)
def test_a_method_can_be_described_in_one_sentence(method):
    sentence = first_sentence(method)
    assert method.summary.startswith(sentence.removesuffix("."))
    assert 30 < len(sentence) < 200


def test_other_generators_are_offered_when_more_methods_are_asked_for(loaded):  # noqa: F811
    page = opened("pages/2_Train.py")
    assert page.button_group(key="method Generate 2").options == ["Flow", "SenseGen"]
    assert "**Stimuli**" not in words(page)
    page.toggle(key="more Generate").set_value(True).run()
    assert not page.exception
    for kind, method in methods()["Generate"].items():
        assert (f"**{method.title}**: {first_sentence(method)}" in words(page)) == (kind not in RECOMMENDED)
    page.button_group(key="method Generate 5").set_value("stimuli").run()
    assert "**Stimuli.**" in words(page)
    page.toggle(key="more Generate").set_value(False).run()
    assert not page.exception
    assert "**Flow.**" in words(page)
