from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.contracts.sandbox_world.driver import FAQ, eventually

if TYPE_CHECKING:
    from tests.contracts.sandbox_world.driver import Sandbox
    from tests.contracts.sandbox_world.receiver import Receiver

LOOK = """query($id: ID!) { node(id: $id) { ... on PullRequest {
  viewerCanEnableAutoMerge viewerCanDisableAutoMerge
  autoMergeRequest { mergeMethod commitHeadline enabledBy { login } } } } }"""
ENABLE = """mutation($id: ID!) { enablePullRequestAutoMerge(input: {
  pullRequestId: $id, mergeMethod: REBASE, commitHeadline: "By itself" }) { actor { login } } }"""
DISABLE = """mutation($id: ID!) { disablePullRequestAutoMerge(input: { pullRequestId: $id }) {
  pullRequest { autoMergeRequest { enabledAt } } } }"""


def silent(world: Sandbox, branch: str) -> dict[str, Any]:
    """A pull request whose checks never come."""
    world.arm("ci_never")
    return world.propose(branch, {FAQ: world.text() + f"\n### Is {branch} quiet?\n\nYes, {branch}.\n"})


def told(receiver: Receiver, pull: dict[str, Any]) -> list[str]:
    bodies = [json.loads(one.body) for one in receiver.of("pull_request")]
    return [one["action"] for one in bodies if one["number"] == pull["number"]]


def test_graphql_tells_what_was_asked_and_what_may_be_asked(world: Sandbox):
    pull = silent(world, "auto/look")
    before = world.graphql(LOOK, id=pull["node_id"])["node"]
    world.graphql(ENABLE, id=pull["node_id"])
    after = world.graphql(LOOK, id=pull["node_id"])["node"]
    assert before == {
        "viewerCanEnableAutoMerge": True,
        "viewerCanDisableAutoMerge": False,
        "autoMergeRequest": None,
    }
    request = {"mergeMethod": "REBASE", "commitHeadline": "By itself", "enabledBy": {"login": "acme-bot"}}
    assert after == {
        "viewerCanEnableAutoMerge": False,
        "viewerCanDisableAutoMerge": True,
        "autoMergeRequest": request,
    }


def test_hooks_hear_of_it_being_enabled_and_disabled(world: Sandbox, receiver: Receiver):
    pull = silent(world, "auto/told")
    world.graphql(ENABLE, id=pull["node_id"])
    left = world.graphql(DISABLE, id=pull["node_id"])["disablePullRequestAutoMerge"]["pullRequest"]
    assert left["autoMergeRequest"] is None
    wanted = {"opened", "auto_merge_enabled", "auto_merge_disabled"}
    eventually(lambda: wanted == set(told(receiver, pull)))


def test_a_reader_is_not_offered_it(world: Sandbox):
    pull = silent(world, "auto/reader")
    token = {"token": "looker", "login": "looker", "permissions": {"contents": "read"}}
    world.http.post("/_sandbox/tokens", json=token)
    body = {"query": LOOK, "variables": {"id": pull["node_id"]}}
    answer = world.http.post("/api/graphql", json=body, headers={"Authorization": "bearer looker"}).json()
    assert answer["data"]["node"]["viewerCanEnableAutoMerge"] is False
