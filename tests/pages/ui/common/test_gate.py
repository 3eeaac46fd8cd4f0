"""The gate: foreign names, other origins and other accounts are refused, before anything of the app answers."""

import asyncio
import os
import re
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pages.ui.common import addresses, gate
from pages.ui.common.gate import COOKIE, Gate, is_named, is_own_account, is_same, why_refused
from tests.browser.conftest import App

LOCAL = ("localhost", "127.0.0.1", "::1")
HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8501", "127.0.0.1:8501", "[::1]:8501", "LOCALHOST:1"]
)
def test_names_of_this_computer_are_known(host):
    assert is_named(host, LOCAL)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:8501", "localhost.evil.example", "evil.localhost", "127.0.0.1.evil.example",
        "0.0.0.0:8501", "127.0.0.2:8501", "", ":8501", "localhost:port", "localhost/path", "evil@localhost",
        "localhost#evil", "2130706433",
    ],
)  # fmt: skip
def test_other_names_are_not(host):
    assert not is_named(host, LOCAL)


def test_a_star_stands_for_what_is_under_a_name():
    assert is_named("a.example.org:443", ("*.example.org",))
    assert not is_named("example.org", ("*.example.org",))
    assert not is_named("aexample.org", ("*.example.org",))


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("http://localhost:8501", "localhost:8501", True),
        ("http://127.0.0.1:8501", "127.0.0.1:8501", True),
        ("https://app.example.org", "app.example.org", True),
        ("https://app.example.org", "app.example.org:443", True),
        ("http://localhost:3000", "localhost:8501", False),
        ("http://localhost:8501", "127.0.0.1:8501", False),
        ("http://evil.example:8501", "localhost:8501", False),
        ("https://app.example.org:8443", "app.example.org", False),
        ("null", "localhost:8501", False),
        ("", "localhost:8501", False),
        ("file://", "localhost:8501", False),
        ("http://localhost:what", "localhost:8501", False),
    ],
)
def test_an_origin_is_the_app_itself_with_its_port(origin, host, same):
    assert is_same(origin, host) is same


TABLE = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2135 00000000:0000 0A 00000000:00000000 00:00000000 00000000  {own}        0 1 1
   1: 0100007F:2135 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  {own}        0 2 1
   2: 0100007F:9C40 0100007F:2135 {state} 00000000:00000000 00:00000000 00000000  {uid}        0 3 1
   3: 0200007F:9C40 0100007F:2135 01 00000000:00000000 00:00000000 00000000  {own}        0 4 1
