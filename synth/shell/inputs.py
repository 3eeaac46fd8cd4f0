"""What the commands take: the options that several of them share, and what they mean."""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import NamelessColumnsError, PenumbraError, RateUnknownError, RecordingError
from data.ingest.preparation import Preparation
from data.roles import Roles, default_roles
from data.splits import SplitSettings
from data.windows import WindowSettings
from synth.audit.report import EFFORTS
from synth.core.learner import PRESETS

if TYPE_CHECKING:
    from data.export.code_list import CodeList
    from data.export.sharing import Sharing
    from data.recordings import Recordings
    from data.windows import Windows
    from synth.runs.study import Study

SOURCES = '"sample", or a file, folder or ZIP archive of recordings'


def add_making(command: argparse.ArgumentParser) -> None:
    """Add how releases are made, and where they are kept."""
    command.add_argument(
        "--preset",
        default="quick",
        choices=list(PRESETS),
        help="how thorough the methods are, from a quick first look to the best each one reaches; slower each time",
    )
    add_window(command)
    command.add_argument(
        "--sensitive",
        action="append",
        default=[],
        metavar="ACTIVITY",
        help="activity to hide; can be repeated",
    )
    command.add_argument(
        "--neutral",
        action="append",
        default=[],
        metavar="ACTIVITY",
        help="activity that need be neither kept nor hidden; can be repeated",
    )
    command.add_argument(
        "--harmless-attribute",
        action="append",
        default=[],
        metavar="NAME",
        help="attribute of people, such as gender, that need not be hidden; can be repeated",
    )
    add_store(command)


def add_window(command: argparse.ArgumentParser) -> None:
    """Add the length of a window."""
    command.add_argument(
        "--window", type=float, default=WindowSettings.duration_s, help="length of a window in seconds"
    )


def add_store(command: argparse.ArgumentParser) -> None:
    """Add where models and results are kept."""
    command.add_argument(
        "--store", type=Path, help="folder in which models and results are kept and looked up"
    )


def add_effort(command: argparse.ArgumentParser) -> None:
    """Add how hard the attackers try."""
    command.add_argument(
        "--effort",
        default="quick",
        choices=list(EFFORTS),
        help="which attackers run: the quick ones, or all of them",
    )


def add_measuring(command: argparse.ArgumentParser, *, out_required: bool = True) -> None:
    """Add where results go, and how recordings are cut and split."""
    command.add_argument("--out", type=Path, required=out_required, help="folder for the results")
    command.add_argument(
        "--seed",
        type=_seed,
        default=0,
        help="seed of the split, the methods and the audit; the same data, settings and seed give the same result",
    )
    command.add_argument(
        "--overlap",
        type=float,
        default=WindowSettings.overlap,
        help="share of a window that overlaps with the next one, 0 to 0.95",
    )
    command.add_argument(
        "--held-out",
        type=float,
        default=SplitSettings.held_out,
        help="share of people held out, 0 to 0.8",
    )
    command.add_argument(
        "--kept-aside",
        type=float,
        default=SplitSettings.fresh,
        help="share of the other people's time that is kept aside for the audit",
    )


def add_sharing(command: argparse.ArgumentParser) -> None:
    """Add what a shared file may say about people."""
    command.add_argument(
        "--share-attribute",
        action="append",
        default=[],
        metavar="NAME",
        help="attribute of people to include in shared files, such as age; can be repeated (default: none)",
    )
    command.add_argument(
        "--names-nobody",
        action="append",
        default=[],
        metavar="LABEL",
        help="activity or channel that names nobody although part of a person's name is in it; can be repeated",
    )


def add_meaning(command: argparse.ArgumentParser) -> None:
    """Add how recordings are to be read."""
    for name in ("subject", "activity", "trial", "time"):
        command.add_argument(f"--{name}", help=f"name of the {name} column, where it cannot be guessed")
    command.add_argument("--rate", type=float, help="samples per second, where there is no time column")
    command.add_argument(
        "--pattern",
        help="how files are named, for example {subject}_{activity}_{trial}.csv; {subject=Anna} at its beginning says "
        "that all files are of one person",
    )
    command.add_argument(
        "--without-channel",
        action="append",
        default=[],
        metavar="NAME",
        help="channel to leave out, for example because some people lack it; can be repeated",
    )
    command.add_argument(
        "--columns",
        type=_names,
        default="",
        metavar="NAMES",
        help="names of the columns, for text that has none, for example subject,activity,t,acc_x,acc_y,acc_z",
    )
    command.add_argument(
        "--keep-units", action="store_true", help="keep the units of the file: do not convert to g and rad/s"
    )
    command.add_argument(
        "--remove-gravity", action="store_true", help="remove gravity: everything slower than 0.3 Hz"
    )
    command.add_argument(
        "--magnitudes", action="store_true", help="add the magnitude of each sensor as a channel"
    )
    command.add_argument(
        "--bridge",
        type=float,
        default=Preparation.bridge_s,
        help="longest gap to interpolate in seconds, 0 to 1",
    )
    command.add_argument(
        "--labels",
        type=Path,
        help="table of times and activities (diary, ELAN, BORIS, GGIR, BIDS, EDF+) by which to label the recordings",
    )
    command.add_argument(
        "--labels-shift", type=float, default=0.0, help="seconds to add to the times of --labels"
    )


def load(source: str, options: argparse.Namespace) -> "Recordings":
    """Read recordings, checked and prepared as the options say."""
    preparation = Preparation(
        convert_units=not options.keep_units,
        remove_gravity=options.remove_gravity,
        magnitudes=options.magnitudes,
        bridge_s=options.bridge,
    )
    recordings = _read(source, options, preparation)
    if options.labels is None:
        return recordings
    from data.labels import read_labels, with_labels
    from data.readers.files import file_on_disk

    return with_labels(recordings, read_labels(file_on_disk(options.labels)), shift_s=options.labels_shift)


