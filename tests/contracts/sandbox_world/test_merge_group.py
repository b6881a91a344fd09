from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.contracts.sandbox_world.driver import FAQ, REPO, eventually
from tests.contracts.webhooks.examples import payloads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contracts.sandbox_world.driver import Sandbox
    from tests.contracts.sandbox_world.receiver import Receiver

ENQUEUE = """mutation($id: ID!) { enqueuePullRequest(input: { pullRequestId: $id }) {
  mergeQueueEntry { position estimatedTimeToMerge } } }"""


@pytest.fixture(autouse=True)
def _queue(world: Sandbox) -> Iterator[None]:
    named = {"ref_name": {"include": ["refs/heads/main"], "exclude": []}}
    body = {"name": "Queue", "enforcement": "active", "conditions": named, "rules": [{"type": "merge_queue"}]}
    ruleset = world.rest("POST", f"/repos/{REPO}/rulesets", **body)
    yield
    world.rest("DELETE", f"/repos/{REPO}/rulesets/{ruleset['id']}")


def enqueued(world: Sandbox, branch: str) -> dict[str, Any]:
    text = world.text() + f"\n### Is {branch} in a group?\n\nYes, {branch} is.\n"
    pull = world.propose(branch, {FAQ: text})
    assert set(world.verdict(pull["head"]["sha"]).values()) == {"success"}
    world.graphql(ENQUEUE, id=pull["node_id"])
    return pull


def bodies(receiver: Receiver, event: str) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in receiver.of(event)]


def queue_hooks(receiver: Receiver, pull: dict[str, Any]) -> list[tuple[str, str | None]]:
    """What hooks were told of a pull request in the queue, each with its reason."""
    number = pull["number"]
    own = [one for one in bodies(receiver, "pull_request") if one["number"] == number]
    told = [one for one in own if one["action"] in {"enqueued", "dequeued"}]
    groups = bodies(receiver, "merge_group")
    told += [one for one in groups if f"/main/pr-{number}-" in one["merge_group"]["head_ref"]]
    return sorted((one["action"], one.get("reason")) for one in told)


def test_the_workflow_runs_on_the_group_and_green_merges(world: Sandbox, receiver: Receiver):
    pull = enqueued(world, "group/green")
    path = f"/repos/{REPO}/pulls/{pull['number']}"
    eventually(lambda: world.rest("GET", path)["merged"])
    sha = world.rest("GET", path)["merge_commit_sha"]
    assert (world.head(), set(world.verdict(sha).values())) == (sha, {"success"})
    assert "Is group/green in a group?" in world.text()
    wanted = [
        ("checks_requested", None), ("dequeued", "MERGE"), ("destroyed", "merged"), ("enqueued", None),
    ]  # fmt: skip
    eventually(lambda: queue_hooks(receiver, pull) == wanted)
    known = payloads()["merge_group"][0]["merge_group"]
    sent = bodies(receiver, "merge_group")[0]["merge_group"]
    assert (sent.keys(), sent["head_commit"].keys()) == (known.keys(), known["head_commit"].keys())


def test_a_red_group_is_taken_out_and_leaves_main_alone(world: Sandbox, receiver: Receiver):
    before = world.head()
    world.arm("red_ci", check="lint", branch="gh-readonly-queue/*")
    pull = enqueued(world, "group/red")
    wanted = [
        ("checks_requested", None), ("dequeued", "CI_FAILURE"), ("destroyed", "dequeued"), ("enqueued", None),
    ]  # fmt: skip
    eventually(lambda: queue_hooks(receiver, pull) == wanted)
    assert (world.head(), world.rest("GET", f"/repos/{REPO}/pulls/{pull['number']}")["state"]) == (
        before,
        "open",
    )


def test_a_later_entry_is_told_how_long_it_will_take(world: Sandbox):
    first = enqueued(world, "group/first")
    eventually(lambda: world.rest("GET", f"/repos/{REPO}/pulls/{first['number']}")["merged"])
    text = world.text() + "\n### How long will it take?\n\nAs long as the one before.\n"
    pull = world.propose("group/later", {FAQ: text})
    world.verdict(pull["head"]["sha"])
    entry = world.graphql(ENQUEUE, id=pull["node_id"])["enqueuePullRequest"]["mergeQueueEntry"]
    assert entry["position"] == 1
    assert entry["estimatedTimeToMerge"] >= 0


def test_the_first_page_shows_what_waits(world: Sandbox):
    world.arm("ci_never", branch="gh-readonly-queue/*")
    pull = enqueued(world, "group/shown")
    assert f"#{pull['number']}</a> into <code>main</code>" in world.http.get("/").text
    world.rest("PATCH", f"/repos/{REPO}/pulls/{pull['number']}", state="closed")
    eventually(lambda: "Merge queue" not in world.http.get("/").text)
