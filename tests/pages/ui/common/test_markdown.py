import pytest

from pages.ui.common.markdown import literal


@pytest.mark.parametrize(
    "text", ["![x](http://a.b/c)", "a_b*c*", "`code` $x$ <b>", ":red[x] # ~~y~~", "a|b\\c"]
)
def test_every_sign_of_markdown_is_only_a_sign(text):
    shown = literal(text)
    assert shown.replace("\\\\", "\0").replace("\\", "").replace("\0", "\\") == text
    marks = [i for i, c in enumerate(shown) if c in "![]()`*_$<>:#~|" and c not in "()"]
    assert all(shown[i - 1] == "\\" for i in marks)


def test_words_stay_as_they_are():
    assert literal("Zoë, walking 2.5 m/s²") == "Zoë, walking 2.5 m/s²"
