"""What only git does: the tree as it was, a cache that may break, and a token that nobody sees."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from closedloop.adapters.git_doctor import GitDoctor
from closedloop.adapters.git_program import find_git
from closedloop.adapters.git_remote import GitRemote
from closedloop.ports.errors import (
    Forbidden,
    NotFound,
    PortError,
    RateLimited,
    Unauthorized,
    Unavailable,
    Unknown,
)
from tests.contracts.adapters.forge_acts import NEW_FAQ, draft, publish, text_at
from tests.contracts.adapters.forge_stages import FAQ, GithubStage, as_other, git_push
from tests.contracts.adapters.sandbox_process import ADMIN_TOKEN, Sandbox
from tests.unit.adapters.rigs import closed_port, pool_of

if TYPE_CHECKING:
    from pathlib import Path

REFS = "GET /*/info/refs"
PUSH = "POST /*/git-receive-pack"


@pytest.fixture
def stage(git_stage: GithubStage) -> GithubStage:
    return git_stage


def entries(stage: GithubStage, sha: str) -> dict[str, Any]:
    """Mode and content of every file of a commit."""
    listed = stage.call("GET", f"/git/trees/{sha}?recursive=1")["tree"]
    return {one["path"]: (one["mode"], one["sha"]) for one in listed if one["type"] == "blob"}


def with_odd_files(stage: GithubStage) -> str:
    """A commit on main with an executable, a link, and the FAQ itself executable."""
    main = str(stage.content.branch_sha("main"))
    tree = [
        {"path": "run.sh", "mode": "100755", "type": "blob", "content": "#!/bin/sh\n"},
        {"path": "link.md", "mode": "120000", "type": "blob", "content": "docs/FAQ.md"},
        {"path": "docs/FAQ.md", "mode": "100755", "type": "blob", "content": FAQ},
    ]
    made = stage.call("POST", "/git/trees", base_tree=main, tree=tree)["sha"]
    sha = stage.call("POST", "/git/commits", message="Odd", tree=made, parents=[main])["sha"]
    stage.call("PATCH", "/git/refs/heads/main", sha=sha)
    return str(sha)


def test_a_hundred_commits_stand_on_each_other_and_nothing_else_changes(stage: GithubStage):
    base = with_odd_files(stage)
    head = publish(stage, "ours/a", *(f"# {turn}\n" for turn in range(100)))
    listed = stage.call("GET", "/commits?sha=ours/a&per_page=100")
    shas = [one["sha"] for one in reversed(listed)]
    assert (shas, listed[-1]["parents"][0]["sha"]) == (list(head.commit_shas), base)
    before, after = entries(stage, base), entries(stage, head.head_sha)
    changed = {path for path in after if after[path] != before[path]}
    assert (changed, after.keys(), after["docs/FAQ.md"][0]) == ({"docs/FAQ.md"}, before.keys(), "100755")


@pytest.mark.parametrize("path", ["docs/文 ü.md", 'new/"quoted" \\ one.md', "neu.md"])
def test_any_path_may_be_written(stage: GithubStage, path: str):
    one = draft(stage)
    commit = replace(one.commits[0], files={path: "Ünï\r\nno end"})
    head = stage.git.publish_branch(replace(one, commits=(commit,)))
    found = stage.content.file_at(path, head.head_sha)
    assert found is not None
    assert (found.text, found.mode) == ("Ünï\r\nno end", "100644")


def test_a_base_that_people_moved_on_from_meanwhile_is_built_upon(sandbox: Sandbox, stage: GithubStage):
    old = draft(stage, "ours/a", *(f"{FAQ}\n{turn}\n" * 40 for turn in range(100)))
    first = publish(stage, "ours/first")
    stage.push("main", {"docs/FAQ.md": NEW_FAQ})
    stage.git.delete_branch("ours/first", first.head_sha)
    head = stage.git.publish_branch(old)
    assert stage.content.contains(old.base_sha, head.head_sha)
    assert text_at(stage, "ours/a") == f"{FAQ}\n99\n" * 40


def test_a_commit_of_a_person_that_was_only_tagged_is_in_nobodys_way(stage: GithubStage):
    publish(stage, "ours/a")
    tagged = stage.push("main", {"docs/FAQ.md": f"{FAQ}\nTheirs\n" * 40})
    stage.git.create_tag("stable-1", tagged)
    stage.push("main", {"docs/FAQ.md": f"{FAQ}\nMore of theirs\n" * 40})
    publish(stage, "ours/b", *(f"{FAQ}\n{turn}\n" * 40 for turn in range(50)))
    assert text_at(stage, "ours/b") == f"{FAQ}\n49\n" * 40


@pytest.mark.parametrize("is_warm", [True, False])
def test_a_wrong_token_is_unauthorized(stage: GithubStage, cache: Path, *, is_warm: bool):
    if is_warm:
        publish(stage)
    with pytest.raises(Unauthorized) as caught:
        as_other(stage, cache, "wrong-token").publish_branch(draft(stage, "ours/b"))
    assert "wrong-token" not in caught.value.detail


def test_a_token_that_may_only_read_is_forbidden(sandbox: Sandbox, stage: GithubStage, cache: Path):
    token = {"token": "reads", "login": "reader", "permissions": {"metadata": "read", "contents": "read"}}
    sandbox.http.post(f"{sandbox.base_url}/_sandbox/tokens", json=token).raise_for_status()
    with pytest.raises(Forbidden, match="Write access to repository not granted"):
        as_other(stage, cache, "reads").publish_branch(draft(stage))


def test_a_forge_that_is_not_there_is_unavailable(stage: GithubStage, cache: Path):
    head = publish(stage).head_sha
    away = as_other(stage, cache, ADMIN_TOKEN, base_url=f"{closed_port()}/api/v3")
    for act in (lambda: away.publish_branch(draft(stage)), lambda: away.delete_branch("ours/a", head)):
        with pytest.raises(Unavailable):
            act()


def test_a_repository_that_is_not_there_is_not_found(stage: GithubStage, cache: Path):
    lost = git_push(replace(stage.config, repository="acme/nowhere"), cache, pool_of(ADMIN_TOKEN))
    with pytest.raises(NotFound):
        lost.publish_branch(draft(stage))


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (("status", REFS, 503), Unavailable),
        (("status", REFS, 429), RateLimited),
        (("status", PUSH, 403), Forbidden),
        (("status", PUSH, 429), RateLimited),
        (("status", PUSH, 502), Unknown),
        (("status_after", PUSH, 502), Unknown),
    ],
)
def test_what_the_forge_says_decides(
    sandbox: Sandbox, stage: GithubStage, fault: tuple[str, str, int], kind: type[PortError]
):
    publish(stage)
    name, route, status = fault
    sandbox.arm(name, route, status=status)
    with pytest.raises(kind) as caught:
        publish(stage, "ours/b")
    assert type(caught.value) is kind
    assert (stage.content.branch_sha("ours/b") is not None) == (name == "status_after")


def test_git_that_takes_too_long_is_ended_and_its_outcome_open(
    sandbox: Sandbox, stage: GithubStage, cache: Path
):
    publish(stage)
    sandbox.arm("delay", PUSH, delay_ms=8000)
    with pytest.raises(Unknown, match="no answer in time"):
        as_other(stage, cache, ADMIN_TOKEN, act_s=2).publish_branch(draft(stage, "ours/b"))


def test_the_token_is_in_no_command_line_and_on_no_disk(
    stage: GithubStage, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    real, log = shutil.which("git"), tmp_path / "argv"
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    # Git calls itself by this name too: what its children are given is seen as well.
    wrapper.write_text(f'#!/bin/sh\necho "$0 $*" >> {log}\nexec {real} "$@"\n', encoding="utf-8")
    wrapper.chmod(0o700)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:/usr/bin:/bin")
    assert find_git() is not None
    as_other(stage, cache, ADMIN_TOKEN).publish_branch(draft(stage))
    written = b"".join(path.read_bytes() for path in cache.rglob("*") if path.is_file())
    assert "fast-import" in log.read_text(encoding="utf-8")
    for secret in (ADMIN_TOKEN, "eC1hY2Nlc3MtdG9rZW4"):
        assert secret not in log.read_text(encoding="utf-8")
        assert secret.encode() not in written


def test_no_error_repeats_the_token(sandbox: Sandbox, stage: GithubStage):
    publish(stage)
    sandbox.arm("status", REFS, status=403, body=f"no {ADMIN_TOKEN}")
    with pytest.raises(PortError) as caught:
        publish(stage, "ours/b")
    assert ADMIN_TOKEN not in repr(caught.value)


def test_the_doctor_reaches_the_repository(stage: GithubStage):
    doctor = GitDoctor(find_git(), GitRemote(stage.config, pool_of(ADMIN_TOKEN)), patience_s=10)
    assert (doctor.reach("main").is_ok, doctor.reach("nowhere").mend) == (
        True,
        "Let a branch nowhere exist.",
    )
