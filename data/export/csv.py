"""CSV that is safe to open in a spreadsheet: a cell that begins like a formula is not executed."""

import re

import pandas as pd

FORMULA = re.compile(r"^[=+\-@\t\r]")
NUMBER = re.compile(r"^[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?$")


def to_csv(frame: pd.DataFrame) -> str:
    """Return a frame as CSV without its index; text and column names that look like formulas get a leading apostrophe.

    References:
        OWASP, CSV injection.
    """
    texts = frame.select_dtypes(exclude=["number", "bool", "datetime", "timedelta"]).columns
    safe = frame.assign(**{name: _safe_column(frame[name]) for name in texts})
    safe.columns = [_safe(str(name)) for name in safe.columns]
    return safe.to_csv(index=False)


def _safe_column(column: pd.Series) -> pd.Series:
    # Labels repeat over millions of rows: each distinct one is checked once.
    changed = {text: _safe(text) for text in column.dropna().unique() if isinstance(text, str)}
    odd = {text: safe for text, safe in changed.items() if text != safe}
    return column.astype(object).replace(odd) if odd else column


def _safe(text: str) -> str:
    return f"'{text}" if FORMULA.match(text) and not NUMBER.match(text) else text
