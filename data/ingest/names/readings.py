"""Every way of reading file names gets points; the best reading is taken, or asked about if another is nearly as good.

Names of the same build are split into parts (`parts`), aligned as columns. A reading gives the roles of person,
activity and trial to columns. Its points are the sum of

* what the words mean (`KIND_POINTS`, and `words.MARKERS` for codes such as `P01` and values after a word such as
  `sub-`): an activity word is an activity, and never a person; dates, sides, groups, visits and sensors are neither;
* how the parts combine (`_structure_points`): activities recur across people; trials count within a person and
  activity; a person does not do only one activity each; what differs has a reason; files have different labels;
* where they stand (`_order_points`): people before trials, in outer folders; a number after an activity is a trial.

A part that is always the same is a person or activity only where nothing else is. If a reading with other people or
activities has less than `CLEARLY` points less, or could be meant whatever its points (`doubts`), a person has to
choose (`question`). Names of another build are read so that their people and activities are those of the others, and
otherwise left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data.column_words import normalised
from data.errors import RecordingError
from data.ingest.filename_pattern import ALTERNATIVE, FILE_NAME_ROLES, MAX_ALTERNATIVES, Pattern
from data.ingest.names.columns import KIND_POINTS, Column, Roles, kind_points
from data.ingest.names.doubts import is_unclear, rivals
from data.ingest.names.labels import labels_from_names
from data.ingest.names.parts import Kind, NamePart, split_path
from data.ingest.names.words import marker_points

CLEARLY = 1.75
CONTESTED = 4.5  # the same for words that could be people as well as activities
ONE_PERSON = "P1"  # where no part names the person
MOST_CANDIDATES = 80
FAR = 6.0  # points below which a reading is not looked at
SURE = 3.0  # points of a code that is a person's wherever it stands, such as P01
FEW_FILES = 8  # how fewer files combine says less
LEAST_SHARE = 0.6  # of files whose names are read
UNUSED_POINTS: dict[Kind, float] = {"activity": -6, "word": -1.5, "mixed": -1.5, "number": -1.5, "code": -1.5}
PLACE_OF: dict[Kind, str] = {"date": "date", "side": "side", "group": "group", "visit": "visit"}


@dataclass(frozen=True)
class Reading:
    """One way of reading the names.

    Attributes:
        pattern: How the files are named, then.
        points: How well it fits.
        labels: `subject`, `activity` and `trial` of each file, `""` where unknown.
    """

    pattern: Pattern
    points: float
    labels: pd.DataFrame = field(repr=False)
    candidate: "Candidate" = field(repr=False)

    def differs_from(self, other: "Reading") -> bool:
        """Return whether people or activities differ, not only what they are called: then choosing matters."""
        return any(
            (pd.factorize(self.labels[role])[0] != pd.factorize(other.labels[role])[0]).any()
            or ((self.labels[role] == "") != (other.labels[role] == "")).any()
            for role in ("subject", "activity")
        )


@dataclass(frozen=True)
class NamesRead:
    """What the names say.

    Attributes:
        best: The reading with the most points.
        other: Another reading that is nearly as good, if there is one: then a person has to choose.
    """

    best: Reading
    other: Reading | None = None

    @property
    def names_people(self) -> bool:
        """Whether the best reading finds people, and does not merely suppose one, as a folder may be called."""
        supposed = self.best.candidate.roles.subject_is
        return supposed == "" or _points_of_name(supposed) >= SURE


def read_names(
    paths: Sequence[str], needed: Sequence[str] = FILE_NAME_ROLES, *, source: str = ""
) -> NamesRead | None:
    """Read who did what from the names of files.

    Args:
        paths: Paths of the files.
        needed: Roles to look for: those that no column contains.
        source: Name of the folder or archive that they come from; it may name the person.

    Returns:
        The best reading and its rival, or `None` if the names contain none of the roles.
    """
    builds = _builds(paths)
    main = max(builds, key=lambda build: len(build.paths), default=None)
    if main is None or (len(paths) > 1 and len(main.paths) < 2):
        return None
    rest = [build for build in builds if build is not main]
    candidates = sorted(_readings(main, needed, source), key=lambda candidate: -candidate.points)
    ranked = [c for c in candidates[:MOST_CANDIDATES] if c.points > candidates[0].points - FAR]
    expressed = _completed(ranked, rest, paths, needed)
    best = next(expressed, None)
    if best is None or best.points <= 0 or _has_better_reading(ranked, best):
        return None  # nothing speaks for a reading, or no pattern can express the right one
    columns, roles = main.columns, best.candidate.roles
    if is_unclear(columns, roles, best.labels, n_builds=len(builds)):
        return None
    close = (r for r in expressed if r.differs_from(best) and not _is_clear(best, r))
    other = next(close, None)
    doubted = rivals(columns, roles)
    if other is None and doubted:
        meant = [c for c in candidates if (c.roles.subject, c.roles.activity) in doubted]
        other = next((r for r in _completed(meant, rest, paths, needed) if r.differs_from(best)), None)
        if other is None:
            return None
    return NamesRead(best, other)


def _has_better_reading(ranked: list["Candidate"], best: Reading) -> bool:
    """Return whether a reading with more points, of other people or activities, was left out."""
    mine = best.candidate.roles
    return any(
        candidate.points > best.points
        and (candidate.roles.subject, candidate.roles.activity) != (mine.subject, mine.activity)
        for candidate in ranked
    )


def _is_clear(best: Reading, other: Reading) -> bool:
    """Return whether a reading is clearly better; words that could be either need more than how they combine."""
    contested = best.candidate.is_contested_by(other.candidate)
    return best.points - other.points >= (CONTESTED if contested else CLEARLY)


# ---- columns of names of the same build


@dataclass(frozen=True, eq=False)
class Build:
    """Files whose names have the same separators and number of parts."""

    paths: list[str]
    columns: list[Column]


def _builds(paths: Sequence[str]) -> list[Build]:
    split: dict[tuple[str, ...], tuple[list[str], list[tuple[NamePart, ...]]]] = {}
    for path, parts in zip(paths, _words_joined([split_path(path) for path in paths]), strict=True):
        shape = tuple(part.before for part in parts)
        found = split.setdefault(shape, ([], []))
        found[0].append(path)
        found[1].append(parts)
    return [Build(found, _columns(rows)) for found, rows in split.values()]


def _words_joined(rows: list[tuple[NamePart, ...]]) -> list[tuple[NamePart, ...]]:
    """Join the words of a folder or file name that has one word in some paths and several in others: `Tai_Chi`."""
    levels = [_levels(parts) for parts in rows]
    for depth in range(max(map(len, levels), default=0)):
        plain = [row[depth] for row in levels if len(row) > depth and _is_plain(row[depth])]
        if len({len(level) for level in plain}) > 1:
            for row in levels:
                if len(row) > depth and _is_plain(row[depth]):
                    row[depth] = [_together(row[depth])]
    return [tuple(part for level in row for part in level) for row in levels]


def _levels(parts: Sequence[NamePart]) -> list[list[NamePart]]:
    levels: list[list[NamePart]] = []
    for part in parts:
        if not levels or part.before.startswith("/"):
            levels.append([])
        levels[-1].append(part)
    return levels


def _is_plain(level: list[NamePart]) -> bool:
    return all(
        part.kind in ("word", "mixed") or (len(level) == 1 and part.kind == "activity") for part in level
    )


def _together(level: list[NamePart]) -> NamePart:
    text = level[0].text + "".join(part.before + part.text for part in level[1:])
    return NamePart(text, level[0].kind, level[0].before)


def _columns(rows: list[tuple[NamePart, ...]]) -> list[Column]:
    columns: list[Column] = []
    level = 0
    for parts in zip(*rows, strict=True):
        level += parts[0].before.startswith("/")
        last = columns[-1] if columns else None
        follows = (
            last is not None
            and last.level == level
            and not last.varies
            and last.usual_kind not in ("number", "date")
        )
        columns.append(Column(parts, level, normalised(last.texts[0]) if follows and last else ""))
    return columns


# ---- readings of one build


@dataclass(frozen=True)
class Candidate:
    """Roles of the columns of one build, with their points."""

    build: Build
    roles: Roles
    points: float

    def is_contested_by(self, other: "Candidate") -> bool:
        """Return whether a column whose words could be either is a person in one and an activity in the other."""
        pairs = ((self.roles.subject, other.roles.activity), (self.roles.activity, other.roles.subject))
        columns = self.build.columns
        return any(
            mine is not None
            and mine == its
            and abs(columns[mine].points("subject") - columns[mine].points("activity")) < 1
            for mine, its in pairs
        )


def _readings(build: Build, needed: Sequence[str], source: str) -> Iterator[Candidate]:
    columns = build.columns
    varying = [i for i, column in enumerate(columns) if column.varies or column.alone]
    constant = [i for i, column in enumerate(columns) if not column.varies]
    people = [
        *varying,
        *(i for i in constant if columns[i].points("subject") > 0 and not _is_marker(columns, i)),
    ]
    activities = [
        *varying,
        *(i for i in constant if columns[i].usual_kind == "activity" and not _counts(columns, i)),
    ]
    subjects: list[tuple[int | None, str]] = [(None, "")]
    if "subject" in needed:
        subjects = [
            *((i, "") for i in people),
            *((None, name) for name in _people_outside(source)),
            (None, ONE_PERSON),
        ]
    for subject, name in subjects:
        for activity in [None, *activities] if "activity" in needed else [None]:
            for trial in [None, *varying] if "trial" in needed else [None]:
                chosen = [i for i in (subject, activity, trial) if i is not None]
                if len(set(chosen)) == len(chosen) and (chosen or name):
                    roles = Roles(subject, activity, trial, name)
                    yield Candidate(build, roles, _points(columns, roles, needed))


def _is_marker(columns: list[Column], i: int) -> bool:
    """Return whether a word only says what follows it, as `sub-` or `trial`."""
    word = normalised(columns[i].texts[0])
    return columns[i].usual_kind != "code" and any(marker_points(role, word) for role in FILE_NAME_ROLES)


def _counts(columns: list[Column], i: int) -> bool:
    """Return whether a word such as `run` only says what the number after it counts."""
    after = columns[i + 1] if i + 1 < len(columns) else None
    return (
        after is not None
        and after.level == columns[i].level
        and after.usual_kind == "number"
        and _is_marker(columns, i)
    )


def _people_outside(source: str) -> list[str]:
    parts = split_path(source) if source else ()
    return [part.text for part in parts if KIND_POINTS["subject"][part.kind] >= 1.5 and len(part.text) > 1]


def _points_of_name(name: str) -> float:
    """Return how well a name outside the columns fits a person."""
    return -2.0 if name == ONE_PERSON else kind_points(name, split_path(name)[0].kind, "subject")


def _points(columns: list[Column], roles: Roles, needed: Sequence[str]) -> float:
    lexical = 0.0
    for i, role in roles.used.items():
        lexical += columns[i].points(role)
        if not columns[i].varies and len(columns[i].texts) > 1:
            lexical -= 2.0 if role == "subject" and columns[i].points(role) < SURE else 1.0
    if "subject" in needed:
        ignored = [c.points("subject") for i, c in enumerate(columns) if not c.varies and i != roles.subject]
        lexical -= max((points for points in ignored if points >= SURE), default=0.0)
    if roles.subject_is:
        named = min(_points_of_name(roles.subject_is), SURE)
        lexical += -2.0 if roles.subject_is == ONE_PERSON else named - 3.0
    if roles.subject is not None and roles.activity is not None:
        same = columns[roles.subject].names == columns[roles.activity].names
        lexical -= 8.0 * (same and columns[roles.subject].varies)
    if roles.subject is not None and roles.used == {roles.subject: "subject"}:
        column = columns[roles.subject]
        lexical -= 0.75 * (column.usual_kind == "number" and column.points("subject") <= 1)  # or repetitions
    if roles.subject is not None and roles.activity is None and columns[roles.subject].usual_kind == "word":
        lexical -= 1.5 * ("activity" in needed)  # unknown words may as well be activities of one person
        lexical -= 2.5 * (len(columns[0].texts) == 1)  # or anything
    return lexical + _order_points(columns, roles) + _structure_points(columns, roles, needed)


def _order_points(columns: list[Column], roles: Roles) -> float:
    """Judge where the parts stand: people first and outside, trials last and after the activity."""
    points = 0.0
    subject, activity, trial = roles.subject, roles.activity, roles.trial
    if subject is not None and trial is not None and subject < trial:
        points += 0.5 + 0.5 * (columns[subject].level < columns[trial].level)
    if subject is not None and all(subject <= i for i in roles.used):
        points += 0.5
    numbers = [i for i, column in enumerate(columns) if column.varies and column.usual_kind == "number"]
    if numbers and activity is not None and numbers[-1] > activity:
        last = numbers[-1]
        same_level = columns[last].level == columns[activity].level
        points += 0.75 * (trial == last)
        points -= 1.5 * (subject == last and last == activity + 1 and same_level and not columns[last].marker)
    return points


def _structure_points(columns: list[Column], roles: Roles, needed: Sequence[str]) -> float:
    """Judge how the labels combine over all files."""
    n_files = len(columns[0].parts)
    zeros = np.zeros(n_files, dtype=np.int64)
    codes = {
        role: columns[i].codes if (i := getattr(roles, role)) is not None else zeros
        for role in FILE_NAME_ROLES
    }
    points = sum(
        _unused(columns, i, roles, needed) for i, c in enumerate(columns) if c.varies and i not in roles.used
    )
    subject, activity, trial = codes["subject"], codes["activity"], codes["trial"]
    n_people, n_activities = int(subject.max()) + 1, int(activity.max()) + 1
    weight = min(1.0, n_files / FEW_FILES)
    if n_people > 1 and n_activities > 1:
        shared = _n_partners(activity, subject)[activity] > 1
        points += 1.5 * weight * float(shared.mean())
        points -= (
            2.5 * weight * float((_n_partners(subject, activity)[subject] == 1).mean()) * (n_files > n_people)
        )
    cell = subject * n_activities + activity
    if roles.trial is not None:
        points += weight * _counting(columns[roles.trial], cell)
    labelled = _pairs(cell, trial)
    for i, column in enumerate(columns):
        if (
            column.varies
            and i not in roles.used
            and column.usual_kind in ("date", "side", "visit", "group", "noise")
        ):
            labelled = _pairs(labelled, column.codes)
    return points - 2.0 * (1 - len(np.unique(labelled)) / n_files) * (
        "trial" in needed or "subject" in needed
    )


def _pairs(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.unique(first * (int(second.max()) + 1) + second, return_inverse=True)[1]


def _n_partners(of: np.ndarray, partner: np.ndarray) -> np.ndarray:
    """Return with how many different partners each label occurs."""
    width = int(partner.max()) + 1
    pairs = np.unique(of * width + partner)
    return np.bincount(pairs // width, minlength=int(of.max()) + 1)


def _counting(trial: Column, cell: np.ndarray) -> float:
    """Judge whether a column counts from 0 or 1 within each person and activity."""
    if trial.usual_kind not in ("number", "code", "perhaps date"):
        return 0.0
    # Each number once per cell, sorted by cell, then by number.
    cells, numbers = np.unique(np.stack([cell, trial.numbers]), axis=1)
    begins = np.flatnonzero(np.diff(cells, prepend=-1))
    low, high = numbers[begins], numbers[np.append(begins[1:], len(numbers)) - 1]
    n_different = np.diff(np.append(begins, len(numbers)))
    n_files = np.unique(cell, return_counts=True)[1]
    if (n_files == 1).all():
        return -0.5
    counts = np.isin(low, (0, 1)) & (high - low + 1 == n_different)
    points = 1.0 * float(counts.mean()) - 1.5 * float((~counts).mean())
    points += 1.0 * float(len(set(n_different.tolist())) > 1 and counts.all())  # people would all do the same
    return points - 1.0 * float((n_different < n_files).mean())


def _unused(columns: list[Column], i: int, roles: Roles, needed: Sequence[str]) -> float:
    """Judge a column that differs and has no role: as a rule there is one."""
    column = columns[i]
    if any(_says_the_same(column, columns[j]) for j in roles.used):
        return 0.0
    if column.usual_kind == "activity":
        return UNUSED_POINTS["activity"] if "activity" in needed else 0.0
    if "subject" not in needed and column.usual_kind != "number":
        return 0.0
    if column.usual_kind == "code" and column.points("trial") > 0:
        return -0.5  # a visit, perhaps
    strong = max(0.0, column.points("subject") - 1.5) if "subject" in needed else 0.0
    return UNUSED_POINTS.get(column.usual_kind, 0.0) - strong


def _says_the_same(column: Column, other: Column) -> bool:
    """Return whether a column follows from another one, as the folder of an activity repeats its name."""
    n = int(other.codes.max()) + 1
    return int(column.codes.max()) + 1 <= n and len(np.unique(_pairs(other.codes, column.codes))) == n


# ---- patterns of readings


def _completed(
    ranked: list[Candidate], others: list[Build], paths: Sequence[str], needed: Sequence[str]
) -> Iterator[Reading]:
    """Return readings of all files, best first: those whose pattern says the same as the reading of each name."""
    for candidate in ranked:
        if candidate.roles.activity is None and "activity" in needed and _other_words(candidate, others):
            continue  # what differs between the builds may be the activity
        try:
            pattern = Pattern(_pattern_text(candidate))
        except RecordingError:
            continue
        if not _reproduces(pattern, candidate):
            continue
        pattern = _with_other_builds(pattern, candidate, others, needed)
        if sum(pattern.match(path) is not None for path in paths) >= LEAST_SHARE * len(paths):
            yield Reading(pattern, candidate.points, labels_from_names(pattern, paths)[0], candidate)


def _pattern_text(candidate: Candidate) -> str:
    columns, roles = candidate.build.columns, candidate.roles
    used = roles.used
    first = next((i for i, column in enumerate(columns) if column.varies or i in used), len(columns) - 1)
    while first > 0 and not columns[first].before.startswith("/"):
        first -= 1
    text = f"{{subject={roles.subject_is}}}" if roles.subject_is else ""
    taken: set[str] = set(used.values())
    for i in range(first, len(columns)):
        text += columns[i].before.lstrip("/") if i == first else columns[i].before
        text += _place(columns[i], used.get(i, ""), taken)
    return text


def _place(column: Column, role: str, taken: set[str]) -> str:
    if role:
        return f"{{{role}}}"
    if not (column.varies or column.alone):
        return column.texts[0]
    place = PLACE_OF.get(column.usual_kind, "") if len(column.kinds) == 1 else ""
    if column.usual_kind == "code" and column.points("trial") > 0:
        place = "visit"
    if place in taken:
        place = ""
    taken |= {place} - {"date", ""}
    return f"{{{place}}}"


def _reproduces(pattern: Pattern, candidate: Candidate) -> bool:
    used = candidate.roles.used
    for row, path in enumerate(candidate.build.paths):
        found = pattern.match(path)
        if found is None or any(
            found[role] != candidate.build.columns[i].texts[row] for i, role in used.items()
        ):
            return False
    return True


def _with_other_builds(
    pattern: Pattern, main: Candidate, others: list[Build], needed: Sequence[str]
) -> Pattern:
    """Add alternatives for names of another build, as far as they show the same people or activities."""
    texts = [(pattern.text, len(main.build.columns))]
    known = {
        role: {normalised(text) for text in main.build.columns[i].texts}
        for i, role in main.roles.used.items()
    }
    for build in sorted(others, key=lambda build: -len(build.paths)):
        if len(texts) == MAX_ALTERNATIVES:
            break
        if any(part.kind == "word" for column in build.columns for part in column.parts) and _fits(
            pattern, build, known
        ):
            continue  # words of an activity that is not known
        found = _same_labels(build, main, known, needed)
        if found is not None:
            texts.append((found, len(build.columns)))
    # The longer one first: what a shorter one calls an activity may be an activity and its trial.
    texts.sort(key=lambda text: -text[1])
    together = ALTERNATIVE.join(dict.fromkeys(text for text, _ in texts))
    try:
        whole = Pattern(together)
    except RecordingError:
        return pattern
    return whole if _reproduces(whole, main) else pattern


def _other_words(main: Candidate, others: list[Build]) -> bool:
    """Return whether names of another build have words for which the main one has no role."""
    known = {normalised(text) for column in main.build.columns for text in column.distinct}
    return any(
        kind in ("word", "mixed", "activity") and normalised(text) not in known
        for build in others
        for column in build.columns
        for text, kind in column.distinct.items()
    )


def _fits(pattern: Pattern, build: Build, known: dict[str, set[str]]) -> bool:
    """Return whether the main pattern matches names of another build, with people it knows."""
    found = [pattern.match(path) for path in build.paths]
    return all(
        labels is not None
        and normalised(labels.get("subject", "")) in known.get("subject", {""})
        and not any(
            part.kind in ("side", "date", "visit", "number")
            for part in split_path(labels.get("activity", ""))
        )
        for labels in found
    )


def _same_labels(
    build: Build, main: Candidate, known: dict[str, set[str]], needed: Sequence[str]
) -> str | None:
    """Return a pattern for names of another build that reads the same people or activities in them."""
    best: tuple[float, Candidate] | None = None
    literal = {normalised(column.texts[0]) for column in main.build.columns if not column.varies}
    for candidate in _readings(build, needed, ""):
        used = candidate.roles.used
        if candidate.roles.subject_is and candidate.roles.subject_is != ONE_PERSON:
            continue
        if set(used.values()) - {"trial"} != set(main.roles.used.values()) - {"trial"}:
            continue
        if any(
            not (column.varies or column.alone or i in used)
            and column.usual_kind in ("word", "mixed", "activity", "code")
            and normalised(column.texts[0]) not in literal
            for i, column in enumerate(build.columns)
        ):
            continue
        agree = [
            float(np.mean([normalised(text) in known[role] for text in build.columns[i].texts]))
            for i, role in used.items()
            if role != "trial"
        ]
        strange = any(
            build.columns[i].points(role) < 0 and share < 1
            for (i, role), share in zip(
                [(i, role) for i, role in used.items() if role != "trial"], agree, strict=True
            )
        )
        if not agree or max(agree) == 0 or strange:
            continue
        points = candidate.points + 4.0 * sum(agree)
        if best is None or points > best[0]:
            best = points, candidate
    if best is None:
        return None
    candidate = best[1]
    if main.roles.subject_is:
        candidate = Candidate(
            build, Roles(None, candidate.roles.activity, candidate.roles.trial, main.roles.subject_is), 0
        )
    text = _pattern_text(candidate)
    try:
        return text if _reproduces(Pattern(text), candidate) else None
    except RecordingError:
        return None
