"""The gate in front of the app: who may connect, before Streamlit sees a request.

* **Host** has to be a name of the app. Otherwise any web page could have its own name point at this computer (DNS
  rebinding) and read the app as if it were its own.
* **Origin** has to be the app itself, with its port. Streamlit accepts every port of this computer, so that whatever
  else runs on it could use the app from a browser. Browsers always send it with a WebSocket, so one without is refused.
* **The account** at the other end has to be the one that started the app, where the app is local: every account of a
  computer can reach 127.0.0.1. Linux says whose a connection is; elsewhere this is not checked.
* **Frames**: no other page may show the app within itself, where it could have a person click or upload unawares.

A served app also gives each browser a cookie, by which it finds its work again after a reload.
"""

import os
import secrets
import socket
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pages.ui.common import addresses

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

COOKIE = "penumbra_visitor"
# The drawing component is a frame of the app itself; nobody else may show the app in one.
FRAMES = [(b"content-security-policy", b"frame-ancestors 'self'"), (b"x-frame-options", b"SAMEORIGIN")]
ROOT_ACCOUNT = 0  # may read everything anyway, and carries connections for others (tunnels, WSL)
ESTABLISHED = "01"
CONNECTIONS = {socket.AF_INET: Path("/proc/net/tcp"), socket.AF_INET6: Path("/proc/net/tcp6")}


class Gate:
    """ASGI middleware that refuses what does not come from the person's own browser at the app itself.

    Args:
        app: What answers the others.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = why_refused(scope)
        if refusal:
            await _refuse(scope, receive, send, refusal)
            return
        is_new = not addresses.is_local() and _is_document(scope) and not _has_cookie(scope)
        await self._app(scope, receive, _with_headers(send, [*FRAMES, *([_cookie(scope)] if is_new else [])]))


def why_refused(scope: Message) -> str:
    """Return why a request is refused and what to do, in words; `""` where it may pass."""
    hosts, origins = _headers(scope, b"host"), _headers(scope, b"origin")
    names = addresses.names()
    if not names:
        return (
            "This app is served to others, but under no name. Set server.allowedHosts in .streamlit/config.toml to "
            "the name in the address line of their browsers."
        )
    if len(hosts) != 1 or not is_named(hosts[0], names):
        return f"This app is not served under this name. Open it as {' or '.join(names)}."
    if len(origins) > 1 or any(not is_same(origin, hosts[0]) for origin in origins):
        return "Another page or program asked for this app. Open its own address in your browser."
    if scope["type"] == "websocket" and not origins:
        return "Only a browser may use this app."
    if addresses.is_local() and not is_own_account(scope.get("client"), scope.get("server")):
        return (
            "Another account of this computer started this app, and only that one may see its recordings. Start "
            "Penumbra with your own account."
        )
    return ""


def is_named(host: str, names: Iterable[str]) -> bool:
    """Return whether a Host header is one of some names, with any port: a tunnel has its own."""
    name = _name(host)
    return any(
        name == known or (known.startswith("*.") and name.endswith(known[1:]) and name != known[1:])
        for known in names
        if name
    )


def is_same(origin: str, host: str) -> bool:
    """Return whether an Origin header names the same server, with port, as a Host header."""
    try:
        parts = urlsplit(origin)
        usual = {"http": 80, "https": 443}[parts.scheme]
        asked = urlsplit(f"//{host}")
        return (parts.hostname, parts.port or usual) == (asked.hostname, asked.port or usual)
    except (ValueError, KeyError):  # no address at all, such as "null"
        return False


def is_own_account(client: tuple[str, int] | None, server: tuple[str, int | None] | None) -> bool:
    """Return whether the account that runs this process also made a connection to it, as far as that can be known.

    Args:
        client: Address and port of the other end.
        server: Address and port of this end.
    """
    if client is None or server is None or server[1] is None:
        return True
    family = socket.AF_INET6 if ":" in client[0] else socket.AF_INET
    try:
        lines = CONNECTIONS[family].read_text().splitlines()[1:]
    except OSError:  # no Linux
        return True
    ends = [_end(family, client[0], client[1]), _end(family, server[0], server[1])]
    accounts = [int(cells[7]) for cells in map(str.split, lines) if cells[1:4] == [*ends, ESTABLISHED]]
    # A connection that is closed already has no owner any more: then it is nobody's whom we know.
    return accounts != [] and set(accounts) <= {os.getuid(), ROOT_ACCOUNT}


def _end(family: socket.AddressFamily, address: str, port: int) -> str:
    """Write one end of a connection as the kernel lists it: words in the machine's byte order."""
    packed = socket.inet_pton(family, address)
    words = [int.from_bytes(packed[i : i + 4], sys.byteorder) for i in range(0, len(packed), 4)]
    return "".join(f"{word:08X}" for word in words) + f":{port:04X}"


def _headers(scope: Message, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


def _name(host: str) -> str:
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises where it is none
    except ValueError:
        return ""
    is_plain = parts.username is None and not (parts.path or parts.query or parts.fragment)
    return (parts.hostname or "").rstrip(".") if is_plain else ""


def _is_document(scope: Message) -> bool:
    """Return whether a browser asks for a page: only one request at a time does, so that only one cookie is set."""
    return scope["type"] == "http" and any("text/html" in accepted for accepted in _headers(scope, b"accept"))


def _has_cookie(scope: Message) -> bool:
    return any(f"{COOKIE}=" in cookies for cookies in _headers(scope, b"cookie"))


def _cookie(scope: Message) -> tuple[bytes, bytes]:
    forwarded = _headers(scope, b"x-forwarded-proto")
    secure = "; Secure" if "https" in (scope.get("scheme"), *forwarded) else ""
    cookie = f"{COOKIE}={secrets.token_urlsafe(32)}; Path=/; HttpOnly; SameSite=Strict{secure}"
    return b"set-cookie", cookie.encode()


def _with_headers(send: Send, added: list[tuple[bytes, bytes]]) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *added]}
        await send(message)

    return send_with_headers


async def _refuse(scope: Message, receive: Receive, send: Send, why: str) -> None:
    if scope["type"] == "websocket":
        await receive()  # the handshake; closing instead of accepting is answered by 403
        await send({"type": "websocket.close", "code": 1008, "reason": why[:120]})
        return
    kind = (b"content-type", b"text/plain; charset=utf-8")
    await send({"type": "http.response.start", "status": 403, "headers": [kind]})
    await send({"type": "http.response.body", "body": why.encode()})
