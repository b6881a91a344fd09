"""Peers for adapter tests: a recorded HTTP server as GitHub, and a socket that hangs up."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from werkzeug import Request, Response

from closedloop.adapters.github_client import GithubClient, GithubConfig
from closedloop.adapters.github_git_data import GithubGitData
from closedloop.adapters.github_reader import GithubContentReader, GithubPullReader
from closedloop.adapters.github_tokens import TokenPool, fixed_tokens
from closedloop.adapters.github_writer import GithubWriter
from closedloop.adapters.local_tally import LocalTally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_httpserver import HTTPServer

TOKEN = "github_pat_secret"
REPO = "/api/v3/repos/acme/handbook"
SHA = "a" * 40


def config(base_url: str, *, read_retries: int = 0) -> GithubConfig:
    """Time-outs as short as PyGithub takes them."""
    return GithubConfig(repository="acme/handbook", base_url=base_url, timeout_s=1, read_retries=read_retries)


def pool_of(*tokens: str) -> TokenPool:
    """A pool of these tokens."""
    credentials = fixed_tokens(*tokens)
    return TokenPool(lambda: credentials)


class Rig:
    """The adapters on one address."""

    def __init__(self, base_url: str, *tokens: str, read_retries: int = 0) -> None:
        settings = config(base_url, read_retries=read_retries)
        self.tokens = pool_of(*tokens or (TOKEN,))
        self.tally = LocalTally()
        self.reads = GithubClient(settings, self.tokens, is_writer=False, tally=self.tally)
        self.writes = GithubClient(settings, self.tokens, is_writer=True, tally=self.tally)
        self.content = GithubContentReader(self.reads)
        self.pulls = GithubPullReader(self.reads)
        self.writer = GithubWriter(writes=self.writes, reads=self.reads)
        self.git = GithubGitData(writes=self.writes, reads=self.reads)

    def close(self) -> None:
        self.reads.close()
        self.writes.close()


@contextmanager
def rig_on(base_url: str, *tokens: str, read_retries: int = 0) -> Iterator[Rig]:
    """Adapters that are closed in the end; with one token if none is named."""
    rig = Rig(base_url, *tokens, read_retries=read_retries)
    try:
        yield rig
    finally:
        rig.close()


def sent(httpserver: HTTPServer) -> list[str]:
    """Method and path of every request the server saw, below the repository."""
    return [f"{request.method} {request.path.removeprefix(REPO)}" for request, _ in httpserver.log]


@contextmanager
def hanging_up() -> Iterator[str]:
    """A server that reads each request and closes the connection without an answer; yields its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                with peer:
                    peer.recv(65536)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)


@contextmanager
def counting_connections() -> Iterator[tuple[str, list[object]]]:
    """A server that keeps connections open; yields its address and the peers that connected."""
    connections: list[object] = []

    class Keeping(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            connections.append(self.client_address)

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Keeping) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", connections
        server.shutdown()
    thread.join(timeout=5)


class LateHandler:
    """Answers once it is released: a server that is slower than its client's patience."""

    def __init__(self) -> None:
        self.release = threading.Event()

    def __call__(self, _: Request) -> Response:
        self.release.wait(5)
        return Response("late")


def closed_port() -> str:
    """An address on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"
