"""Pieces of HTML that all pages for downloading are made of."""

import html
from collections.abc import Sequence

from synth.core.markdown import without_links


def escape(text: str) -> str:
    """Return a text for HTML that is nothing but a text, also for mail programs, which make links of addresses."""
    return html.escape(without_links(text), quote=True)


def table(headings: Sequence[str], rows: Sequence[str], css: str = "") -> str:
    """Return a table, `""` without rows.

    Args:
        headings: Of the columns, as texts.
        rows: The cells of each row as HTML.
        css: Name of its class.
    """
    if not rows:
        return ""
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    named = f' class="{css}"' if css else ""
    return f"<table{named}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
