"""Texts from outside in Markdown: shown as they are, whatever signs they hold."""

import re

SIGNS = re.compile(r"([\\`*_\[\]<>$:#|~!])")
LINK = re.compile(
    r"(?i)(?<=https)(?=://)|(?<=http)(?=://)|(?<=ftp)(?=://)|(?<=www)(?=\.)|(?<=[\w.+-])(?=@[\w-])"
)
HTML, TARGET, PICTURE = (
    re.compile(r"<(?=[a-z/!?])", re.IGNORECASE),
    re.compile(r"\](?=[(\[:])"),
    re.compile(r"!(?=\[)"),
)
JOINER = "\u2060"  # has no width; an address with it inside is no address
ESCAPED = re.compile(r"\\([\\`*_\[\]<>$:#|~!])")


def literal(text: str) -> str:
    """Return a name that Markdown shows as it is, in one line: a file's name must not become a link or a picture."""
    return SIGNS.sub(r"\\\1", without_links(text))


def harmless(text: str) -> str:
    """Return a sentence of ours with names from outside in it: its brackets stay, but it links and loads nothing."""
    for sign in (HTML, TARGET, PICTURE):
        text = sign.sub(lambda found: f"\\{found[0]}", text)
    return without_links(text)


def without_links(text: str) -> str:
    """Return a text in one line, in which no program finds an address to make a link of.

    Escaping does not prevent that: renderers look for addresses in the finished text, too.

    References:
        GitHub Flavored Markdown Spec 0.29, "Autolinks (extension)".
    """
    return LINK.sub(JOINER, " ".join(text.split()))


def plain(text: str) -> str:
    """Return what was given to `literal` or `harmless`."""
    return ESCAPED.sub(r"\1", text).replace(JOINER, "")
