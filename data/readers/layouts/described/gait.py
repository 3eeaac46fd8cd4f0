"""Public data sets of gait: freezing in Parkinson's disease, and walking of healthy people."""

from data.readers.layouts._layout import Layout

DAPHNET = Layout(
    title="Daphnet (freezing of gait)",
    source="Bächlin et al., IEEE Transactions on Information Technology in Biomedicine 14, 2010; UCI Machine Learning "
    "Repository, doi:10.24432/C56K78, readme: columns, mg, labels",
    licence="CC BY 4.0",
    files=r"(?P<subject>S\d+)(?P<trial>R\d+)\.txt",
    columns=(
        "t",
        *(f"{place}_acc_{axis}" for place in ("ankle", "thigh", "trunk") for axis in "xyz"),
        "label",
    ),
    units={"acc": "mg"},
    activities={1: "no freeze", 2: "freeze"},
    seconds=1e-3,
    trial="{trial}",
    unlabelled=0,
)
PLACES = ("rf", "rs", "rt", "lf", "ls", "lt")  # foot, shin and thigh, right and left
HUGADB = Layout(
    title="HuGaDB",
    source="Chereshnev and Kertész-Farkas, AIST 2017, doi:10.1007/978-3-319-73013-4_12; "
    "https://github.com/romanchereshnev/HuGaDB: columns, int16 for ±2 g and ±2000 deg/s, activities; the paper: rate",
    licence="not stated",
    files=r"(?:HuGaDB|HGD)_v\d+_(?P<name>\w+?)_(?P<subject>\d+)_(?P<count>\d+)\.txt",
    columns=(
        *(f"{place}_{sensor}_{axis}" for place in PLACES for sensor in ("acc", "gyro") for axis in "xyz"),
        *("", "", "label"),
    ),
    units={"acc": "g", "gyro": "deg/s"},
    scales={"acc": 2 / 32768, "gyro": 2000 / 32768},
    activities={
        1: "walking",
        2: "running",
        3: "going up",
        4: "going down",
        5: "sitting",
        6: "sitting down",
        7: "standing up",
        8: "standing",
        9: "bicycling",
        10: "up by elevator",
        11: "down by elevator",
        12: "sitting in car",
    },
    rate_hz=56.35,
    trial="{name} {count}",
    not_used="The activity of two muscles (EMG)",
)
