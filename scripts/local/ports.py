"""TCP ports on the loopback: checked before use, and found where no outgoing connection can take them."""

import errno
import random
import socket
from urllib.parse import urlsplit

from scripts.local.errors import Refused

HOST = "127.0.0.1"

#: Below the range from which systems take ports for outgoing connections (32768 and up on Linux, 49152 on
#: macOS and by RFC 6335). A server that restarts on a port of that range may find it taken by the very
#: client that tries to reach it.
_FIRST, _LAST = 18_000, 32_000


def require_free(port: int, *, purpose: str, option: str) -> None:
    """Raise Refused, naming `purpose` and the `option` that mends it, when `port` cannot be listened on."""
    try:
        _try_listening(port)
    except PermissionError:
        raise Refused(f"port {port} for {purpose} needs root: choose one above 1023 with {option}") from None
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise Refused(f"port {port} for {purpose} is in use: choose another with {option}") from None


def require_answer(url: str, *, default_port: int, variable: str) -> None:
    """Raise Refused, naming the `variable` that holds `url`, when nobody listens there within 2 s."""
    place = urlsplit(url)
    if place.scheme not in {"redis", "rediss"}:  # a Unix socket, for example: whoever uses it will tell
        return
    try:
        host, port = place.hostname or HOST, place.port or default_port
    except ValueError as error:
        raise Refused(f"{variable}: {error}") from None
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise Refused(f"{variable}: nobody answers at {host}:{port} ({reason.lower()})") from None


def free_port() -> int:
    """Return a port on which nobody listens, outside the range of outgoing connections."""
    for port in random.sample(range(_FIRST, _LAST), 200):
        if is_free(port):
            return port
    raise Refused(f"no free port was found between {_FIRST} and {_LAST}")


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now."""
    try:
        _try_listening(port)
    except OSError:
        return False
    return True


def _try_listening(port: int) -> None:
    """Listen for a moment, as a server would: connections that are just closing do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, port))
        probe.listen(1)
    # Where SO_REUSEADDR is lenient (macOS) a server bound to all addresses is only found by calling it.
    with socket.socket() as caller:
        caller.settimeout(0.2)
        if caller.connect_ex((HOST, port)) == 0:
            raise OSError(errno.EADDRINUSE, "somebody answers")
