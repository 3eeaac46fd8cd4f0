"""What one person has drawn on one version: strokes by window and channel, fillings, accepted corrections.

Strokes last as long as the browser tab; accepted corrections are kept in the workspace.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from data.release import Release
from pages.ui.state import Session
from synth.editing.marks import Correction, corrected_release
from synth.study import Study


class Sketchbook:
    """The drawings on one version.

    Args:
        session: Where they are remembered.
        study: The data they belong to.
        release_key: The version; `""` for the real recordings.
    """

    def __init__(self, session: Session, study: Study, release_key: str) -> None:
        self._session = session
        self._place = f"{study.key} {release_key}"

    def canvas_key(self, window_index: int, channel: int) -> str:
        """Return the widget's key; another one after clearing, so that the canvas starts empty."""
        round_ = self._session.note(f"cleared {self._place} {window_index}", 0)
        return f"canvas {self._place} {window_index} {channel} {round_}"

    def opened(self, window_index: int, channel: int) -> Mapping[str, Any] | None:
        """Return what was on this canvas when it was opened; unchanged while it stays open."""
        key = self.canvas_key(window_index, channel)
        opened_key, drawing = self._session.note("open canvas", ("", None))
        if opened_key != key or self._session.arrived:
            drawing = self.drawings(window_index).get(channel)
            self._session.take_note("open canvas", (key, drawing))
        return drawing

    def remember(self, window_index: int, channel: int, sent: Mapping[str, Any] | None) -> None:
        """Remember what a canvas sent."""
        drawings = dict(self.drawings(window_index))
        if sent is not None and sent.get("objects"):
            drawings[channel] = sent
        else:
            drawings.pop(channel, None)
        self._session.take_note(f"drawings {self._place} {window_index}", drawings)

    def drawings(self, window_index: int) -> dict[int, Mapping[str, Any]]:
        """Return what was drawn on each channel of a window."""
        return self._session.note(f"drawings {self._place} {window_index}", {})

    def forget(self, window_index: int) -> None:
        """Clear all channels of a window."""
        cleared = f"cleared {self._place} {window_index}"
        self._session.take_note(cleared, self._session.note(cleared, 0) + 1)
        self._session.take_note(f"drawings {self._place} {window_index}", {})

    def filled(self, correction: Correction, draws: np.ndarray, made: Mapping[str, Any]) -> None:
        """Remember the fillings `(n_draws, timesteps, channels)` of a correction and how they were made."""
        self._session.take_note("filled", (self._place, correction, draws, made))

    def draws_of(self, correction: Correction) -> np.ndarray | None:
        """Return the fillings of exactly this correction, if they were made."""
        filled = self._filled()
        if filled is None:
            return None
        done, draws, _ = filled
        same = done.window_index == correction.window_index and np.array_equal(done.mask, correction.mask)
        return draws if same and np.array_equal(done.values, correction.values) else None

    def accept(self, window_index: int, values: np.ndarray) -> None:
        """Keep the corrected values `(timesteps, channels)` of the window just filled in."""
        *_, made = self._filled()
        edits = [edit for edit in self._edits() if edit["window"] != window_index]
        edits.append({"window": window_index, "values": values.tolist(), "made": dict(made)})
        self._session.keep(f"edits {self._place}", edits)
        self.forget(window_index)

    def accepted(self) -> dict[int, np.ndarray]:
        """Return the accepted corrections: window -> values `(timesteps, channels)`."""
        return {edit["window"]: np.array(edit["values"], dtype=np.float32) for edit in self._edits()}

    def take_back(self) -> None:
        """Forget the correction that was accepted last."""
        self._session.keep(f"edits {self._place}", self._edits()[:-1])

    def clear(self) -> None:
        """Forget all accepted corrections, after they were saved."""
        self._session.keep(f"edits {self._place}", [])

    def corrected(self, release: Release, name: str) -> Release:
        """Return a new release with the accepted corrections; the original stays as it is."""
        made = {edit["window"]: edit["made"] for edit in self._edits()}
        return corrected_release(release, self.accepted(), name=name, provenance=made)

    def _edits(self) -> list[dict[str, Any]]:
        return self._session.kept(f"edits {self._place}", [])

    def _filled(self) -> tuple[Correction, np.ndarray, Mapping[str, Any]] | None:
        place, *filled = self._session.note("filled", ("",))
        return tuple(filled) if place == self._place else None
