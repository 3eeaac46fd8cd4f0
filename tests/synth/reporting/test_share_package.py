"""What is shared arrives whole, says so itself, and is called something that every system can store."""

import shutil
import subprocess
import zipfile
from datetime import date
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.reporting.share_package import CHECKSUMS, file_stem, share_package

FILES = {"release.parquet": bytes(range(256)) * 9, "data_card.md": "# Müller\n".encode(), "empty": b""}
DAY = date(2026, 11, 28)


def test_what_was_packed_is_unpacked_and_the_same_bytes_are_made_again():
    packed = share_package(FILES, "mine")
    with zipfile.ZipFile(BytesIO(packed)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [*(f"mine/{name}" for name in FILES), f"mine/{CHECKSUMS}"]
        assert {name: archive.read(f"mine/{name}") for name in FILES} == FILES
    assert share_package(FILES, "mine") == packed


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum belongs to another system")
def test_a_changed_byte_is_noticed_by_the_usual_tool(tmp_path):
    with zipfile.ZipFile(BytesIO(share_package(FILES, "mine"))) as archive:
        archive.extractall(tmp_path)
    check = ["sha256sum", "--check", "--strict", CHECKSUMS]
    assert subprocess.run(check, cwd=tmp_path / "mine", capture_output=True).returncode == 0
    changed = FILES["release.parquet"][:-1] + b"x"
    (tmp_path / "mine" / "release.parquet").write_bytes(changed)
    assert subprocess.run(check, cwd=tmp_path / "mine", capture_output=True).returncode != 0


@pytest.mark.parametrize(
    ("names", "stem"),
    [
        (("Shoulder exercises (sample)", "Added noise"), "shoulder-exercises-sample_added-noise_2026-11-28"),
        (("../../etc/passwd", "a\\b:c"), "etc-passwd_a-b-c_2026-11-28"),
        (("Gehübungen Ärzte", "旅 3"), "gehübungen-ärzte_旅-3_2026-11-28"),
        (("हिन्दी चलना", "ไทยเดิน"), "हिन्दी-चलना_ไทยเดิน_2026-11-28"),
        (("旅" * 60, "a" * 300), f"{'旅' * 20}_{'a' * 60}_2026-11-28"),
        (("", "..."), "2026-11-28"),
    ],
)
def test_files_are_called_after_data_version_and_day(names, stem):
    assert file_stem(*names, on=DAY) == stem


@given(st.text(), st.text())
def test_a_file_name_can_be_stored_anywhere(data, version):
    stem = file_stem(data, version, on=DAY)
    assert len(f"{stem}_data_card.md".encode()) <= 255
    assert not set(stem) & set('/\\:*?"<>|\0\n ')
    assert stem.endswith("2026-11-28")
