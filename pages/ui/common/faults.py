"""Faults in words, on every page: what nothing on a page has caught is one sentence, and never a traceback."""

import streamlit as st

from data.errors import PenumbraError
from data.machine.faults import in_words
from pages.ui.common.markdown import literal


def say_fault(fault: Exception) -> bool:
    """Say on the page what happened and what to do; the terminal gets the traceback.

    Args:
        fault: What a page or the callback of a widget raised.

    Returns:
        Whether it was said, so that Streamlit shows nothing of its own.
    """
    st.error(literal(sentence(fault)))
    return True


def sentence(fault: Exception) -> str:
    """Return what happened and what to do."""
    if isinstance(fault, PenumbraError):
        return str(fault)
    return in_words(fault) or (
        f"This page met a defect of Penumbra ({type(fault).__name__}). What you have loaded and made is kept. Reload "
        "the page; if it happens again, report it with what the terminal shows."
    )
