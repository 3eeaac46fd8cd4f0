"""The parts of a path: folders and names split at separators, capitals and digits, each part of a kind."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from data.column_words import normalised
from data.ingest.filename_pattern import DECIMAL_UNITS
from data.ingest.names import words

Kind = Literal[
    "activity", "code", "number", "word", "mixed", "date", "perhaps date", "side", "group", "visit", "noise"
]
MARK = "_\\-. ,;()\\[\\]+=#~&@"
SEPARATORS = re.compile(rf"([{MARK}]+)")
CODE = re.compile(r"^([^\W\d_]*)(\d+)$")  # letters and a number, such as sub12
# A measured quantity with its decimals, such as `0.8ms`: a condition of the activity before it.
DECIMAL = re.compile(rf"(?<![^{MARK}])\d+\.\d+(?:{DECIMAL_UNITS})(?![^{MARK}])", re.IGNORECASE)
# The same without its unit, which only the activity before it shows to be one: `walk_0.8`.
BARE_DECIMAL = re.compile(r"(?<![^_\- ])\d\.\d{1,2}(?![^_\- ])")
SERIAL = re.compile(r"^(?=.*\d{5})(?=.*[A-Z])[A-Z0-9]{8,}$")  # of a device
EXTENSION = re.compile(rf"(?:\.(?:{'|'.join(words.EXTENSIONS)}))+$", re.IGNORECASE)
TEST = re.compile(r"(\d+(?:mwt|mwr|xsts))", re.IGNORECASE)  # names of tests begin with a number: 6MWT, 5xSTS
BOUNDARY = re.compile(
    r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)|(?<=[^\W\dA-Z_])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][^\W\dA-Z_])"
)
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0[1-9]|1[0-2])", r"20[0-4]\d"
_CLOCK = (
    r"(?:[T_\- .]{0,3}(?:[01]\d|2[0-3])(?:[0-5]\d(?:[0-5]\d(?:\d{3})?)?"
    r"|(?P<in>[-_.:hH ])[0-5]\d(?P=in)[0-5]\d(?:[.\-_]\d{3})?|[:hH][0-5]\d|-[0-5]\d)Z?)?"
)
DATE = re.compile(
    rf"(?<!\d)(?:{_YEAR}(?P<sep>[-_. ]?){_MONTH}(?P=sep)(?:0[1-9]|[12]\d|3[01])"
    rf"|{_DAY}(?P<sep2>[-_.]){_DAY}(?P=sep2){_YEAR}(?!-\d\d-\d\d(?!\d))"
    rf"|{_DAY}[-_. ]?(?:{words.MONTHS})[-_. ]?(?:{_YEAR}|\d\d)"
    rf"|(?:{words.MONTHS})[-_. ]?{_DAY}[-_. ,]+{_YEAR})"
    rf"{_CLOCK}(?!\d)"
    r"|(?<!\d)1[4-9]\d{8}(?:\d{3})?(?!\d)"  # seconds or milliseconds since 1970
    r"|(?<!\d)(?:1\d|2\d|3[0-5])(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[-_T](?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?(?!\d)",
    re.IGNORECASE,
)
TIME = re.compile(r"(?<!\d)(?:[01]\d|2[0-3])(?:([-_.:])[0-5]\d\1[0-5]\d|[:h][0-5]\d)(?!\d)")
PERHAPS_DATE = re.compile(
    r"^(?:(?:1\d|2\d|3[0-5])(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:\d\d|20\d\d))$"
)


@dataclass(frozen=True)
class NamePart:
    """One part of a path.

    Attributes:
        text: As written.
        kind: What it is.
        before: The separator before it: signs, `"/"`, or `""` where a capital or a digit begins it.
    """

    text: str
    kind: Kind
    before: str


def split_path(path: str) -> tuple[NamePart, ...]:
    """Split a path, without its extension, into its parts."""
    folders, _, name = path.strip("/").rpartition("/")
    stem = EXTENSION.sub("", name) or name
    dated = DATE.search(path) is not None
    parts: list[NamePart] = []
    for level in [*(folders.split("/") if folders else []), stem]:
        parts += _with_phrases_joined(list(_level(level, dated, first=not parts)))
    return tuple(parts)


def _level(text: str, dated: bool, *, first: bool) -> Iterator[NamePart]:
    """Split one folder or file name; dates and times stay whole."""
    before, position = "" if first else "/", 0
    spans: list[tuple[int, int, Kind]] = [(*match.span(), "date") for match in DATE.finditer(text)]
    if dated and not spans:
        spans = [(*match.span(), "date") for match in TIME.finditer(text)]
    if not spans:
        spans = sorted((*match.span(), "word") for match in _measured(text))
    for start, end, kind in [*spans, (len(text), len(text), "word")]:
        for token in SEPARATORS.split(text[position:start]):
            if not token:
                continue
            if SEPARATORS.fullmatch(token):
                before += token
                continue
            for part in _token(token):
                yield NamePart(part.text, part.kind, before + part.before)
                before = ""
        if end > start:
            yield NamePart(text[start:end], kind, before)
            before = ""
        position = end


def _measured(text: str) -> Iterator[re.Match[str]]:
    """Find the measured quantities in a name."""
    yield from DECIMAL.finditer(text)
    for match in BARE_DECIMAL.finditer(text):
        before = SEPARATORS.split(text[: match.start()].rstrip("_- "))[-1]
        if before and any(part.kind == "activity" for part in _token(before)[-1:]):
            yield match


@cache
def _token(text: str) -> tuple[NamePart, ...]:
    """Split a text without separators at capitals and digits, unless it is known or unknown as a whole."""
    whole = kind_of(text)
    if SERIAL.match(text):
        return (NamePart(text, "code", ""),)
    if whole not in ("word", "mixed") or (text.isalpha() and (text.islower() or text.isupper())):
        return (NamePart(text, whole, ""),)
    pieces = [
        NamePart(piece, kind_of(piece), "")
        for outer in TEST.split(text)
        for inner in ([outer] if TEST.fullmatch(outer) else BOUNDARY.split(outer))
        for piece in _counter_split(inner)
        if piece
    ]
    pieces = _codes_joined(pieces)
    if all(piece.kind in ("word", "mixed") for piece in pieces):
        return (NamePart(text, whole, ""),)
    return tuple(_unknown_joined(_with_phrases_joined(pieces)))


def _counter_split(text: str) -> tuple[str, ...]:
    """Split an activity from the word for repetitions after it: `walktrial`."""
    match = re.fullmatch(r"(.+?)(trial|rep|run|take|set|try)", text, re.IGNORECASE)
    return match.groups() if match and kind_of(match[1]) == "activity" else (text,)


def _codes_joined(pieces: list[NamePart]) -> list[NamePart]:
    """Join letters and the number after them where both are one code: `P01`, `sub3`; not `anna2`, `Walk2`."""
    joined: list[NamePart] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last is not None and piece.kind in ("number", "perhaps date") and _is_prefix(last):
            text = last.text + piece.text
            joined[-1] = NamePart(text, "visit" if _is_visit_code(text) else "code", last.before)
        else:
            joined.append(piece)
    return joined


def _is_prefix(part: NamePart) -> bool:
    word = normalised(part.text)
    known = any(word in words.MARKERS[role] for role in words.MARKERS) or word in words.VISIT_CODES
    if word in words.QUALIFIERS and not known:
        return False
    short = part.text.isalpha() and (len(word) <= 2 or (len(word) == 3 and part.text.isupper()))
    return part.kind in ("word", "group", "mixed", "side") and (known or short or word in words.GROUP_CODES)


def _unknown_joined(pieces: list[NamePart]) -> list[NamePart]:
    """Join unknown words glued to each other: `McDonald` is one."""
    joined: list[NamePart] = []
    for piece in pieces:
        if joined and piece.kind == joined[-1].kind == "word":
            joined[-1] = NamePart(joined[-1].text + piece.text, "word", joined[-1].before)
        else:
            joined.append(piece)
    return joined


def _with_phrases_joined(parts: list[NamePart]) -> list[NamePart]:
    """Join an activity and the words next to it that belong to it: `sit to stand`, `walk_fast`."""
    joined: list[NamePart] = []
    start = 0
    while start < len(parts):
        end = start
        while end < len(parts) and _in_phrase(parts[end]) and (end == start or parts[end].before != "/"):
            end += 1
        if end > start + 1 and end < len(parts) and _counts_next(parts[end - 1], parts[end]):
            end -= 1
        run = parts[start:end]
        if len(run) > 1 and any(part.kind == "activity" for part in run):
            text = run[0].text + "".join(part.before + part.text for part in run[1:])
            joined.append(NamePart(text, "activity", run[0].before))
            start = end
        else:
            joined.append(parts[start])
            start += 1
    return joined


def _counts_next(part: NamePart, after: NamePart) -> bool:
    """Return whether a word only says what the number after it counts, as in `walk_run-2`."""
    return normalised(part.text) in words.MARKERS["trial"] and after.kind == "number" and after.before != "/"


def _in_phrase(part: NamePart) -> bool:
    is_measured = any(form.fullmatch(part.text) for form in (DECIMAL, BARE_DECIMAL))
    return part.kind == "activity" or is_measured or normalised(part.text) in words.QUALIFIERS


@cache
def kind_of(text: str) -> Kind:
    """Return what a text without separators is, by itself."""
    word = normalised(text)
    if text.isdecimal():
        return "perhaps date" if PERHAPS_DATE.match(text) else "number"
    has_inner_capital = not (text[1:].islower() or text.isupper())
    if words.is_activity(word) or (not has_inner_capital and words.is_activity_phrase(word)):
        return "activity"
    if _is_visit_code(text) or word in words.VISITS:
        return "visit"
    if word in words.SIDES:
        return "side"
    if word in words.GROUPS:
        return "group"
    if word in words.NOISE or _is_place_of_sensor(word) or re.fullmatch(r"\d+hz", word):
        return "noise"
    match = CODE.match(text)
    if match and len(match[1]) > 1 and normalised(match[1]) in words.SIDES:
        return "side"
    if match and match[1] and _is_prefix(NamePart(match[1], "word", "")):
        return "group" if normalised(match[1]) in words.GROUP_CODES else "code"
    return "mixed" if words.contains_activity(word) else "word"


@cache
def _is_visit_code(text: str) -> bool:
    """Return whether a text such as `day1`, `T0` or `visit2` names a visit; `T1` may as well be a repetition."""
    match = CODE.match(text)
    return bool(match) and normalised(match[1]) in words.VISIT_CODES


@cache
def _is_place_of_sensor(word: str) -> bool:
    """Return whether a word is glued together from places, sides and sensors: `leftwrist`, `wristacc`."""
    known = words.NOISE | words.SIDES
    return any(
        word[:i] in known and (word[i:] in known or _is_place_of_sensor(word[i:]))
        for i in range(2, len(word) - 1)
    )
