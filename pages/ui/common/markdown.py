"""Texts from outside on a page: shown as they are, whatever signs they hold."""

from synth.core.markdown import literal

__all__ = ["literal"]
