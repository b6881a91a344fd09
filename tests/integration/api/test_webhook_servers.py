"""Bodies as real servers hand them on: chunked, compressed, cut off, as large as GitHub ever sends them."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import uuid
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from scripts.local.ports import free_port
from tests.unit.scripts.polling import eventually

ROOT = Path(__file__).parents[3]
SECRET = "the hook's secret"
SERVERS = {
    "gunicorn": (
        "gunicorn",
        "closedloop.wsgi",
        "--worker-class=gthread",
        "--threads=4",
        "--bind=127.0.0.1:{}",
    ),
    "uvicorn": ("uvicorn", "closedloop.asgi:application", "--port={}", "--log-level=warning"),
}
LIMIT = 25 * 1024 * 1024


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    place = tmp_path_factory.mktemp("database")
    found = {
        **os.environ, "DATABASE_URL": f"sqlite:///{place / 'db.sqlite3'}", "GITHUB_WEBHOOK_SECRET": SECRET,
        "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0", "STATIC_ROOT": str(place),
    }  # fmt: skip
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=found, check=True)
    return found


@pytest.fixture(scope="module", params=list(SERVERS))
def port(request, environment):
    found = free_port()
    command = [sys.executable, "-m", *(part.format(found) for part in SERVERS[request.param])]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    try:
        assert eventually(lambda: answers(found), timeout_s=30)
        yield found
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def headers_of(body: bytes, **more: str) -> dict[str, str]:
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {
        "X-GitHub-Event": "ping", "X-GitHub-Delivery": str(uuid.uuid4()), "Content-Type": "application/json",
        "X-Hub-Signature-256": f"sha256={signature}", **more,
    }  # fmt: skip


CHUNKED: dict[str, Any] = {"Transfer-Encoding": "chunked"}
ZIPPED: dict[str, Any] = {"Content-Encoding": "gzip"}


def post(port: int, body: bytes, *, chunk: int = 0, **more: str) -> int:
    """The status of the answer; in chunks of so many bytes, if any."""
    pieces = (body[at : at + chunk] for at in range(0, len(body), chunk)) if chunk else body
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request(
            "POST", "/webhooks/github", pieces, headers_of(body, **more), encode_chunked=bool(chunk)
        )
        return connection.getresponse().status


@contextmanager
def raw(port: int, body: bytes, headers: dict[str, str]):
    """A connection on which a head and some bytes were sent."""
    lines = [f"{name}: {value}" for name, value in {"Host": "127.0.0.1", **headers}.items()]
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall("\r\n".join(["POST /webhooks/github HTTP/1.1", *lines, "", ""]).encode() + body)
        yield connection


def status_on(connection: socket.socket) -> int:
    answer = connection.recv(4096)
    return int(answer.split()[1]) if answer else 0


def padded(size: int) -> bytes:
    """JSON of just so many bytes."""
    return b'{"zen": "' + b"x" * (size - 11) + b'"}'


def test_a_plain_body_is_taken(port):
    assert post(port, b"{}") == 202


@pytest.mark.parametrize("chunk", [1, 7, 4096])
def test_a_chunked_body_is_taken(port, chunk):
    assert post(port, json.dumps({"zen": "ж" * 100}).encode(), chunk=chunk, **CHUNKED) == 202


def test_a_compressed_body_is_refused(port):
    assert post(port, gzip.compress(b"{}"), **ZIPPED) == 415


def test_the_largest_body_is_taken(port):
    assert post(port, padded(LIMIT)) == 202


def test_a_chunked_body_beyond_the_limit_is_refused(port):
    assert post(port, padded(LIMIT + 1), chunk=65536, **CHUNKED) == 413


def test_a_larger_body_is_refused_so_that_the_sender_hears_of_it(port):
    assert post(port, padded(LIMIT + 1)) == 413


def test_a_broken_chunk_is_the_senders_fault(port):
    headers = {**headers_of(b"{}"), **CHUNKED}
    with raw(port, b"2\r\n{}\r\nzz\r\n", headers) as connection:
        assert status_on(connection) == 400


def test_a_sender_that_goes_away_harms_nobody(port):
    with raw(port, b"{", {**headers_of(b"{}"), "Content-Length": "2"}) as connection:
        connection.shutdown(socket.SHUT_WR)
        assert status_on(connection) in {0, 400, 401}
    assert post(port, b"{}") == 202
