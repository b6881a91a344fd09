"""The process as a whole: it keeps what it was told, ends when asked, and logs its own time."""

import json
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from github.Repository import Repository

from tests.contracts.sandbox_forge.judged import Judge, judged_client
from tests.contracts.sandbox_forge.server import ROOT, TOKEN, Server, eventually, running
from tests.contracts.sandbox_forge.steps import judged, pull_of


def post(url: str, body: object) -> None:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        assert answer.status < 300


def armed(server: Server) -> bool:
    """Whether a fault still waits for a request that fits."""
    with urllib.request.urlopen(f"{server.url}/_sandbox/faults") as answer:
        return b"delay" in answer.read()


def test_everything_survives_a_kill(tmp_path: Path, judge: Judge):
    first = Server(tmp_path, "--no-limits")
    repo = judged_client(first.url, TOKEN, judge).get_user().create_repo("kept")
    repo.create_file("README.md", "Begin", "# Kept\n")
    pull = pull_of(repo, "topic", {"a.md": "a\n"})
    repo.create_issue("Kept 文", labels=["P0"])
    first.kill()
    with running(tmp_path, "--no-limits") as second:
        again = judged_client(second.url, TOKEN, judge).get_repo("acme-bot/kept")
        assert judged(again.get_pull(pull.number)).mergeable_state == "clean"
        assert again.get_pull(pull.number).merge().merged is True
        assert again.get_issue(2).title == "Kept 文"
        assert again.create_issue("Next").number == 3


def test_it_ends_within_a_second(tmp_path: Path, judge: Judge):
    with running(tmp_path) as server:
        client = judged_client(server.url, TOKEN, judge)
        assert client.get_user().login == "acme-bot"
        assert server.stop() < 1.0


def test_a_request_under_way_does_not_keep_it_from_ending(tmp_path: Path):
    with running(tmp_path) as server, ThreadPoolExecutor(1) as pool:
        fault = {"kind": "delay", "route": "GET /repos/*", "delay_ms": 30_000}
        post(f"{server.url}/_sandbox/faults", fault)
        waiting = pool.submit(urllib.request.urlopen, f"{server.url}/api/v3/repos/acme/handbook")
        eventually(lambda: not armed(server))
        assert server.stop() < 1.0
        assert isinstance(waiting.exception(), OSError)


def test_a_taken_port_is_one_clear_line(server: Server, tmp_path: Path):
    port = server.url.rpartition(":")[2]
    command = [sys.executable, "-m", "sandbox", "--port", port, "--data-dir", str(tmp_path), "--token", "x"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        1,
        f"sandbox: port {port} cannot be used: Address already in use\n",
    )


def test_the_log_tells_when_the_sandbox_was_busy(server: Server, repo: Repository):
    with urllib.request.urlopen(f"{server.url}/_sandbox/log") as answer:
        last = json.load(answer)[-1]["id"]
    repo.get_branch("main")
    with urllib.request.urlopen(f"{server.url}/_sandbox/log?since={last}") as answer:
        [span] = [one for one in json.load(answer) if one["name"].endswith("/branches/main")]
    assert (span["kind"], span["detail"]) == ("request", {"status": 200})
    assert span["started"] <= span["ended"]
