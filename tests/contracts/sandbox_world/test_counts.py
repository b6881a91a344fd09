from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tests.contracts.sandbox_world.driver import FAQ, REPO, eventually

if TYPE_CHECKING:
    from tests.contracts.sandbox_world.driver import Sandbox

VIEWER = "{ viewer { login } }"
CLOSE = "mutation($id: ID!) { closePullRequest(input: { pullRequestId: $id }) { clientMutationId } }"
NONE = dict.fromkeys(
    (
        *("rest_read", "rest_write", "content_write", "not_modified", "graphql", "graphql_mutation"),
        *("git_fetch", "git_push"),
    ),
    0,
)


def counts(world: Sandbox, since: float) -> dict[str, Any]:
    return dict(world.http.get("/_sandbox/counts", params={"since": since}).json())


def proposed(world: Sandbox, branch: str) -> dict[str, Any]:
    return world.propose(branch, {FAQ: world.text() + f"\n### Is {branch} counted?\n\nYes, {branch} is.\n"})


def test_requests_are_counted_by_kind(world: Sandbox):
    repo = f"/api/v3/repos/{REPO}"
    started = time.time()
    tag = world.http.get(repo).headers["etag"]
    world.http.get(repo, headers={"If-None-Match": tag})
    issue = world.rest("POST", f"/repos/{REPO}/labels", name="counted")
    world.http.delete(f"{repo}/labels/{issue['name']}")
    world.graphql(VIEWER)
    for service in ("git-upload-pack", "git-receive-pack"):
        world.http.get(f"/{REPO}.git/info/refs", params={"service": service})
    assert counts(world, started)["requests"] == NONE | {
        "rest_read": 2, "not_modified": 1, "rest_write": 2, "content_write": 1, "graphql": 1, "git_fetch": 1,
        "git_push": 1,
    }  # fmt: skip


def test_a_mutation_counts_as_content(world: Sandbox):
    pull = proposed(world, "counts/closed")
    started = time.time()
    world.graphql(CLOSE, id=pull["node_id"])
    found = counts(world, started)
    assert found["requests"] == NONE | {"graphql": 1, "graphql_mutation": 1, "content_write": 1}
    assert (found["pulls_closed_unmerged"], found["pulls_merged"]) == (1, 0)


def test_a_pull_request_is_counted_with_its_checks_and_its_merge(world: Sandbox):
    started = time.time()
    pull = proposed(world, "counts/merged")
    merged = world.merge(pull)
    eventually(lambda: counts(world, started)["ci_runs"] == 2)
    world.verdict(merged)
    world.rest("POST", f"/repos/{REPO}/check-runs/{world.runs(merged)['lint']['id']}/rerequest")
    found = counts(world, started)
    assert (found["pulls_opened"], found["pulls_merged"], found["pulls_closed_unmerged"]) == (1, 1, 0)
    assert found["merges"] == {"merge": 0, "squash": 1, "rebase": 0, "push": 0}
    assert found["ci_runs_by_event"] == {"pull_request": 1, "merge_group": 0, "push": 1}
    assert found["ci_reruns"] == 1


def test_counts_since_a_moment_need_a_moment(world: Sandbox):
    assert world.http.get("/_sandbox/counts?since=yesterday").status_code == 422
    assert counts(world, time.time() + 60)["requests"] == NONE
    assert counts(world, 0)["requests"]["rest_write"] > 0
