"""Codes that stand for people in files for sharing, and finding people's names in other texts.

In clinical research this is the subject identification code list: whoever has it can tell who is who, so it stays with
the owner of the recordings.

References:
    ICH E6(R2), Guideline for good clinical practice, 8.3.21.
"""

import hashlib
import hmac
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from data.column_words import SUBJECT
from data.export.csv import to_csv
from data.release import Release
from data.windows import Windows

SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that looks like another one
GROUP, N_GROUPS = 3, 2  # P-7K2-M9X: 900 million codes, so that no two people get the same one
CODE = re.compile(rf"(?<![^\W_])[A-Z](?:-[{SIGNS}]{{{GROUP}}}){{{N_GROUPS}}}(?![^\W_])")
SEPARATORS = re.compile(r"[\W_]+")
MIN_LETTERS = 3  # of a name that is looked for in other texts
MIN_DIGITS = 5  # of a number that stands for somebody and is looked for in other texts


@dataclass(frozen=True)
class CodeList:
    """The codes of the people in some recordings.

    A code is drawn from a secret: nobody without it can derive the code from the name, nor the name or its place in the
    alphabet from the code. The same person in the same recordings always has the same code.

    Attributes:
        secret: What codes are drawn from; stays in the private store.
        recordings: Identifies the recordings: in others, the same name has another code.
        people: Everybody in the recordings.
    """

    secret: bytes = field(repr=False)
    recordings: str
    people: tuple[str, ...]

    def code(self, person: str) -> str:
        """Return the code of a person, also of one who is not in the list."""
        return self._drawn("P", person)

    def label_code(self, label: str) -> str:
        """Return a code for an activity or channel that could not be told from another one without its name."""
        return self._drawn("A", label)

    def _drawn(self, kind: str, text: str) -> str:
        content = "\0".join(("penumbra code", self.recordings, kind, text)).encode("utf-8", "surrogatepass")
        number = int.from_bytes(hmac.digest(self.secret, content, hashlib.sha256), "big")
        signs = []
        for _ in range(GROUP * N_GROUPS):
            number, sign = divmod(number, len(SIGNS))
            signs.append(SIGNS[sign])
        groups = ("".join(signs[i : i + GROUP]) for i in range(0, len(signs), GROUP))
        return "-".join((kind, *groups))

    @cached_property
    def person_of(self) -> Mapping[str, str]:
        """The person behind each code."""
        return {self.code(person): person for person in self.people}

    def to_csv(self) -> str:
        """Return the list as CSV, sorted by code. Whoever has it knows who is who."""
        return to_csv(pd.DataFrame(sorted(self.person_of.items()), columns=["code", "person"]))

    def in_label(self, text: str) -> str:
        """Return a short text from outside, such as a file name or a channel, with codes instead of people's names.

        Part of a name counts as well if only one person is called that. Upper and lower case, full-width letters,
        and what separates the words or letters of a name, make no difference.
        """
        return self._coded(text, self._in_labels)

    def in_prose(self, text: str) -> str:
        """Return a sentence with codes instead of people's names.

        A name of one word counts only as it is written: somebody called Will does not occur in every sentence.
        """
        return self._coded(text, self._in_sentences)

    def without_names(self, content: Any) -> Any:
        """Return JSON values with codes instead of people's names in every text."""
        if isinstance(content, str):
            return self.in_prose(content)
        if isinstance(content, Mapping):
            return {
                self.in_prose(str(k)): v if k == "kind" else self.without_names(v) for k, v in content.items()
            }
        if isinstance(content, list | tuple):
            return [self.without_names(value) for value in content]
        return content

    def named_again(self, release: Release, real: Windows) -> Release:
        """Return a release that was read from a shared file with the names of people, activities and channels.

        Args:
            release: Any release; what is no code of this list stays as it is.
            real: The recordings it was made from.
        """
        windows = release.windows
        people, activity = self.person_of, self.label_behind(real.activities)
        channel = self.label_behind(real.channels)
        named = replace(
            windows,
            subject=np.array([people.get(text, text) for text in windows.subject.tolist()], dtype=str),
            activity=np.array([activity(text) for text in windows.activity.tolist()], dtype=str),
            channels=tuple(map(channel, windows.channels)),
        )
        return replace(release, windows=named)

    def label_behind(self, labels: Iterable[str]) -> Callable[[str], str]:
        """Return a function that finds the activity or channel behind whatever stands for it in shared files.

        Codes of another list are recognised by what stands around them, if that leaves one label only.
        """
        labels = list(labels)
        exact = {
            shared: label for label in labels for shared in (self.label_code(label), self.in_label(label))
        }
        forms = [CODE.sub("", self.in_label(label)) for label in labels]
        alike = {
            form: label
            for form, label in zip(forms, labels, strict=True)
            if forms.count(form) == 1 and self.in_label(label) != label
        }

        def behind(text: str) -> str:
            other = alike.get(CODE.sub("", text), text) if CODE.search(text) else text
            return text if text in labels else exact.get(text, other)

        return behind

    def _coded(self, text: str, pattern: re.Pattern[str] | None) -> str:
        if pattern is None:
            return text
        plain = unicodedata.normalize("NFKC", text)
        found = pattern.sub(lambda match: self.code(self._called(match[1])), plain)
        return text if found == plain else found

    def _called(self, found: str) -> str:
        """Return the person whose name was found, also where it was spelt letter by letter."""
        words = _words(found)
        return self._by_words[words if words in self._by_words else words.replace(" ", "")]

    @cached_property
    def _by_words(self) -> Mapping[str, str]:
        joined = {_words(person).replace(" ", ""): person for person in self.people}
        return {**joined, **self._by_part, **{_words(person): person for person in self.people}}

    @cached_property
    def _by_part(self) -> Mapping[str, str]:
        """The person whom a word of a name belongs to, where it is nobody else's and means a person at all."""
        parts = [(_words(part), person) for person in self.people for part in set(_parts(person))]
        owners = Counter(part for part, _ in parts)
        return {
            part: person
            for part, person in parts
            if owners[part] == 1 and part.isalpha() and len(part) >= MIN_LETTERS and part not in SUBJECT
        }

    @cached_property
    def _in_labels(self) -> re.Pattern[str] | None:
        return _pattern([*self.people, *self._by_part], lambda name: f"(?i:{name})")

    @cached_property
    def _in_sentences(self) -> re.Pattern[str] | None:
        return _pattern(self.people, lambda name: name if name.isalpha() else f"(?i:{name})")


