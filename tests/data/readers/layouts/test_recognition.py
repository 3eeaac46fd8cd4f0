import pytest

from data.readers import gather_files, known_layouts, read_table
from tests.data.readers.layouts import (
    test_hapt,
    test_mhealth,
    test_mobiact,
    test_motionsense,
    test_pamap2,
    test_sisfall,
    test_uci_har,
    test_wisdm,
    test_wisdm_2019,
)
from tests.data.readers.layouts.trees import written
from tests.data.tables import csv, tidy_table

TREES = {
    "HAPT (raw recordings)": test_hapt.tree,
    "mHealth": test_mhealth.tree,
    "MobiAct": test_mobiact.tree_of_annotated,
    "MotionSense": test_motionsense.tree,
    "PAMAP2": test_pamap2.tree,
    "SisFall": test_sisfall.tree,
    "UCI HAR (windows)": test_uci_har.tree,
    "WISDM 2012 (v1.1)": test_wisdm.tree,
    "WISDM 2019 (phone and watch)": test_wisdm_2019.tree,
}


@pytest.mark.parametrize("title", TREES)
def test_no_layout_takes_the_files_of_another(tmp_path, title):
    files = gather_files(written(TREES[title](), tmp_path))
    assert [module.TITLE for module in known_layouts() if module.recognises(files)] == [title]


def test_raw_mobiact_is_mobiact(tmp_path):
    files = gather_files(written(test_mobiact.tree_of_raw(), tmp_path))
    assert [module.TITLE for module in known_layouts() if module.recognises(files)] == ["MobiAct"]


@pytest.mark.parametrize(
    "names",
    [
        ["walk_1/sub_1.csv", "sit_2/sub_1.csv", "sit_2/sub_2.csv"],
        ["subject101.dat", "labels.txt"],
        ["WAL_1_1.csv", "acc_1.txt", "train.csv", "test.csv"],
        ["sit_1/sub_1.csv", "sit_1/sub_2.csv"],
    ],
)
def test_files_that_are_called_alike_are_nobodys(tmp_path, names):
    table = csv(tidy_table())
    files = gather_files(written(dict.fromkeys(names, table), tmp_path))
    assert [module.TITLE for module in known_layouts() if module.recognises(files)] == []


@pytest.mark.parametrize("title", TREES)
def test_what_every_layout_promises(tmp_path, title):
    table = read_table(written(TREES[title](), tmp_path))
    columns = set(table.frame.columns)
    assert {"subject", "activity"} <= set(table.roles)
    assert set(table.roles.values()) <= columns
    assert set(table.channels) <= columns - set(table.roles.values())
    assert set(table.channels) <= set(table.units)
    assert set(table.units) <= columns
    assert (table.rate_hz is None) == ("time" in table.roles)
    assert table.frame[list(table.channels)].dtypes.astype(str).unique().tolist() == ["float32"]
    labels = table.frame[[table.roles[role] for role in ("subject", "activity")]]
    assert (labels.dtypes == "category").all()
    assert all(isinstance(label, str) for label in labels["subject"].cat.categories)
    assert not table.frame["activity"].cat.categories.str.contains("_|[A-Z]").any()
    assert table.parts[0].start == 0
    if not table.attributes.empty:
        assert set(table.attributes.index) == set(table.frame["subject"].dropna())
