"""Code that TensorFlow writes and imports lies where no other account can put something beside it."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from data.child_process import path_with_project

PROGRAM = """
import textwrap
from pathlib import Path
from synth.keras_support.tensorflow_backend import tensorflow
tf = tensorflow(seed=0)
made = tf.autograph.to_graph(textwrap.dedent)
folder = Path(made.__code__.co_filename).parent
print(folder, oct(folder.stat().st_mode), flush=True)
"""


@pytest.mark.slow
def test_generated_code_lies_in_a_folder_of_this_account_only_which_is_gone_at_the_end(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    environment = {**os.environ, "TMPDIR": str(shared), "PYTHONPATH": path_with_project()}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    folder, mode = ran.stdout.split()
    assert Path(folder).parent == shared
    assert stat.S_IMODE(int(mode, 8)) == 0o700
    assert list(shared.iterdir()) == []
