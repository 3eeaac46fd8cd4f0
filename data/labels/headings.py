"""What the columns of a table of labels are called, and where its column names stand."""

from dataclasses import dataclass

from data import column_words
from data.column_words import normalised

BEGIN = (
    "begintimessmsec", "begintimess", "begintimemsec", "begin", "begintime", "start", "starttime", "starts",
    "startsec", "startseconds", "startms", "onset", "onsets", "from", "starttimestamp", "von", "beginn", "anfang",
    "debut", "inicio", "desde", "inizio", "od", "starttimeclock", "startdatetime",
)  # fmt: skip
END = (
    "endtimessmsec", "endtimess", "endtimemsec", "end", "endtime", "stop", "stoptime", "stops", "stopsec", "ends",
    "endsec", "endseconds", "endms", "offset", "until", "to", "endtimestamp", "bis", "ende", "fin", "hasta", "fine",
    "do", "enddatetime",
)  # fmt: skip
DURATION = (
    "durationssmsec",
    "durationmsec",
    "duration",
    "durations",
    "durationsec",
    "durationms",
    "dauer",
    "duree",
)
DATE = ("date", "day", "datum", "tag", "fecha", "data", "calendardate")
TEXTS = (
    "trialtype", "behavior", "behaviour", "annotation", "annotations", "label", "value", "event", "state", "phase",
    "stage", "description", "text", *column_words.ACTIVITY,
)  # fmt: skip
PEOPLE = (*column_words.SUBJECT, "wearer", "tier", "file", "filename", "recording")
STATUS = ("status", "behaviortype", "behaviourtype")
N_ABOVE = 60  # lines of metadata above the column names


@dataclass(frozen=True)
class Headings:
    """Positions of the columns of a table of labels; -1 for what it does not have.

    Attributes:
        line: Number of the line of column names, from 0; -1 if there is none.
        begin: Start of each span.
        end: End of each span.
        duration: Length of each span, used where there is no end.
        activity: What was done.
        subject: Who did it.
        date: Date, where start and end are times of day.
        status: `START` and `STOP` of events that are listed one by one (BORIS).
        unit: Seconds that a plain number in `begin` and `end` stands for.
    """

    line: int
    begin: int
    activity: int
    end: int = -1
    duration: int = -1
    subject: int = -1
    date: int = -1
    status: int = -1
    unit: float = 1.0


def find_headings(rows: list[list[str]]) -> Headings | None:
    """Return where the columns are, from the first line that names a start, an end and an activity."""
    for line, cells in enumerate(rows[:N_ABOVE]):
        names = [normalised(cell) for cell in cells]
        begin, end = _first(names, BEGIN), _first(names, END)
        duration, activity = _first(names, DURATION), _first(names, TEXTS)
        if begin >= 0 and activity >= 0 and (end >= 0 or duration >= 0):
            unit = 1e-3 if _counts_ms(names[begin]) else 1.0
            subject, date = _first(names, PEOPLE), _first(names, DATE)
            return Headings(line, begin, activity, end, duration, subject, date, unit=unit)
        status, time = _first(names, STATUS), _first(names, column_words.TIME)
        if status >= 0 and time >= 0 and activity >= 0:  # events one by one
            return Headings(line, time, activity, subject=_first(names, PEOPLE), status=status)
    return None


def _first(names: list[str], words: tuple[str, ...]) -> int:
    return next((names.index(word) for word in words if word in names), -1)


def _counts_ms(name: str) -> bool:
    return name.endswith(("msec", "ms", "milliseconds")) and not name.endswith("ssmsec")
