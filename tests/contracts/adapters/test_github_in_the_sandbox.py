"""GitHub's refusals as the sandbox gives them over HTTP, beyond what a fake can show."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from closedloop.adapters.github_client import GithubClient, GithubConfig
from closedloop.adapters.github_doctor import GithubDoctor
from closedloop.adapters.github_git_data import GithubGitData
from closedloop.adapters.github_reader import GithubContentReader, GithubPullReader
from closedloop.ports.errors import Forbidden, PortError, RateLimited, Unauthorized, Unknown
from tests.contracts.adapters.forge_acts import draft, open_pull, order
from tests.contracts.adapters.forge_stages import FAQ, GithubStage
from tests.contracts.adapters.sandbox_process import ADMIN_TOKEN
from tests.unit.adapters.rigs import pool_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contracts.adapters.sandbox_process import Sandbox

WEAK = "sandbox-weak-token"


@pytest.fixture
def github(sandbox: Sandbox) -> Iterator[GithubStage]:
    stage = GithubStage(sandbox)
    yield stage
    stage.close()


@pytest.fixture
def weak(sandbox: Sandbox, github: GithubStage) -> Iterator[GithubClient]:
    permissions = {"metadata": "read", "contents": "read"}
    token = {"token": WEAK, "login": "weakling", "permissions": permissions}
    sandbox.http.post(f"{sandbox.base_url}/_sandbox/tokens", json=token).raise_for_status()
    client = GithubClient(github.config, pool_of(WEAK), is_writer=True)
    yield client
    client.close()


def test_ten_threads_share_one_writer(github: GithubStage):
    with ThreadPoolExecutor(10) as pool:
        opened = list(pool.map(lambda turn: open_pull(github, f"ours/{turn}", f"{FAQ}\n{turn}\n"), range(20)))
    assert [pull.head_branch for pull in opened] == [f"ours/{turn}" for turn in range(20)]
    assert len({pull.number for pull in opened}) == 20


def test_a_token_without_write_permission_is_forbidden(github: GithubStage, weak: GithubClient):
    with pytest.raises(Forbidden) as caught:
        GithubGitData(writes=weak, reads=weak).publish_branch(draft(github))
    assert WEAK not in repr(caught.value)


def test_a_wrong_token_is_unauthorized(sandbox: Sandbox):
    config = GithubConfig(repository="acme/handbook", base_url=sandbox.api_url)
    client = GithubClient(config, pool_of("wrong"), is_writer=False)
    with pytest.raises(Unauthorized):
        GithubContentReader(client).branch_sha("main")
    client.close()


def test_a_secondary_limit_says_when_to_come_back(sandbox: Sandbox, github: GithubStage):
    pull = open_pull(github)
    sandbox.arm("secondary_limit", "PUT /repos/*/pulls/*/merge", retry_after_s=17)
    before = datetime.now(UTC)
    with pytest.raises(RateLimited) as caught:
        github.writer.merge_pull(order(pull))
    assert caught.value.retry_at is not None
    assert timedelta(seconds=17) <= caught.value.retry_at - before < timedelta(seconds=27)


@pytest.mark.parametrize("fault", ["drop_before", "status", "status_after", "drop_after"])
def test_a_failing_merge_is_unknown_and_its_truth_is_seen_by_a_look(
    sandbox: Sandbox, github: GithubStage, fault: str
):
    pull = open_pull(github)
    sandbox.arm(fault, "PUT /repos/*/pulls/*/merge", status=502)
    with pytest.raises(Unknown):
        github.writer.merge_pull(order(pull))
    state = github.pulls.look_at([pull.number])[pull.number].state
    assert state == ("merged" if fault.endswith("after") else "open")


def test_no_error_repeats_the_token(sandbox: Sandbox, github: GithubStage):
    pull = open_pull(github)
    sandbox.arm("status", "PUT /repos/*/pulls/*/merge", status=422, body=f'{{"message": "no {ADMIN_TOKEN}"}}')
    with pytest.raises(PortError) as caught:
        github.writer.merge_pull(order(pull))
    assert (ADMIN_TOKEN in caught.value.detail, "***" in caught.value.detail) == (False, True)


def test_the_doctor_names_what_a_weak_token_lacks(weak: GithubClient):
    doctor = GithubDoctor(weak, GithubPullReader(weak))
    found = doctor.check_access(branch="main", smoke_checks=(), now=datetime.now(UTC))
    assert "push" in {finding.code for finding in found if not finding.is_ok}
