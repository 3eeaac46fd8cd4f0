"""Shared by the two data sets of the Smartlab in Genoa: their activities and the file that lists them."""

from data.readers.files import File, Files
from data.readers.text import parse_code_list

ACTIVITIES = {
    1: "walking",
    2: "walking upstairs",
    3: "walking downstairs",
    4: "sitting",
    5: "standing",
    6: "laying",
    7: "stand to sit",
    8: "sit to stand",
    9: "sit to lie",
    10: "lie to sit",
    11: "stand to lie",
    12: "lie to stand",
}
AXES = "xyz"


def activities(files: Files) -> tuple[dict[int, str], list[File]]:
    """Return the name of each activity code, and the file that lists them.

    `activity_labels.txt` is in the parent folder of the recordings: if only the latter was chosen, the codes of the
    documentation are used.

    Raises:
        RecordingError: If the file has a different structure.
    """
    found = [file for file, _ in files.matching(r"activity_labels\.txt")][:1]
    return (parse_code_list(found[0]) if found else ACTIVITIES), found
