"""Quick questions whether a process is ready; each answers within half a second."""

import socket
import urllib.error
import urllib.request

from scripts.local.ports import HOST

_PATIENCE_S = 0.5


def redis_answers(port: int, password: str) -> bool:
    """Whether the server has loaded its data and answers a PING, which it refuses while loading."""
    hello = f"AUTH {password}\r\nPING\r\n".encode()
    try:
        with socket.create_connection((HOST, port), timeout=_PATIENCE_S) as line:
            line.sendall(hello)
            with line.makefile("rb") as answers:
                return [answers.readline(), answers.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
    except OSError:
        return False


def answers_http(url: str) -> bool:
    """Whether a GET of the loopback address `url` is answered without a server error."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=_PATIENCE_S):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500  # noqa: PLR2004 - the first of HTTP's server errors
    except OSError:
        return False


def says(output: str, *words: str) -> bool:
    """Whether one line of `output` holds all `words`."""
    return any(all(word in line for word in words) for line in output.splitlines())
