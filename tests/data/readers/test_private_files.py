"""Files that are no recordings: an error never shows what is in them, whoever named their path."""

import re

import pytest

from data.errors import RecordingError
from data.readers import read_table

SECRET = "hunter2secret"
FILES = {
    "passwd": f"root:x:0:0:{SECRET}:/root:/bin/bash\ndaemon:x:1:1:{SECRET}:/usr/sbin:/usr/sbin/nologin\n",
    "shadow": f"root:$6${SECRET}$abc:19000:0:99999:7:::\n",
    "id_rsa": f"-----BEGIN OPENSSH PRIVATE KEY-----\n{SECRET}b3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n-----END-----\n",
    "password.txt": f"{SECRET}\n",
    "env": f"PASSWORD={SECRET}\nTOKEN={SECRET}\n",
    "letter.txt": f"Dear colleague\n\nthe code is {SECRET} as agreed\n",
    "pins.csv": f"1234 {SECRET}\n5678\n",
    "numbers.csv": "8675309,4815162\n2342108,3141592\n",
    "data.json": f'{{"password": "{SECRET}", "user": "me"}}',
    "page.html": f"<html><body>{SECRET}</body></html>",
    "history": f"cd /home\nmysql -p{SECRET}\n",
    "binary.bin": f"\x00\x01\x02{SECRET}\x00\xff",
    "half.parquet": f"PAR1{SECRET}",
    "half.edf": f"0       {SECRET}",
    "half.mat": f"MATLAB 5.0 MAT-file {SECRET}",
    "MotionSense/A_DeviceMotion_data/dws_1/sub_1.csv": f"{SECRET},b,c\n1,2,3\n",
}


@pytest.mark.parametrize("name", FILES)
def test_the_error_does_not_quote_it(name, tmp_path):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(FILES[name].encode("latin-1"))
    source = tmp_path / name.split("/")[0]
    with pytest.raises(RecordingError) as raised:
        read_table(source, name=source.name)
    said = str(raised.value)
    assert SECRET not in said
    assert not re.search(r"\d{5,}", said.replace(str(tmp_path), ""))
