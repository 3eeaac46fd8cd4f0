"""What is skipped on a machine of one's own fails in CI."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CASES = {
    "test_package.py": "import pytest\ndef test_it(): pytest.importorskip('no_such_package')\n",
    "test_module.py": "import pytest\npytest.importorskip('no_such_package')\ndef test_it(): pass\n",
    "test_browser.py": "import pytest\n@pytest.fixture\ndef browser(): pytest.skip('NO BROWSER')\n"
    "def test_it(browser): pass\n",
    "test_known.py": "import pytest\n@pytest.mark.xfail\ndef test_it(): assert False\n",
    "test_sound.py": "def test_it(): pass\n",
}


@pytest.mark.parametrize(
    ("ci", "n"),
    [
        ({}, {"passed": 1, "skipped": 3, "xfailed": 1}),
        ({"CI": "true"}, {"passed": 1, "failed": 1, "errors": 2, "xfailed": 1}),
    ],
)
def test_a_skip_is_a_failure_in_ci_only(tmp_path, ci, n):
    for name, content in CASES.items():
        (tmp_path / name).write_text(content)
    outside = {k: v for k, v in os.environ.items() if k != "CI" and not k.startswith("PYTEST_")}
    options = ["-p", "tests.nothing_skipped", "-p", "no:cacheprovider", "--continue-on-collection-errors"]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-c",
            os.devnull,
            *options,
            "--rootdir",
            str(tmp_path),
            str(tmp_path),
        ],
        cwd=Path(__file__).parents[1],
        env=outside | ci,
        capture_output=True,
        text=True,
        check=False,
    )
    *_, summary = done.stdout.splitlines()
    for outcome, count in n.items():
        assert f"{count} {outcome}" in summary, done.stdout
    assert ("NO BROWSER" in done.stdout) == bool(ci)
    assert (done.returncode == 0) == (not ci)
