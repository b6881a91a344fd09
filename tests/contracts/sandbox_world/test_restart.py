from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

from tests.contracts.sandbox_world.driver import FAQ, REPO, TOKEN, Sandbox, eventually, running

if TYPE_CHECKING:
    from pathlib import Path


def git(directory: Path, *arguments: str) -> str:
    settings = ("-c", "user.name=Ana", "-c", "user.email=ana@lumen.example", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ["git", *settings, *arguments], cwd=directory, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_push_by_git_changes_the_page(world: Sandbox, tmp_path: Path):
    world.rest("POST", "/orgs/acme/repos", name="manual")
    (tmp_path / "README.md").write_text("# By hand\n\nPushed by git.\n", encoding="utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "Write the manual")
    remote = world.base_url.replace("http://", f"http://x-access-token:{TOKEN}@") + "/acme/manual.git"
    git(tmp_path, "push", "-q", remote, "HEAD:refs/heads/main")
    eventually(lambda: world.http.get("/sites/acme/manual/").status_code == 200)
    assert "Pushed by git." in world.http.get("/sites/acme/manual/").text
    assert world.http.get("/sites/acme/manual/healthz").json()["version"] == git(
        tmp_path, "rev-parse", "HEAD"
    )


def test_a_killed_sandbox_finishes_the_checks_it_had_begun(tmp_path: Path):
    with running(tmp_path) as first:
        first.arm("slow_ci", delay_ms=60_000)
        pull = first.propose("restart/ci", {FAQ: first.text() + "\n### Is it finished?\n\nYes.\n"})
        eventually(
            lambda: {run["status"] for run in first.runs(pull["head"]["sha"]).values()} == {"in_progress"}
        )
        os.kill(first.pid, signal.SIGKILL)
    with running(tmp_path) as second:
        assert set(second.verdict(pull["head"]["sha"]).values()) == {"success"}
        second.live(second.merge(pull))
        assert "Is it finished?" in second.http.get(f"/sites/{REPO}/docs/FAQ").text


def test_a_second_start_keeps_the_history_and_the_live_version(tmp_path: Path):
    with running(tmp_path) as first:
        before = (first.head(), first.health())
    with running(tmp_path) as second:
        assert (second.head(), second.health()) == before
