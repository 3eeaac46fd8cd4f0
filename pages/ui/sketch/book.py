"""What one person has drawn on one version: histories and fillings by window, and accepted corrections.

All of it is in the workspace, so it survives leaving the page, a reload and a restart.
"""

import base64
import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from data.release import Release
from pages.ui.sketch.history import History
from pages.ui.state import Session
from synth.editing.marks import Correction, corrected_release
from synth.study import Study

MOST_WINDOWS = 50  # with drawings that were not accepted yet


@dataclass(frozen=True, eq=False)
class Filling:
    """How a correction was filled in.

    Attributes:
        filler: What did it, as the page calls it.
        draws: `(n_draws, timesteps, channels)` float32; the first one is what would be accepted.
        made: What is written into the release's card, plain JSON values.
    """

    filler: str
    draws: np.ndarray
    made: Mapping[str, Any]


class Sketchbook:
    """The drawings on one version.

    Args:
        session: Where they are remembered.
        study: The data they belong to.
        release_key: The version; `""` for the real recordings.
    """

    def __init__(self, session: Session, study: Study, release_key: str) -> None:
        self._session = session
        self.place = f"{study.key} {release_key}"

    def history(self, window_index: int) -> History:
        """Return what was done on a window."""
        body = self._drawings().get(str(window_index))
        return History() if body is None else History.from_json(body["history"])

    def write(self, window_index: int, history: History) -> None:
        """Keep what was done on a window; its filling stays, for when it fits again."""
        body = self._drawings().get(str(window_index), {})
        self._write_drawing(window_index, {**body, "history": history.to_json()})

    def forget(self, window_index: int) -> None:
        """Forget everything that was done on a window, after it was accepted."""
        self._write_drawing(window_index, None)

    @property
    def begun(self) -> list[int]:
        """The windows with drawings that were not accepted yet."""
        return sorted(int(i) for i, body in self._drawings().items() if body["history"]["done"])

    def has_room(self, window_index: int) -> bool:
        """Return whether drawings on this window can be kept as well."""
        return window_index in self.begun or len(self.begun) < MOST_WINDOWS

    def fill(self, correction: Correction, filling: Filling) -> None:
        """Keep how a correction was filled in."""
        body = self._drawings().get(str(correction.window_index), {"history": History().to_json()})
        packed = {
            "of": _digest(correction),
            "filler": filling.filler,
            "shape": filling.draws.shape,
            "draws": _packed(filling.draws),
            "made": dict(filling.made),
        }
        self._write_drawing(correction.window_index, {**body, "filling": packed})

    def filling(self, correction: Correction) -> Filling | None:
        """Return how exactly this correction was filled in, if it was."""
        packed = self._drawings().get(str(correction.window_index), {}).get("filling")
        if packed is None or packed["of"] != _digest(correction):
            return None
        draws = _unpacked(packed["draws"]).reshape(packed["shape"])
        return Filling(packed["filler"], draws, packed["made"])

    def accept(self, correction: Correction, filling: Filling) -> None:
        """Keep the corrected values of a window."""
        window = correction.window_index
        edits = [edit for edit in self._edits() if edit["window"] != window]
        edits.append({"window": window, "values": filling.draws[0].tolist(), "made": dict(filling.made)})
        self._session.keep(f"edits {self.place}", edits)
        self.forget(window)

    def accepted(self) -> dict[int, np.ndarray]:
        """Return the accepted corrections: window -> values `(timesteps, channels)`."""
        return {edit["window"]: np.array(edit["values"], dtype=np.float32) for edit in self._edits()}

    def take_back(self) -> None:
        """Forget the correction that was accepted last."""
        self._session.keep(f"edits {self.place}", self._edits()[:-1])

    def clear(self) -> None:
        """Forget all accepted corrections, after they were saved."""
        self._session.keep(f"edits {self.place}", [])

    def corrected(self, release: Release, name: str) -> Release:
        """Return a new release with the accepted corrections; the original stays as it is."""
        made = {edit["window"]: edit["made"] for edit in self._edits()}
        return corrected_release(release, self.accepted(), name=name, provenance=made)

    def _edits(self) -> list[dict[str, Any]]:
        return self._session.kept(f"edits {self.place}", [])

    def _drawings(self) -> dict[str, dict[str, Any]]:
        return self._session.kept(f"drawings {self.place}", {})

    def _write_drawing(self, window_index: int, body: Mapping[str, Any] | None) -> None:
        others = {i: other for i, other in self._drawings().items() if i != str(window_index)}
        self._session.keep(
            f"drawings {self.place}", others if body is None else {**others, str(window_index): body}
        )


def _digest(correction: Correction) -> str:
    parts = (correction.values, correction.mask, correction.rough)
    return hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in parts)).hexdigest()


def _packed(draws: np.ndarray) -> str:
    plain = np.ascontiguousarray(draws, dtype="<f4").tobytes()
    return base64.b64encode(zlib.compress(plain)).decode()


def _unpacked(text: str) -> np.ndarray:
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype="<f4").astype(np.float32)
