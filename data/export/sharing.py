"""What a file for sharing holds: codes instead of people's names, and only what its owner agreed to."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from data.export.code_list import CodeList
from data.release import Release
from data.windows import Windows


@dataclass(frozen=True)
class Sharing:
    """How recordings are described to others.

    Attributes:
        codes: The codes that stand for people.
        attributes: Attributes of people to include, for example age.
        confirmed: Activities and channels that name nobody, although part of a person's name is in them: they stay.
    """

    codes: CodeList
    attributes: tuple[str, ...] = ()
    confirmed: frozenset[str] = frozenset()

    def labels(self, names: Iterable[str]) -> dict[str, str]:
        """Return what stands for each activity or channel: a code where the same would be said for two of them."""
        said = {name: name if name in self.confirmed else self.codes.in_label(name) for name in names}
        words = list(said.values())
        return {n: word if words.count(word) == 1 else self.codes.label_code(n) for n, word in said.items()}

    def windows(self, windows: Windows) -> Windows:
        """Return windows with codes instead of names, people's attributes of those to include only."""
        people = {person: self.codes.code(person) for person in windows.subjects}
        channels = self.labels(windows.channels)
        return replace(
            windows,
            subject=_told(windows.subject, people),
            activity=_told(windows.activity, self.labels(windows.activities)),
            channels=tuple(channels[name] for name in windows.channels),
            attributes=self._attributes(windows.attributes, people),
            filled_by=self.codes.in_label(windows.filled_by),
        )

    def _attributes(self, attributes: pd.DataFrame, codes: Mapping[str, str]) -> pd.DataFrame:
        kept = [name for name in self.attributes if name in attributes]
        if not kept:
            return pd.DataFrame()
        shown = attributes.reindex(list(codes))[kept]
        in_cell = self.codes.in_label
        shown = shown.map(lambda cell: in_cell(cell) if isinstance(cell, str) else cell)
        return shown.rename(index=codes, columns=in_cell)

    def release(self, release: Release) -> Release:
        """Return a release whose windows, name and card name nobody."""
        said = self.texts(*release.windows.activities, *release.windows.channels)
        card = said(self.named(release.card, "corrected_from"))
        name = self.codes.in_label(release.name)
        return replace(release, name=name, windows=self.windows(release.windows), card=card)

    def named(self, texts: Mapping[str, Any], *keys: str) -> dict[str, Any]:
        """Return texts, with codes instead of people's names in those that somebody has typed as a name."""
        return {k: self.codes.in_label(str(v)) if k in keys else v for k, v in texts.items()}

    def texts(self, *labels: str) -> Callable[[Any], Any]:
        """Return a function that rewrites JSON values: what stands for activities, channels and so on, then for people.

        Args:
            *labels: Names of activities, channels and versions that can occur in the values.
        """
        pairs = self.labels(labels)
        changed = sorted((n for n, said in pairs.items() if n != said), key=len, reverse=True)
        whole = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, changed))})(?!\w)")

        def rewritten(content: Any) -> Any:
            if isinstance(content, str):
                return whole.sub(lambda match: pairs[match[1]], content)
            if isinstance(content, Mapping):
                return {rewritten(str(key)): rewritten(value) for key, value in content.items()}
            if isinstance(content, list | tuple):
                return [rewritten(value) for value in content]
            return content

        return lambda content: self.codes.without_names(rewritten(content) if changed else content)


def _told(texts: np.ndarray, words: Mapping[str, str]) -> np.ndarray:
    return np.array([words.get(text, text) for text in texts.tolist()], dtype=str)
