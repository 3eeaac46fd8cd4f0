"""Texts from outside on a page: shown as they are, whatever signs they hold."""

import re

MARKDOWN = re.compile(r"([\\`*_\[\]<>$:#|~!])")


def literal(text: str) -> str:
    """Return a text that Streamlit's Markdown shows as it is: a file's name must not become a link or a picture."""
    return MARKDOWN.sub(r"\\\1", text)
