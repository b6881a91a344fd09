"""The cache that git fetches into: shared, ours alone, and never mended but made anew."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from closedloop.ports.errors import Conflict, Unavailable, Unknown
from tests.contracts.adapters.forge_acts import NEW_FAQ, draft, publish
from tests.contracts.adapters.forge_stages import GithubStage, as_other
from tests.contracts.adapters.sandbox_process import ADMIN_TOKEN, Sandbox

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def stage(git_stage: GithubStage) -> GithubStage:
    return git_stage


def generations(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.glob("*.d/*"))


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
    assert generations(cache) == ["1.git", "2.git"]


def test_what_somebody_left_in_the_middle_does_not_stop_the_next(stage: GithubStage, cache: Path):
    publish(stage)
    stage.push("main", {"docs/FAQ.md": NEW_FAQ})
    (bare,) = cache.glob("*.d/1.git")
    (bare / "shallow.lock").touch()
    (bare.parent / "new-half").mkdir()
    assert publish(stage, "ours/b").head_sha == stage.content.branch_sha("ours/b")
    assert generations(cache) == ["1.git", "2.git"]


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
    assert generations(cache) == ["1.git"]


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


def test_a_fetch_that_takes_too_long_leaves_a_cache_that_is_not_trusted(
    sandbox: Sandbox, stage: GithubStage, cache: Path
):
    publish(stage)
    stage.push("main", {"docs/FAQ.md": NEW_FAQ})
    sandbox.arm("delay", "POST /*/git-upload-pack", delay_ms=8000)
    with pytest.raises(Unavailable, match="no answer in time"):
        as_other(stage, cache, ADMIN_TOKEN, act_s=2).publish_branch(draft(stage, "ours/b"))
    assert publish(stage, "ours/b").head_sha == stage.content.branch_sha("ours/b")
    assert generations(cache) == ["1.git", "2.git"]
