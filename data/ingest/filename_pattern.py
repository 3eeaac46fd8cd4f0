"""Subject, activity and trial from the names of files and folders: `{subject}_{activity}_{trial}.csv`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from data import column_words
from data.column_words import normalised
from data.errors import RecordingError

FILE_NAME_ROLES = ("subject", "activity", "trial")
PLACEHOLDER = re.compile(r"\{(\w*)\}")
SEPARATORS = re.compile(r"([_\-. ]+)")
# Short prefixes with which studies number people, repetitions and activities.
SHORT = {
    "subject": ("s", "p", "sa", "se", "u", "vp"),
    "trial": ("t", "r", "n", "v"),
    "activity": ("a", "act", "ex", "e", "d", "f"),
}
CODE = re.compile(r"^([^\W\d]*)(\d+)$")  # letters and a number, such as sub12


@dataclass(frozen=True)
class Pattern:
    """How files are named.

    Attributes:
        text: The pattern. Braces mark the variable parts: `{subject}`, `{activity}`, `{trial}`, and `{}` for any
            other. Everything else is matched literally, ignoring case. Folders end with `/`; only the innermost
            folders are matched, as many as the pattern has. The file extension may be omitted.
    """

    text: str

    def __post_init__(self) -> None:
        names = PLACEHOLDER.findall(self.text)
        if len(names) > 8 or len(self.text) > 200:
            raise RecordingError(
                "The name pattern is too long: at most 8 parts in braces and 200 characters."
            )
        unknown = [name for name in names if name not in (*FILE_NAME_ROLES, "")]
        if unknown:
            raise RecordingError(
                f"The name pattern may contain {{subject}}, {{activity}}, {{trial}} and {{}}, not {{{unknown[0]}}}."
            )
        twice = [role for role in FILE_NAME_ROLES if names.count(role) > 1]
        if twice:
            raise RecordingError(
                f"The name pattern contains {{{twice[0]}}} twice. Keep one, and write {{}} for the other."
            )
        if not self.roles:
            raise RecordingError("The name pattern contains none of {subject}, {activity} and {trial}.")

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that the pattern contains."""
        return tuple(role for role in FILE_NAME_ROLES if f"{{{role}}}" in self.text)

    def match(self, path: str) -> dict[str, str] | None:
        """Return the labels in a path, or `None` if it does not match."""
        found = self._expression.match(path)
        return None if found is None else {role: found[role].strip() for role in self.roles}

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        text = self.text.strip("/")
        pieces, position = [], 0
        for placeholder in PLACEHOLDER.finditer(text):
            pieces.append(re.escape(text[position : placeholder.start()]))
            pieces.append(_expression_of(placeholder, text))
            position = placeholder.end()
        pieces.append(re.escape(text[position:]))
        return re.compile(rf"(?:.*/)?{''.join(pieces)}(?:\.[A-Za-z0-9]+)*/?$", re.IGNORECASE)


def _expression_of(placeholder: re.Match[str], text: str) -> str:
    """Return the regular expression of a placeholder.

    Activity names may have several words (`sit_to_stand`); subjects and trials must not contain a separator that is
    next to them in the pattern, or else one of them could swallow a word of the activity.
    """
    name = placeholder[1]
    if name in ("", "activity"):
        return r"(?P<activity>[^/]+?)" if name else r"[^/]*?"
    adjacent = (
        text[placeholder.start() - 1 : placeholder.start()] + text[placeholder.end() : placeholder.end() + 1]
    )
    ends = "".join(re.escape(sign) for sign in set(adjacent) & set("_-. "))
    return rf"(?P<{name}>[^/{ends}]+?)"


