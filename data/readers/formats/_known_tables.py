"""Tables that a device or app writes: what its columns mean, told by their names and the lines above them.

One description each; what a file states itself (names, units, rate) is read by `_header`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from data.errors import RecordingError
from data.readers.formats._header import Header


@dataclass(frozen=True)
class KnownTable:
    """The table of a device or app.

    Attributes:
        title: The device or app.
        source: Where its columns and units are documented.
        columns: Regular expressions, each of which the name of some column has to match.
        above: Regular expression that the lines above the names have to contain; `""` for any.
        units: Unit by regular expression of the columns' names.
        time: Regular expression of the column with times; `""` to guess.
        evenly: Whether rows follow each other at the stated rate, whatever the columns count.
        channels: Regular expression of the columns of motion sensors; `""` to guess.
        prefix: Regular expression of what every name begins with and nobody needs, such as the number of a device.
        nameless: Names of the columns by their number, where the names are often not exported.
        counts: Regular expression of lines above that mean that values are counts per epoch.
    """

    title: str
    source: str
    columns: tuple[str, ...] = ()
    above: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    time: str = ""
    evenly: bool = False
    channels: str = ""
    prefix: str = ""
    nameless: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    counts: str = ""

    def matches(self, header: Header) -> bool:
        """Return whether this table begins so."""
        if self.above and not re.search(self.above, "\n".join(header.above)):
            return False
        names = header.names or self.nameless.get(header.n_columns, ())
        return bool(names) and all(any(re.match(column, name) for name in names) for column in self.columns)

    def names(self, given: Sequence[str]) -> list[str]:
        """Return the names of the columns without their common beginning."""
        shorter = [re.sub(self.prefix, "", name) if self.prefix else name for name in given]
        return shorter if len(set(shorter)) == len(set(given)) else list(given)

    def unit_of(self, name: str) -> str:
        """Return the unit of a column, `""` if it is not described."""
        return next((unit for pattern, unit in self.units.items() if re.fullmatch(pattern, name)), "")


XYZ = "Accelerometer X", "Accelerometer Y", "Accelerometer Z"
KNOWN_TABLES = (
    KnownTable(
        "ActiGraph (CSV of ActiLife)",
        "ActiLife 6 user's manual, exporting raw data: ten lines of metadata, acceleration in g",
        above=r"Data (?:File|Table) Created By ActiGraph",
        columns=(r"Accelerometer X",),
        units={r"Accelerometer [XYZ]": "g"},
        nameless={3: XYZ, 4: ("Timestamp", *XYZ)},
        counts=r"Epoch Period \(hh:mm:ss\) (?!00:00:00)",
    ),
    KnownTable(
        "Xsens DOT",
        "Movella DOT user manual: SampleTimeFine in µs, free acceleration in m/s², angular velocity in deg/s",
        above=r"(?i)DeviceTag|(?:Xsens|Movella) DOT",
        columns=(r"SampleTimeFine", r"PacketCounter"),
        units={
            r"SampleTimeFine": "µs",
            r"(?:Free)?Acc_[XYZ]": "m/s²",
            r"Gyr_[XYZ]": "deg/s",
            r"Euler_[XYZ]": "deg",
        },
        time=r"SampleTimeFine",
        channels=r"(?:Free)?Acc_|Gyr_|Mag_|Quat_|Euler_",
    ),
    KnownTable(
        "Xsens MTw",
        "MT Manager user manual, ASCII export: SampleTimeFine in 0.1 ms, acceleration in m/s², rotation in rad/s",
        columns=(r"PacketCounter", r"(?:Free)?Acc_[XE]|Quat_|Mat\["),
        units={
            r"SampleTimeFine": "0.1 ms",
            r"(?:Free)?Acc_[XYZENU]": "m/s²",
            r"Gyr_[XYZ]": "rad/s",
            r"Roll|Pitch|Yaw": "deg",
        },
        time=r"SampleTimeFine",
        channels=r"(?:Free)?Acc_|Gyr_|Mag_|Quat_q?|Roll|Pitch|Yaw|Mat\[",
    ),
    KnownTable(
        "Shimmer (Consensys)",
        "Shimmer Consensys user guide: names, units, calibrated columns end in CAL",
        columns=(r"Shimmer_\w+_Timestamp",),
        prefix=r"^Shimmer_[^_]+_",
        time=r"(?:\w+_)?Timestamp(?:_Unix)?(?:_CAL)?$",
    ),
    KnownTable(
        "Physics Toolbox Sensor Suite",
        "Vieyra Software: g-force in g with gravity, linear acceleration in m/s², rotation in rad/s, field in µT",
        columns=(r"gFx", r"gFy", r"gFz"),
        units={r"gF[xyz]": "g", r"a[xyz]": "m/s²", r"w[xyz]": "rad/s", r"B[xyz]": "µT"},
        time=r"(?i)time",
        channels=r"(?:gF|a|w|B)[xyz]$",
    ),
    KnownTable(
        "SensorLog (iOS)",
        "SensorLog app: column names with units, times of each sensor since the phone started",
        columns=(r"loggingTime", r"accelerometerAcceleration|motionUserAcceleration"),
        units={r"accelerometerAcceleration.*|motion(?:UserAcceleration|Gravity).*": "g"}
        | {r"gyroRotation.*|motionRotationRate.*": "rad/s"},
        time=r"loggingTime",
        channels=r"accelerometerAcceleration|gyroRotation[XYZ]|motion(?:UserAcceleration|Gravity|RotationRate)",
    ),
    KnownTable(
        "Vicon Nexus (CSV)",
        "Vicon Nexus user guide, ASCII export: title, rate in Hz, names, units; Sub Frame counts within a camera frame",
        above=r"(?i)\A(?:devices|trajectories|model outputs|joints|segments)",
        columns=(r"Frame", r"Sub Frame"),
        evenly=True,
    ),
    KnownTable(
        "OpenSim (.mot, .sto)",
        "OpenSim documentation, Storage (.sto) and Motion (.mot) files: header up to endheader, time in s",
        above=r"(?im)^endheader",
        columns=(r"time$",),
        units={"time": "s"},
        time=r"time$",
    ),
)


def known_table(header: Header) -> KnownTable | None:
    """Return the description that fits the beginning of a table."""
    return next((table for table in KNOWN_TABLES if table.matches(header)), None)


def refuse_counts(known: KnownTable, header: Header, name: str) -> None:
    """Refuse a table of counts.

    Raises:
        RecordingError: If the lines above say that movement was summed up over epochs.
    """
    if known.counts and re.search(known.counts, "\n".join(header.above)):
        raise RecordingError(
            f"{name} contains activity counts per epoch, no recording of motion: the movement within each epoch is "
            "summed up. Export the raw data instead (in ActiLife as raw CSV or GT3X)."
        )