def _read(source: str, options: argparse.Namespace, preparation: Preparation) -> "Recordings":
    from data.load import load

    try:
        return load(
            source,
            rate_hz=options.rate,
            pattern=options.pattern,
            without_channels=options.without_channel,
            columns=options.columns,
            preparation=preparation,
            on_progress=_Reader(),
            **columns(options),
        )
    except NamelessColumnsError as error:
        shown = "\n".join(f"  {', '.join(row)}" for row in error.rows[:4])
        numbered = ",".join(f"column{i + 1}" for i in range(len(error.rows[0])))
        raise RecordingError(
            f"{error}\nIts first rows:\n{shown}\nName them, left to right: --columns {numbered}"
        ) from error
    except RateUnknownError as error:
        raise RecordingError(f"{error}\nFor 50 Hz, for example: --rate 50") from error


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",")) if text else ()


class _Reader:
    """Prints which file of many is being read, at most one line every two seconds."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, done: int, total: int, text: str) -> None:
        if time.monotonic() - self._last > 2:
            self._last = time.monotonic()
            print(f"{text}, {done:,} of {total:,}", file=sys.stderr, flush=True)


def roles_of(options: argparse.Namespace, recordings: "Recordings") -> Roles:
    """Return what has to be kept and hidden, as named on the command line or suggested by the names."""
    default = default_roles(recordings.activities, list(recordings.attributes.columns))
    activities, attributes = dict(default.activities), dict(default.attributes)
    for role in ("sensitive", "neutral"):
        for name in getattr(options, role):
            if name not in activities:
                raise PenumbraError(f"There is no activity {name!r}. There are: {', '.join(activities)}.")
            activities[name] = role
    for name in options.harmless_attribute:
        if name not in attributes:
            raise PenumbraError(
                f"There is no attribute {name!r}. There are: {', '.join(attributes) or 'none'}."
            )
        attributes[name] = False
    return Roles(activities, attributes).checked()


def shares(options: argparse.Namespace) -> SplitSettings:
    """Return how people and time are split."""
    try:
        return SplitSettings(options.held_out, options.kept_aside)
    except ValueError as error:
        raise PenumbraError(f"These shares cannot be used: {error}") from error


def add_use_of_model(command: argparse.ArgumentParser) -> None:
    """Add the options of a command that makes and measures a version with a trained model."""
    command.add_argument(
        "--model", required=True, metavar="KEY", help="key of the model, as `models` lists it"
    )
    command.add_argument(
        "--no-audit", action="store_true", help="only make the release, without measuring it"
    )
    add_window(command)
    add_store(command)
    add_effort(command)
    add_measuring(command)
    add_sharing(command)
    add_meaning(command)


def read_study(
    source: str, options: argparse.Namespace, *, window_s: float | None = None
) -> tuple["Study", "Recordings"]:
    """Read recordings, and cut and split them as the command line says.

    Args:
        source: Where the recordings are.
        options: Of the command line.
        window_s: Window length in seconds, if `--window` does not give it.
    """
    from synth.runs.study import study

    settings = window_settings(options.window if window_s is None else window_s, options.overlap)
    recordings = load(source, options)
    return study(recordings, settings, seed=options.seed, shares=shares(options)), recordings


def columns(options: argparse.Namespace) -> dict[str, str | None]:
    """Return the names of the columns, as far as they were given."""
    return {name: getattr(options, name) for name in ("subject", "activity", "trial", "time")}


def window_settings(duration_s: float, overlap: float) -> WindowSettings:
    """Return how recordings are cut."""
    try:
        return WindowSettings(duration_s, overlap)
    except ValueError as error:
        raise PenumbraError(f"These window settings cannot be used: {error}") from error


def sharing_of(options: argparse.Namespace, codes: "CodeList", windows: "Windows") -> "Sharing":
    """Return what shared files may say, and print what in them could name somebody.

    Args:
        options: Of the command line.
        codes: The codes of the people.
        windows: The recordings.
    """
    from data.export.doubts import doubtful_attributes, doubtful_labels
    from data.export.sharing import Sharing

    unknown = [name for name in options.share_attribute if name not in windows.attributes]
    if unknown:
        raise PenumbraError(
            f"There is no attribute {unknown[0]!r}. There are: {', '.join(map(str, windows.attributes)) or 'none'}."
        )
    for doubt in doubtful_attributes(windows.attributes[options.share_attribute], codes):
        print(
            f"shared: attribute {doubt.name} could name somebody ({doubt.reason}): {doubt.shown}",
            file=sys.stderr,
        )
    labels = [
        *doubtful_labels("activity", windows.activities, codes),
        *doubtful_labels("channel", windows.channels, codes),
    ]
    for doubt in labels:
        if doubt.name not in options.names_nobody:
            print(
                f"shared: {doubt.what} {doubt.name} is called {doubt.shown}, because {doubt.reason}. If it "
                f"names nobody, give --names-nobody {doubt.name!r}.",
                file=sys.stderr,
            )
    return Sharing(codes, tuple(options.share_attribute), frozenset(options.names_nobody))


def _seed(text: str) -> int:
    seed = int(text)
    if seed < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return seed


def open_repository(options: argparse.Namespace):
    """Return the models and results in the store."""
    from synth.core import env_vars
    from synth.runs.repository import Repository
    from synth.runs.store import Store

    return Repository(Store(options.store or env_vars.home()))
