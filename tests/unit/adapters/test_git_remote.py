"""Where git finds the repository, as whom, and what tokens learn from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from werkzeug import Request, Response

from closedloop.adapters.git_doctor import GitDoctor
from closedloop.adapters.git_program import Deadline, GitProgram, GitRun, LocalGit, find_git
from closedloop.adapters.git_remote import GitRemote, git_address
from closedloop.adapters.github_client import GithubConfig
from closedloop.ports.errors import Moved, Unavailable
from tests.unit.adapters.rigs import TOKEN, closed_port, config, pool_of

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

LIST = GitRun(arguments=("ls-remote", "origin"))
REFS = "/acme/handbook.git/info/refs"


def local(folder: Path, seconds: float = 10) -> LocalGit:
    program = find_git()
    assert program is not None
    return LocalGit(program=program, folder=folder, deadline=Deadline(seconds))


@pytest.mark.parametrize(
    ("base_url", "address"),
    [
        ("https://api.github.com", "https://github.com/acme/handbook.git"),
        ("https://api.acme.ghe.com", "https://acme.ghe.com/acme/handbook.git"),
        ("https://git.acme.test/api/v3", "https://git.acme.test/acme/handbook.git"),
        ("https://api.acme.test/api/v3/", "https://api.acme.test/acme/handbook.git"),
        ("http://127.0.0.1:8123/api/v3", "http://127.0.0.1:8123/acme/handbook.git"),
        ("https://olga:secret@git.acme.test/api/v3", "https://git.acme.test/acme/handbook.git"),
    ],
)
def test_git_lives_beside_rest(base_url: str, address: str):
    assert git_address(GithubConfig(repository="acme/handbook", base_url=base_url)) == address


def test_a_redirect_is_not_followed_and_the_header_not_sent_elsewhere(httpserver: HTTPServer, tmp_path: Path):
    seen: list[Request] = []

    def moved(request: Request) -> Response:
        seen.append(request)
        return Response(status=301, headers={"Location": httpserver.url_for("/else.git/info/refs")})

    httpserver.expect_request(REFS).respond_with_handler(moved)
    remote = GitRemote(config(httpserver.url_for("/api/v3")), pool_of(TOKEN))
    with pytest.raises(Moved, match="set GITHUB_REPO to its new name"):
        remote.read("list", LIST, local(tmp_path))
    assert {request.authorization.password for request in seen if request.authorization} == {TOKEN}
    assert not [request for request, _ in httpserver.log if "else" in request.path]


def test_another_token_takes_over_when_one_is_refused(httpserver: HTTPServer, tmp_path: Path):
    def judge(request: Request) -> Response:
        known = request.authorization
        if known is None or known.password != "two":
            return Response(status=401, headers={"WWW-Authenticate": "Basic"})
        return Response(status=503)

    httpserver.expect_request(REFS).respond_with_handler(judge)
    remote = GitRemote(config(httpserver.url_for("/api/v3")), pool_of("one", "two"))
    with pytest.raises(Unavailable, match="another token takes over"):
        remote.read("list", LIST, local(tmp_path))
    with pytest.raises(Unavailable, match="503"):
        remote.read("list", LIST, local(tmp_path))


def test_nothing_is_asked_when_no_time_is_left(tmp_path: Path):
    remote = GitRemote(config(f"{closed_port()}/api/v3"), pool_of(TOKEN))
    with pytest.raises(Unavailable, match="no answer in time"):
        remote.read("list", LIST, local(tmp_path, seconds=0))


def test_settings_of_the_user_do_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_ASKPASS", "/bin/true")
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = Olga\n", encoding="utf-8")
    answer = local(tmp_path).run(GitRun(arguments=("config", "--list", "--show-scope")))
    assert "user.name" not in answer.out.decode()
    assert answer.code == 0


def test_a_program_that_is_gone_is_named():
    with pytest.raises(Unavailable, match="git cannot be run"):
        GitProgram("/nowhere/git").run(LIST, Path("/"), Deadline(5))


def doctor(program: GitProgram | None, base_url: str = "https://forge.test") -> GitDoctor:
    return GitDoctor(program, GitRemote(config(base_url), pool_of(TOKEN)), patience_s=10)


def test_the_doctor_says_what_is_lost_without_git():
    finding = doctor(None).way("auto")
    assert (finding.is_ok, "one commit per pull request" in finding.text) == (False, True)
    assert "Install git 2.31" in finding.mend


def test_the_doctor_is_content_with_rest_where_it_was_asked_for():
    finding = doctor(find_git()).way("rest")
    assert (finding.is_ok, finding.text.startswith("content goes up by REST")) == (True, True)


def test_the_doctor_tries_to_reach_the_repository():
    examined = doctor(find_git(), closed_port())
    way, reach = examined.way("auto"), examined.reach("main")
    assert (way.is_ok, "one push per pull request" in way.text) == (True, True)
    assert (reach.is_ok, reach.text.startswith("unavailable: reach repository")) == (False, True)