"""


@pytest.mark.parametrize(
    ("uid", "state", "own"),
    [
        ("own", "01", True),
        (0, "01", True),
        (4_000_000, "01", False),
        ("own", "06", False),  # closed: the kernel no longer knows whose it was, and says 0
        (0, "04", False),
    ],
)
def test_only_the_account_that_started_the_app_is_at_the_other_end(uid, state, own, tmp_path, monkeypatch):
    me = os.getuid()
    table = tmp_path / "tcp"
    table.write_text(TABLE.format(own=me, uid=me if uid == "own" else uid, state=state))
    monkeypatch.setattr(gate, "CONNECTIONS", {socket.AF_INET: table})
    assert is_own_account(("127.0.0.1", 40000), ("127.0.0.1", 8501)) is own


def test_where_nobody_says_whose_a_connection_is_it_is_not_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(gate, "CONNECTIONS", {socket.AF_INET: tmp_path / "none"})
    assert is_own_account(("127.0.0.1", 40000), ("127.0.0.1", 8501))


def scope(kind: str = "http", **headers: str) -> dict:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": kind, "scheme": "http", "headers": named, "client": None, "server": None}


@pytest.fixture
def served(monkeypatch):
    """An app that is served to others as app.example.org."""
    monkeypatch.setattr(addresses, "is_local", lambda: False)
    monkeypatch.setattr(addresses, "names", lambda: ("app.example.org",))


def test_a_served_app_answers_to_its_name_only(served, monkeypatch):
    assert why_refused(scope(host="app.example.org", origin="https://app.example.org")) == ""
    assert "not served under this name" in why_refused(scope(host="localhost:8501"))
    assert "Another page" in why_refused(scope(host="app.example.org", origin="https://example.org"))
    assert why_refused(scope("websocket", host="app.example.org")) == "Only a browser may use this app."
    monkeypatch.setattr(addresses, "names", lambda: ())
    assert "server.allowedHosts" in why_refused(scope(host="app.example.org"))


def answer(request: dict) -> list[dict]:
    sent: list[dict] = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request"}

    asyncio.run(Gate(app)(request, receive, send))
    return sent


def test_a_served_app_gives_each_browser_one_cookie_that_no_script_reads(served):
    page = {"host": "app.example.org", "accept": "text/html,*/*"}
    (start,) = answer(scope(**page))
    *frames, (name, value) = start["headers"]
    assert (frames, name) == (gate.FRAMES, b"set-cookie")
    assert re.fullmatch(rf"{COOKIE}=[\w-]{{43}}; Path=/; HttpOnly; SameSite=Strict", value.decode())
    (behind_tls,) = answer(scope(**page, x_forwarded_proto="https"))
    assert behind_tls["headers"][-1][1].endswith(b"; Secure")
    assert behind_tls["headers"][-1][1] != value
    assert answer(scope(**page, cookie=f"a=b; {COOKIE}=known"))[0]["headers"] == gate.FRAMES
    assert answer(scope(host="app.example.org", accept="image/png"))[0]["headers"] == gate.FRAMES


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    running = App(tmp_path_factory.mktemp("home"))
    running.start()
    yield running
    running.stop()


def status_of(app: App, path: str, **headers: str) -> tuple[int, str]:
    """Send a raw request and return the status and the rest of the answer."""
    port = int(app.url.rsplit(":", 1)[1])
    lines = [f"{name}: {value}" for name, value in {"Connection": "close", **headers}.items() if value]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall("\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]).encode())
        said = connection.recv(4096).decode("latin-1")
        while "Upgrade" not in headers.values() and (more := connection.recv(4096)):
            said += more.decode("latin-1")
    return int(said.split()[1]), said


PATHS = [
    "/",
    "/_stcore/health",
    "/_stcore/host-config",
    "/_stcore/metrics",
    "/_stcore/stream",
    "/static/x",
    "/Data",
]


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS)
def test_the_running_app_refuses_foreign_names_on_every_path(app, path):
    port = app.url.rsplit(":", 1)[1]
    for host in ("evil.example", f"evil.example:{port}", f"localhost.evil.example:{port}", ""):
        status, said = status_of(app, path, Host=host)
        assert status in (400, 403), host  # without a Host the server itself refuses
        assert status == 400 or "not served under this name" in said
    assert status_of(app, path, Host=f"localhost:{port}", Origin=f"http://localhost:{port}")[0] != 403
    assert status_of(app, path, Host=f"localhost:{port}", Origin="http://localhost:3000")[0] == 403


@pytest.mark.slow
def test_the_running_app_opens_its_websocket_to_itself_only(app):
    port = app.url.rsplit(":", 1)[1]
    own = f"127.0.0.1:{port}"

    def status(host: str, origin: str) -> int:
        return status_of(app, "/_stcore/stream", Host=host, Origin=origin, **HANDSHAKE)[0]

    assert status(own, f"http://{own}") == 101
    assert status(f"localhost:{port}", f"http://localhost:{port}") == 101
    for origin in ("http://127.0.0.1:3000", "http://localhost", "http://evil.example", "null", ""):
        assert status(own, origin) == 403, origin
    assert status(f"evil.example:{port}", f"http://evil.example:{port}") == 403


@contextmanager
def account(number: int) -> Iterator[None]:
    """Act as another account, as far as the kernel is concerned."""
    own = os.geteuid()
    os.seteuid(number)
    try:
        yield
    finally:
        os.seteuid(own)


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another account")
@pytest.mark.parametrize("path", PATHS)
def test_another_account_of_this_computer_gets_nothing(app, path):
    port = app.url.rsplit(":", 1)[1]
    own = f"127.0.0.1:{port}"
    with account(65534):
        status, said = status_of(app, path, Host=own)
        handshake, _ = status_of(app, path, Host=own, Origin=f"http://{own}", **HANDSHAKE)
    assert (status, handshake) == (403, 403)
    assert "Another account of this computer started this app" in said
    assert status_of(app, path, Host=own)[0] != 403


@pytest.mark.slow
def test_the_person_gets_in(app):
    assert urllib.request.urlopen(app.url, timeout=20).status == 200


@pytest.mark.slow
def test_no_other_page_may_show_the_app_within_itself(app):
    with urllib.request.urlopen(f"{app.url}/Data") as answer:
        assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'self'"
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
