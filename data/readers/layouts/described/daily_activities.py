"""Public data sets of everyday activities and sport."""

from data.readers.layouts._layout import Layout

UTD_MHAD = Layout(
    title="UTD-MHAD (inertial)",
    source="Chen, Jafari and Kehtarnavaz, ICIP 2015, doi:10.1109/ICIP.2015.7350781; "
    "https://personal.utdallas.edu/~kehtar/UTD-MHAD.html: file names, columns, 50 Hz, g and deg/s, actions",
    licence="not stated",
    files=r"a(?P<activity>\d+)_s(?P<subject>\d+)_t(?P<trial>\d+)_inertial\.mat",
    columns=tuple(f"{sensor}_{axis}" for sensor in ("acc", "gyro") for axis in "xyz"),
    units={"acc": "g", "gyro": "deg/s"},
    activities=dict(
        enumerate(
            (
                *(
                    "swipe left",
                    "swipe right",
                    "wave",
                    "clap",
                    "throw",
                    "arm cross",
                    "basketball shoot",
                    "draw x",
                ),
                *(
                    "draw circle clockwise",
                    "draw circle counter clockwise",
                    "draw triangle",
                    "bowling",
                    "boxing",
                ),
                *("baseball swing", "tennis swing", "arm curl", "tennis serve", "push", "knock", "catch"),
                *("pickup and throw", "jog", "walk", "sit to stand", "stand to sit", "lunge", "squat"),
            ),
            1,
        )
    ),
    rate_hz=50.0,
    trial="{trial}",
    array="d_iner",
)
USC_HAD = Layout(
    title="USC-HAD",
    source="Zhang and Sawchuk, UbiComp 2012 workshops, doi:10.1145/2370216.2370438; "
    "https://sipi.usc.edu/had/: readme: sensor_readings, 100 Hz, g and deg/s, activities",
    licence="not stated",
    files=r"Subject(?P<subject>\d+)/a(?P<activity>\d+)t(?P<trial>\d+)\.mat",
    columns=tuple(f"{sensor}_{axis}" for sensor in ("acc", "gyro") for axis in "xyz"),
    units={"acc": "g", "gyro": "deg/s"},
    activities=dict(
        enumerate(
            (
                *(
                    "walking forward",
                    "walking left",
                    "walking right",
                    "walking upstairs",
                    "walking downstairs",
                ),
                *(
                    "running forward",
                    "jumping",
                    "sitting",
                    "standing",
                    "sleeping",
                    "elevator up",
                    "elevator down",
                ),
            ),
            1,
        )
    ),
    rate_hz=100.0,
    trial="{trial}",
    array="sensor_readings",
)
KU_HAR = Layout(
    title="KU-HAR (raw)",
    source="Sikder and Nahid, Pattern Recognition Letters 146, 2021, doi:10.1016/j.patrec.2021.02.024; Mendeley Data, "
    "doi:10.17632/45f952y38r.5: 1.Raw_time_domian_data, linear acceleration in m/s², rotation in rad/s",
    licence="CC BY 4.0",
    files=r"(?P<activity>\d+)\.[A-Z][\w-]*/(?P<subject>\d{4})_(?P<letter>[A-Z]+)_(?P<trial>\d+)\.csv",
    columns=("t", *(f"linacc_{axis}" for axis in "xyz"), "", *(f"gyro_{axis}" for axis in "xyz")),
    units={"linacc": "m/s²", "gyro": "rad/s"},
    activities=dict(
        enumerate(
            (
                *(
                    "stand",
                    "sit",
                    "talk sitting",
                    "talk standing",
                    "stand to sit",
                    "lay",
                    "lay to stand",
                    "pick",
                ),
                *(
                    "jump",
                    "push-up",
                    "sit-up",
                    "walk",
                    "walk backwards",
                    "walk in a circle",
                    "run",
                    "stairs up",
                ),
                *("stairs down", "table tennis"),
            )
        )
    ),
    trial="{trial}",
    separator=",",
)
DSADS = Layout(
    title="DSADS (Daily and Sports Activities)",
    source="Altun, Barshan and Tunçel, Pattern Recognition 43, 2010; UCI Machine Learning Repository, "
    "doi:10.24432/C5C59F: 45 columns, 25 Hz, 60 segments of 5 s that follow each other, activities",
    licence="CC BY 4.0",
    files=r"a(?P<activity>\d\d)/p(?P<subject>\d)/s(?P<piece>\d\d)\.txt",
    columns=tuple(
        f"{place}_{sensor}_{axis}"
        for place in ("torso", "right_arm", "left_arm", "right_leg", "left_leg")
        for sensor in ("acc", "gyro", "mag")
        for axis in "xyz"
    ),
    units={"acc": "m/s²", "gyro": "rad/s"},
    activities=dict(
        enumerate(
            (
                *("sitting", "standing", "lying on back", "lying on right side", "ascending stairs"),
                *("descending stairs", "standing in an elevator", "moving around in an elevator"),
                *("walking in a parking lot", "walking on a treadmill", "walking on an inclined treadmill"),
                *("running on a treadmill", "exercising on a stepper", "exercising on a cross trainer"),
                *("cycling horizontally", "cycling vertically", "rowing", "jumping", "playing basketball"),
            ),
            1,
        )
    ),
    rate_hz=25.0,
    separator=",",
)
IMUS = ("back", "right_upper_arm", "right_lower_arm", "left_upper_arm", "left_lower_arm")
OPPORTUNITY = Layout(
    title="Opportunity",
    source="Chavarriaga et al., Pattern Recognition Letters 34, 2013; UCI Machine Learning Repository, "
    "doi:10.24432/C5M027: column_names.txt (acceleration in milli g), label_legend.txt (locomotion)",
    licence="CC BY 4.0",
    files=r"(?P<subject>S\d)-(?P<trial>ADL\d|Drill)\.dat",
    columns=(
        "t",
        *[""] * 36,
        *(
            name
            for place in IMUS
            for name in (
                *(f"{place}_{sensor}_{axis}" for sensor in ("acc", "gyro") for axis in "xyz"),
                *[""] * 7,
            )
        ),
        *[""] * 141,
        "label",
        *[""] * 6,
    ),
    units={"acc": "mg"},
    activities={1: "stand", 2: "walk", 4: "sit", 5: "lie"},
    seconds=1e-3,
    trial="{trial}",
    unlabelled=0,
    not_used="Accelerometers that lose many samples, shoes, objects, and gestures",
)
