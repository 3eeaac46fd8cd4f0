import re

import pytest

from pages.ui.common.markdown import literal
from synth.core.markdown import JOINER, harmless, plain


@pytest.mark.parametrize(
    "text", ["![x](http://a.b/c)", "a_b*c*", "`code` $x$ <b>", ":red[x] # ~~y~~", "a|b\\c"]
)
def test_every_sign_of_markdown_is_only_a_sign(text):
    shown = literal(text).replace(JOINER, "")
    assert shown.replace("\\\\", "\0").replace("\\", "").replace("\0", "\\") == text
    marks = [i for i, c in enumerate(shown) if c in "![]()`*_$<>:#~|" and c not in "()"]
    assert all(shown[i - 1] == "\\" for i in marks)


def test_words_stay_as_they_are():
    for text in ("Zoë, walking 2.5 m/s²", "R-real-2 [63, 83]; 10 %", "a < b", "https, www and @home"):
        assert harmless(text) == text
    assert literal("Zoë, walking 2.5 m/s²") == "Zoë, walking 2.5 m/s²"


@pytest.mark.parametrize("made", [literal, harmless])
@pytest.mark.parametrize(
    "text",
    [
        "see https://evil.example/x",
        "HTTP://EVIL.EXAMPLE",
        "www.evil.example",
        "ftp://a.b",
        "me@evil.example",
        "a\n# b",
    ],
)
def test_no_renderer_finds_an_address_or_a_new_line(made, text):
    shown = plain(made(text)) if "\n" in text else made(text)
    assert not re.search(r"https?://|ftp://|www\.|[\w.+-]@[\w-]+\.|\n", shown, re.IGNORECASE)
    assert plain(shown) == " ".join(text.split())


def test_a_sentence_keeps_its_brackets_and_loses_its_pictures():
    assert harmless("[63, 83] ![x](y) <img src=x> [a][b]") == "[63, 83] \\![x\\](y) \\<img src=x> [a\\][b]"
