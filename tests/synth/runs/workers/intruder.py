"""What another user of this machine tries: `python -m` this, with ports, as root; it goes on as nobody.

Writes as JSON, by port and way, what came back: whether it was let in, or bytes that were answered.
"""

import asyncio
import json
import os
import pwd
import socket
import ssl
import sys
import threading
from collections.abc import Callable

from distributed import Client
from distributed.core import connect
from distributed.security import Security

LIMIT_S = 30  # an honest client is let in within one or two


def become_nobody() -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setuid(pwd.getpwnam("nobody").pw_uid)
        os.environ["HOME"] = "/"


def answered(port: int, sent: bytes, context: ssl.SSLContext | None = None) -> str:
    """Send bytes, over TLS where there is a context, and return what comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
        try:
            with context.wrap_socket(plain) if context else plain as wire:
                wire.sendall(sent)
                return repr(wire.recv(1000))
        except OSError as error:
            return f"nothing: {type(error).__name__}"


def let_in(address: str, security: Security | None) -> str:
    """Try to have code run."""
    try:
        with Client(address, security=security, timeout="3s") as client:
            return f"let in: {client.run_on_scheduler(os.getuid)}"
    except (OSError, TimeoutError, ValueError) as error:
        return f"nothing: {type(error).__name__}"


def asked(address: str, security: Security) -> str:
    """Ask a server, of whatever kind, who it is."""

    async def ask() -> str:
        try:
            comm = await connect(address, timeout=3, **security.get_connection_args("client"))
            await comm.write({"op": "identity", "reply": True})
            return f"let in: {await asyncio.wait_for(comm.read(), 3)}"
        except (OSError, TimeoutError, RuntimeError, ValueError) as error:
            return f"nothing: {type(error).__name__}"

    return asyncio.run(ask())


def limited(way: Callable[..., str], *arguments: object) -> str:
    """Go one way for a limited time: a server that neither answers nor hangs up must not hold the intruder."""
    came: list[str] = []
    going = threading.Thread(target=lambda: came.append(way(*arguments)), daemon=True)
    going.start()
    going.join(LIMIT_S)
    return came[0] if came else f"nothing: no answer within {LIMIT_S} s"


def tried(port: int, foreign: Security) -> dict[str, str]:
    """Try every way at a port; `foreign` is a certificate, but not of this cluster."""
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    request = b"GET /info/main/workers.html HTTP/1.1\r\nHost: localhost\r\n\r\n"
    return {
        "http": limited(answered, port, request),
        "https": limited(answered, port, request, trusting),
        "tcp": limited(asked, f"tcp://127.0.0.1:{port}", Security()),
        "foreign certificate": limited(asked, f"tls://127.0.0.1:{port}", foreign),
        "plain client": limited(let_in, f"tcp://127.0.0.1:{port}", None),
        "foreign client": limited(let_in, f"tls://127.0.0.1:{port}", foreign),
    }


def rehearse(foreign: Security) -> None:
    """Try every way at a port that hangs up: what is imported on the way may lie where nobody else may read."""

    def hang_up() -> None:
        while True:
            with server.accept()[0] as caller:
                caller.recv(100)

    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=hang_up, daemon=True).start()
    tried(server.getsockname()[1], foreign)


def main(ports: list[int]) -> None:
    foreign = Security.temporary()
    rehearse(foreign)
    become_nobody()
    found = {port: tried(port, foreign) for port in ports}
    print(json.dumps({"user": os.getuid(), "found": found}), flush=True)
    os._exit(0)  # a client that was never let in may wait for its server for ever


if __name__ == "__main__":
    main([int(port) for port in sys.argv[1:]])
