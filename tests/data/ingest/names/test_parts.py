"""What single parts of names are."""

import pytest

from data.ingest.names.parts import kind_of, split_path


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *(
            (word, "activity")
            for word in ("walking", "standup", "sits", "jogging", "Gehen", "huepfen", "hüpfen")
        ),
        *(
            (word, "activity")
            for word in ("marche", "caminata", "seduto", "deitado", "fietsen", "chodzenie", "6MWT")
        ),
        *((word, "word") for word in ("Alma", "Bert", "Carlos", "Marco", "Benedikt", "zumba", "José")),
        *((word, "code") for word in ("P01", "S1", "sub03", "A1", "VP07", "T1", "act3")),
        *((word, "visit") for word in ("pre", "baseline", "day1", "visit2", "week4")),
        *((word, "side") for word in ("left", "R", "links", "gauche")),
        *((word, "group") for word in ("patients", "Kontrollen", "elderly", "group2")),
        *((word, "noise") for word in ("RawData", "wrist", "leftwrist", "accelerometer", "50Hz")),
        ("12", "number"),
        ("250218", "perhaps date"),
    ],
)
def test_kinds(text, kind):
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    "date",
    ["2025-02-18_10-00-00", "20250218", "20250218100000", "18.02.2025", "2025-02-18T10:00:00Z", "1739872800000",
     "18Feb2025", "250218_100000"],
)  # fmt: skip
def test_dates_and_times_are_one_part(date):
    parts = [part for part in split_path(f"anna_{date}_walk.csv") if part.kind == "date"]
    assert [part.text for part in parts] == [date]
    assert len(split_path(f"anna_{date}_walk.csv")) == 3


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("AnnaWalk.csv", ["Anna", "Walk"]),
        ("annaSitToStand2.csv", ["anna", "SitToStand", "2"]),
        ("SanneTrapAf1.csv", ["Sanne", "TrapAf", "1"]),
        ("P01walk2.csv", ["P01", "walk", "2"]),
        ("Ines10MWTR1.csv", ["Ines", "10MWT", "R1"]),
        ("McDonald_walktrial3.csv", ["McDonald", "walk", "trial3"]),
        ("P03_sit_to_stand_T2.csv", ["P03", "sit_to_stand", "T2"]),
        ("TAS1H30182785.gt3x", ["TAS1H30182785"]),
        ("P01_walk_0.8_T2.csv", ["P01", "walk_0.8", "T2"]),
        ("P01_walk_0.8_Eva_run_1.2ms.csv", ["P01", "walk_0.8", "Eva", "run_1.2ms"]),
        ("P01_run_1.2ms_Eva_walk_0.8.csv", ["P01", "run_1.2ms", "Eva", "walk_0.8"]),
        ("1.5_P01_walk.csv", ["1", "5", "P01", "walk"]),
    ],
)
def test_names_are_split_where_a_word_ends(name, texts):
    assert [part.text for part in split_path(name)] == texts


def test_counters_are_no_date():
    assert [part.kind for part in split_path("stairs_10_1_2025-02-02.csv")] == [
        "activity",
        "number",
        "number",
        "date",
    ]
