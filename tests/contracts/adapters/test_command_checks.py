"""The repository's own commands, in a checkout of any commit that is thrown away."""

from __future__ import annotations

import shlex
import sys
import time
from pathlib import Path

import psutil
import pytest

from closedloop.adapters.command_checks import CommandChecks
from closedloop.adapters.git_bases import GitBases
from closedloop.ports.errors import NotFound, PortError, Refused, Unavailable
from tests.contracts.adapters.forge_acts import publish
from tests.contracts.adapters.forge_stages import FAQ, GithubStage, git_tools
from tests.unit.adapters.rigs import closed_port

PATH = "docs/FAQ.md"


@pytest.fixture
def stage(git_stage: GithubStage) -> GithubStage:
    return git_stage


@pytest.fixture
def checks(stage: GithubStage, cache: Path):
    def make(*programs: str, seconds: float = 20) -> CommandChecks:
        commands = [f"{shlex.quote(sys.executable)} -c {shlex.quote(program)}" for program in programs]
        bases = GitBases(git_tools(stage.config, cache, act_s=seconds))
        return CommandChecks(commands, bases, seconds=seconds)

    return make


def main_of(stage: GithubStage) -> str:
    return str(stage.content.branch_sha("main"))


def refuses(word: str) -> str:
    judge = f"'no {word}' if '{word}' in pathlib.Path('{PATH}').read_text('utf-8') else 0"
    return f"import sys, pathlib; sys.exit({judge})"


def test_what_was_put_on_the_commit_is_judged(stage, checks):
    base, judge = main_of(stage), checks(refuses("Übel"))
    assert judge.problem(base, {}) == ""
    assert judge.problem(base, {PATH: f"{FAQ}\nÜbel\n"}).endswith("ends with 1: no Übel")
    assert judge.problem(base, {PATH: f"{FAQ}\nGut\n", "new/deep/一.md": "Übel"}) == ""


def test_the_whole_tree_of_any_commit_is_there(stage, checks):
    older = main_of(stage)
    stage.push("main", {"ünï/new.md": "new", "more.md": "more"})
    head = publish(stage, "ours/a", f"{FAQ}\nOurs\n").head_sha
    listing = "import pathlib, sys; sys.exit(' '.join(sorted(map(str, pathlib.Path().rglob('*.md')))))"
    listed = [checks(listing).problem(sha, {}).partition(": ")[2].split() for sha in (older, head)]
    assert set(listed[1]) - set(listed[0]) == {"ünï/new.md", "more.md"}
    assert checks(refuses("Ours")).problem(head, {}) != ""


def test_the_first_command_that_fails_is_named(checks, stage):
    said = checks("pass", "import sys; print('x' * 9000); print('last words'); sys.exit(3)", "1/0")
    words = said.problem(main_of(stage), {})
    assert ("ends with 3: " in words, words.endswith("last words"), len(words) < 700) == (True, True, True)


def test_nothing_of_ours_is_handed_on(checks, stage, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "hunter2")
    tells = "import os, sys; sys.exit(repr(sorted(os.environ)) + os.environ['HOME'])"
    said = checks(tells).problem(main_of(stage), {})
    assert "GITHUB_TOKEN" not in said
    assert str(Path.home()) != said.rpartition("]")[2]


def test_a_link_in_the_repository_is_not_written_through(checks, stage, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    link = {"path": "docs", "mode": "120000", "type": "blob", "content": str(outside)}
    made = stage.call("POST", "/git/trees", tree=[link])["sha"]
    sha = stage.call("POST", "/git/commits", message="Link", tree=made, parents=[])["sha"]
    stage.call("POST", "/git/refs", ref="refs/heads/linked", sha=sha)
    with pytest.raises(Refused, match="outside the repository"):
        checks("pass").problem(sha, {PATH: "x"})
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import time; time.sleep(60)", "still running when its time was over"),
        ("import os; os.kill(os.getpid(), 9)", "was killed"),
    ],
)
def test_a_command_that_does_not_end_by_itself_tells_nothing(checks, stage, program, reason):
    main = main_of(stage)
    checks("pass").problem(main, {})  # the commit is here already
    began = time.monotonic()
    with pytest.raises(Unavailable, match=reason):
        checks(program, seconds=3).problem(main, {})
    assert time.monotonic() - began < 30


def test_what_a_command_leaves_running_ends_with_it(checks, stage):
    leaves = (
        "import subprocess, sys\n"
        "left = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "sys.exit(f'left {left.pid}')"
    )
    said = checks(leaves).problem(main_of(stage), {})
    pid = int(said.rpartition(" ")[2])
    until = time.monotonic() + 10
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" and time.monotonic() < until:
        time.sleep(0.05)
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie"


def test_a_program_that_is_missing_tells_nothing(stage, cache):
    bases = GitBases(git_tools(stage.config, cache))
    with pytest.raises(Unavailable, match="cannot be run"):
        CommandChecks(["no-such-program --fix"], bases, seconds=20).problem(main_of(stage), {})


def test_a_commit_that_is_missing_is_not_found(checks):
    with pytest.raises(NotFound):
        checks("pass").problem("1" * 40, {})


def test_a_forge_that_is_away_is_a_port_error(stage, cache):
    away = GitBases(git_tools(stage.config, cache, base_url=f"{closed_port()}/api/v3"))
    with pytest.raises(PortError):
        CommandChecks(["true"], away, seconds=20).problem(main_of(stage), {})