def guess_pattern(paths: Sequence[str], needed: Sequence[str] = FILE_NAME_ROLES) -> Pattern | None:
    """Guess how files are named from the parts in which their names differ.

    Parts such as `sub12` or `P03` are recognised by their letters, words are activities, and numbers are first the
    subject and then the trial.

    Args:
        paths: Paths of the files, at least two.
        needed: Roles to look for, without those that have a column.

    Returns:
        The pattern, or `None` if the names contain none of the roles or differ in structure.
    """
    if len(paths) < 2:
        return None
    split = [_tokens(path) for path in paths]
    usual = max({_shape(tokens) for tokens in split}, key=[_shape(tokens) for tokens in split].count)
    alike = [tokens for tokens in split if _shape(tokens) == usual]
    if len(alike) < max(2, 0.6 * len(paths)):
        return None
    columns = list(zip(*alike, strict=True))
    roles = _roles_of(columns, needed)
    if not roles:
        return None
    first = next(i for i, column in enumerate(columns) if len(set(column)) > 1 or i in roles)
    while first > 0 and columns[first - 1][0] != "/":
        first -= 1
    texts = [_placeholder(columns, i, roles) for i in range(first, len(columns))]
    return Pattern("".join(texts))


def _tokens(path: str) -> list[str]:
    """Split a path without its extension into parts and separators."""
    folders, _, name = path.strip("/").rpartition("/")
    stem = re.sub(r"(\.[A-Za-z][A-Za-z0-9]*){1,2}$", "", name) or name
    tokens: list[str] = []
    for piece in [*(folders.split("/") if folders else []), stem]:
        tokens += [part for part in SEPARATORS.split(piece) if part]
        tokens.append("/")
    return tokens[:-1]


def _shape(tokens: list[str]) -> tuple[str, ...]:
    return tuple(token if token == "/" or SEPARATORS.fullmatch(token) else "" for token in tokens)


def _roles_of(columns: list[tuple[str, ...]], needed: Sequence[str]) -> Mapping[int, str]:
    """Return the role of each position that has one."""
    changing = [i for i, column in enumerate(columns) if len(set(column)) > 1]
    words_of = {
        "subject": column_words.SUBJECT,
        "activity": column_words.ACTIVITY,
        "trial": column_words.TRIAL,
    }
    found: dict[int, str] = {}
    for role in ("subject", "trial", "activity"):
        named = [
            i for i in changing if i not in found and _shows_role(columns, i, words_of[role], SHORT[role])
        ]
        if named:
            found[named[0]] = role
    words = [i for i in changing if not all(any(c.isdigit() for c in text) for text in columns[i])]
    codes = [i for i in changing if i not in words and _prefixes(columns[i])]
    numbers = [i for i in changing if i not in words and i not in codes]
    # Words are activities; codes and numbers are first the subject, then the trial.
    likely = {
        "activity": [*words, *codes],
        "subject": [*numbers, *codes, *words],
        "trial": [*numbers, *codes],
    }
    for role in [role for role in likely if role in needed and role not in found.values()]:
        free = [i for i in likely[role] if i not in found]
        if free:
            found[free[0]] = role
    return {i: role for i, role in found.items() if role in needed}


def _shows_role(columns: list[tuple[str, ...]], i: int, words: Sequence[str], short: Sequence[str]) -> bool:
    """Return whether a part shows its role: `subject12`, `s12`, or a preceding part `subject`."""
    prefixes = _prefixes(columns[i])
    before = normalised(columns[i - 2][0]) if i > 1 and len(set(columns[i - 2])) == 1 else ""
    return (
        bool(prefixes & {normalised(word) for word in words})
        or before in words
        or (bool(prefixes) and prefixes <= set(short))
    )


def _prefixes(column: Sequence[str]) -> set[str]:
    """Return the prefixes before the numbers, if all texts consist of letters and a number."""
    matches = [CODE.match(text) for text in column]
    return {normalised(match[1]) for match in matches if match and match[1]} if all(matches) else set()


def _placeholder(columns: list[tuple[str, ...]], i: int, roles: Mapping[int, str]) -> str:
    if i in roles:
        return f"{{{roles[i]}}}"
    return "{}" if len(set(columns[i])) > 1 else columns[i][0]
