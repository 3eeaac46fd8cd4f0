"""Names that try to become something else where they are shown: pictures, links, headings, HTML."""

import re

HOSTILE = (
    "![x](https://evil.example/a.png)",
    "[x](https://evil.example/b)",
    "<img src=https://evil.example/c.png>",
    "<script>fetch('https://evil.example/d')</script>",
    "https://evil.example/e",
    "www.evil.example",
    "me@evil.example",
    "<https://evil.example/f>",
    "`x` ![y][z] **b** :red[c] $d$ | e",
)
REMOTE = re.compile(
    r"(https?|ftp)://|\bwww\.|[\w.+-]@[\w-]+\.", re.IGNORECASE
)  # what renderers make links of
ALIVE = re.compile(r"(?<!\\)<(?=[a-z/!])|(?<!\\)!\[|(?<!\\)\](?=\()", re.IGNORECASE)  # HTML, pictures, links
OURS = re.compile(
    r"!\[(?:\\.|[^\]\\])*\]\(data:image/png;base64,[^)]*\)"
)  # pictures drawn here, held in the page itself


def what_lives(markdown: str) -> list[str]:
    """Return what in a text in Markdown would link to anything or load anything."""
    markdown = OURS.sub("", markdown)
    return [found[0] for pattern in (REMOTE, ALIVE) for found in pattern.finditer(markdown)]