def _words(name: str) -> str:
    return SEPARATORS.sub(" ", unicodedata.normalize("NFKC", name)).strip().casefold()


def _pattern(people: Iterable[str], cased: Callable[[str], str]) -> re.Pattern[str] | None:
    """Return what finds names as whole words, longest first; `None` if no name can be told from other words."""
    names = sorted((name for name in people if is_telling(name)), key=len, reverse=True)
    if not names:
        return None
    spelt = [cased(spelling) for name in names for spelling in _spellings(name)]
    return re.compile(rf"(?<![^\W_])({'|'.join(spelt)})(?:['’]?s)?(?![^\W_])")


def _spellings(name: str) -> Iterable[str]:
    """Yield what finds a name: word by word, and letter by letter (`A.n.n.a`). Not digits: these are often in lists."""
    yield r"[\W_]+".join(map(re.escape, _parts(name)))
    letters = "".join(_parts(name))
    if letters.isalpha():
        yield r"[\W_]{1,2}".join(letters)


def _parts(name: str) -> list[str]:
    return [part for part in SEPARATORS.split(unicodedata.normalize("NFKC", name)) if part]


def is_telling(name: str) -> bool:
    """Return whether a name can be looked for in other texts: `3` or `ab` would be found where nobody is meant."""
    signs = "".join(_parts(name))
    return len(signs) >= (MIN_DIGITS if signs.isdigit() else MIN_LETTERS)
