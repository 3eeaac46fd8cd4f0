"""What the two data sets of Genoa's Smartlab share: their activities and where they say them."""

from data.readers.files import File, Files
from data.readers.text import code_list

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
    """Return what activity numbers stand for, and the file that says it.

    `activity_labels.txt` lies above the folder of the recordings: where only that folder was chosen, the
    numbers of the documentation are taken.

    Raises:
        RecordingError: If the file holds something else.
    """
    found = [file for file, _ in files.matching(r"activity_labels\.txt")][:1]
    return (code_list(found[0]) if found else ACTIVITIES), found
