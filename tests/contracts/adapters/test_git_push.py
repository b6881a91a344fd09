"""What only git does: the tree as it was, and a cache that may break."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from closedloop.ports.errors import (
    Conflict,
    Unavailable,
    Unknown,
)
from tests.contracts.adapters.forge_acts import NEW_FAQ, draft, publish, text_at
from tests.contracts.adapters.forge_stages import FAQ, GithubStage, cached

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.contracts.adapters.sandbox_process import Sandbox

REFS = "GET /*/info/refs"
PUSH = "POST /*/git-receive-pack"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def stage(sandbox: Sandbox, cache: Path) -> Iterator[GithubStage]:
    made = GithubStage(sandbox, cache)
    yield made
    made.close()


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
    publish(stage, "ours/first")
    stage.push("main", {"docs/FAQ.md": NEW_FAQ})
    stage.git.delete_branch("ours/first")
    head = stage.git.publish_branch(old)
    assert stage.content.contains(old.base_sha, head.head_sha)
    assert text_at(stage, "ours/a") == f"{FAQ}\n99\n" * 40


def test_a_cache_is_ours_alone(stage: GithubStage, cache: Path):
    publish(stage)
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700


def test_a_cache_that_others_may_enter_is_not_used(stage: GithubStage, cache: Path):
    cache.mkdir(mode=0o755)
    with pytest.raises(Unavailable, match="is not ours alone"):
        publish(stage)


def test_a_deleted_cache_is_made_anew(stage: GithubStage, cache: Path):
    publish(stage)
    shutil.rmtree(cache)
    assert publish(stage, "ours/b").head_sha == stage.content.branch_sha("ours/b")


@pytest.mark.parametrize("part", ["objects", "config", "refs", "HEAD", "shallow"])
def test_a_broken_cache_is_replaced(stage: GithubStage, cache: Path, part: str):
    publish(stage)
    (found,) = cache.glob(f"*.d/1.git/{part}")
    if found.is_dir():
        shutil.rmtree(found)
        found.mkdir()
    else:
        found.write_bytes(b"nonsense")
    assert publish(stage, "ours/b").head_sha == stage.content.branch_sha("ours/b")


def test_a_cache_without_its_files_contents_is_replaced(stage: GithubStage, cache: Path):
    publish(stage)
    for pack in cache.glob("*.d/1.git/objects/pack/*.pack"):
        pack.chmod(0o600)
        pack.write_bytes(b"PACK" + b"\0" * 200)
    assert publish(stage, "ours/b").head_sha == stage.content.branch_sha("ours/b")
    assert cached(cache) == ["1.git", "2.git"]


def test_what_somebody_left_in_the_middle_does_not_stop_the_next(stage: GithubStage, cache: Path):
    publish(stage)
    stage.push("main", {"docs/FAQ.md": NEW_FAQ})
    (bare,) = cache.glob("*.d/1.git")
    (bare / "shallow.lock").touch()
    (bare.parent / "new-half").mkdir()
    assert publish(stage, "ours/b").head_sha == stage.content.branch_sha("ours/b")
    assert cached(cache) == ["1.git", "2.git"]


_OTHER = """
import sys
from pathlib import Path
from tests.contracts.adapters.forge_stages import GithubConfig, git_push
from tests.unit.adapters.rigs import pool_of
from closedloop.ports.forge import BranchDraft, CommitDraft
repository, url, cache, base, who = sys.argv[1:]
git = git_push(GithubConfig(repository=repository, base_url=url), Path(cache), pool_of("sandbox-admin-token"))
for turn in range(5):
    commit = CommitDraft(message=who, files={"docs/FAQ.md": f"{who} {turn}"})
    draft = BranchDraft(name=f"ours/{who}{turn}", base_sha=base, commits=(commit,))
    print("sha", git.publish_branch(draft).head_sha)
"""


def test_two_processes_share_one_cache(sandbox: Sandbox, stage: GithubStage, cache: Path):
    base = str(stage.content.branch_sha("main"))
    shared = (stage.config.repository, sandbox.api_url, str(cache), base)
    both = [
        subprocess.Popen([sys.executable, "-c", _OTHER, *shared, who], stdout=subprocess.PIPE, text=True)
        for who in ("a", "b")
    ]
    said = [re.findall(r"^sha (\w+)$", process.communicate(timeout=60)[0], re.MULTILINE) for process in both]
    shown = [[stage.content.branch_sha(f"ours/{who}{turn}") for turn in range(5)] for who in ("a", "b")]
    assert said == shown
    assert cached(cache) == ["1.git"]


def test_ten_threads_share_one_transport(stage: GithubStage, cache: Path):
    with ThreadPoolExecutor(10) as pool:
        heads = list(pool.map(lambda turn: publish(stage, f"ours/{turn}", f"# {turn}\n").head_sha, range(10)))
    assert heads == [stage.content.branch_sha(f"ours/{turn}") for turn in range(10)]


def test_one_of_two_with_the_same_name_wins(stage: GithubStage):
    def attempt(text: str) -> str:
        try:
            return publish(stage, "ours/a", text).head_sha
        except (Conflict, Unknown):
            return ""

    with ThreadPoolExecutor(2) as pool:
        heads = list(filter(None, pool.map(attempt, ["# One\n", "# Two\n"])))
    assert heads == [stage.content.branch_sha("ours/a")]
