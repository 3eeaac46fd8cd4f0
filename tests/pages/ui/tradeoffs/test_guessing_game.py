"""Can you tell? A few rounds on the Trade-offs page, and the score next to the attacker's."""

import shutil
from functools import partial

from pages.ui.tradeoffs import guessing_game
from synth.reporting.guessing_game import draw_rounds
from tests.pages.test_pages import home, opened, words  # noqa: F401, a fixture


def test_the_rounds_end_with_a_score_that_can_be_taken_along(home, measured_home, monkeypatch):  # noqa: F811
    monkeypatch.setattr(guessing_game, "draw_rounds", partial(draw_rounds, n_rounds=2))
    shutil.copytree(measured_home, home)
    page = opened("pages/4_Tradeoffs.py")
    assert "Round 1" not in words(page)  # nothing is drawn before somebody plays
    page.selectbox(key="what to guess 2").select("whose").run()
    page.button(key="start guessing").click().run()
    for number in range(2):
        assert f"Round {number + 1} of 2" in words(page)
        page.button(key=f"guess {number} 0").click().run()
    assert not page.exception
    assert "The attacker: " in words(page)
    assert "choosing among all people" in words(page)
    next(one for one in page.button if one.label == "Play again").click().run()
    assert "Round 1 of 2" in words(page)
