"""How files are named: `{subject}_{activity}_{trial}.csv`, and the labels that a name then contains."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from data.errors import RecordingError

FILE_NAME_ROLES = ("subject", "activity", "trial")
DETAILS = (
    "visit",
    "side",
    "group",
)  # they belong to the trial or to the person; see `data.ingest.names.labels`
PLACES = (*FILE_NAME_ROLES, *DETAILS, "date", "")
PLACEHOLDER = re.compile(r"\{(\w*)\}")
DECIMAL_UNITS = "mps|ms|m|kmh|kph|mph|kg|s|hz"  # of a condition, as in walk_0.8ms
# What follows a name: .csv.gz, but not the .8ms of walk_0.8ms, nor the .8 of walk_0.8.
ENDINGS = rf"(?:\.(?!\d+(?:{DECIMAL_UNITS})(?![A-Za-z0-9])|(?<=\d\.)\d{{1,2}}(?![A-Za-z0-9]))[A-Za-z0-9]+)*"
GIVEN = re.compile(r"\{(subject|activity)=([^{}|]+)\}")
ALTERNATIVE = " | "
MAX_PLACEHOLDERS, MAX_LENGTH, MAX_ALTERNATIVES = 8, 200, 6
DATE = (
    r"(?:\d[\d\-_. :TZhms]*[\dZs]"
    r"|\d{1,2}[-_. ]?[^\W\d_]{3,9}[-_. ]?\d{2,4}|[^\W\d_]{3,9}[-_. ]?\d{1,2}[-_. ,]+\d{4})"
)
# Where two placeholders touch, a capital or a digit begins the second: `annaWalking2`.
TOUCH = r"(?-i:(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)|(?<=[^\WA-Z_])(?=[A-Z]))"
TOUCHING = {
    "subject": r"[^\W_]+?",
    "activity": r"(?:[^\W\d_]+?|[^\W\d_]{1,3}\d+|\d+(?:mwt|mwr|xsts))",
    "trial": r"(?:(?:trial|rep|run|take|set|try|wdh|[trnv])?\d+)",
    "date": DATE,
}


@dataclass(frozen=True)
class Pattern:
    """How files are named.

    Attributes:
        text: The pattern. Braces mark the variable parts: `{subject}`, `{activity}`, `{trial}`; `{visit}`, `{side}` and
            `{group}`, which are kept; `{date}`; and `{}` for anything else. `{subject=Anna}` says that all files are of
            Anna, and stands for no part of the name. Everything else is matched literally, ignoring case. Folders
            end with `/`; only the innermost folders are matched, as many as the pattern has. The file extension may
            be omitted. ` | ` separates alternatives; the first one that matches counts.
    """

    text: str

    def __post_init__(self) -> None:
        alternatives = self.text.split(ALTERNATIVE)
        names = [PLACEHOLDER.findall(alternative) for alternative in alternatives]
        if (
            max(map(len, names)) > MAX_PLACEHOLDERS
            or max(map(len, alternatives)) > MAX_LENGTH
            or len(alternatives) > MAX_ALTERNATIVES
        ):
            raise RecordingError(
                f"The name pattern is too long: at most {MAX_PLACEHOLDERS} parts in braces and {MAX_LENGTH} characters."
            )
        unknown = [name for found in names for name in found if name not in PLACES]
        if unknown:
            raise RecordingError(
                "The name pattern may contain {subject}, {activity}, {trial}, {visit}, {side}, {group}, {date} and {}, "
                f"not {{{unknown[0]}}}."
            )
        twice = [role for found in names for role in FILE_NAME_ROLES + DETAILS if found.count(role) > 1]
        if twice:
            raise RecordingError(
                f"The name pattern contains {{{twice[0]}}} twice. Keep one, and write {{}} for the other."
            )
        if not self.roles:
            raise RecordingError("The name pattern contains none of {subject}, {activity} and {trial}.")

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that the pattern contains; visits and sides count as the trial."""
        places = {*PLACEHOLDER.findall(self.text), *(given[1] for given in GIVEN.finditer(self.text))}
        if places & {"visit", "side"}:
            places.add("trial")
        return tuple(role for role in FILE_NAME_ROLES if role in places)

    def match(self, path: str) -> dict[str, str] | None:
        """Return what a path says, by role and detail (`""` where its alternative lacks it); `None` if none matches."""
        for given, expression in self._alternatives:
            found = expression.match(path)
            if found is not None:
                said = {name: text.strip() for name, text in found.groupdict().items() if name != "date"}
                return {**dict.fromkeys((*self.roles, *self._details), ""), **given, **said}
        return None

    @property
    def _details(self) -> tuple[str, ...]:
        return tuple(name for name in DETAILS if f"{{{name}}}" in self.text)

    @cached_property
    def _alternatives(self) -> list[tuple[dict[str, str], re.Pattern[str]]]:
        return [
            (
                {match[1]: match[2].strip() for match in GIVEN.finditer(text)},
                re.compile(
                    rf"(?:.*/)?{''.join(_pieces(GIVEN.sub('', text).strip('/')))}{ENDINGS}/?$",
                    re.IGNORECASE,
                ),
            )
            for text in self.text.split(ALTERNATIVE)
        ]


def _pieces(text: str) -> Iterator[str]:
    """Return the regular expressions of a pattern's literal texts and placeholders, in order."""
    position = 0
    for placeholder in PLACEHOLDER.finditer(text):
        yield re.escape(text[position : placeholder.start()])
        yield _expression_of(placeholder, text)
        position = placeholder.end()
    yield re.escape(text[position:])


def _expression_of(placeholder: re.Match[str], text: str) -> str:
    """Return the regular expression of a placeholder.

    Activity names may have several words (`sit_to_stand`); subjects and trials must not contain a separator that is
    next to them in the pattern, or else one of them could swallow a word of the activity.
    """
    name = placeholder[1]
    before, after = text[: placeholder.start()][-1:], text[placeholder.end() :][:1]
    touch = TOUCH if before == "}" else ""
    if name == "":
        return rf"{touch}[^/]*?"
    if name == "date":
        return rf"{touch}{DATE}"
    if "}" in before or "{" in after:
        return rf"{touch}(?P<{name}>(?!\.){TOUCHING.get(name, '[^/]+?')})"
    if name == "activity":
        return rf"(?P<{name}>(?!\.)[^/]+?)"
    ends = "".join(re.escape(sign) for sign in {before, after} & set("_-. "))
    return rf"(?P<{name}>(?!\.)[^/{ends}]+?)"
