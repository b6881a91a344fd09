from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from typing import TYPE_CHECKING, Any

from tests.contracts.sandbox_world.driver import FAQ, REPO, eventually
from tests.contracts.sandbox_world.receiver import SECRET

if TYPE_CHECKING:
    from tests.contracts.sandbox_world.driver import Sandbox
    from tests.contracts.sandbox_world.receiver import Delivery, Receiver


def hook_of(world: Sandbox, receiver: Receiver) -> int:
    hooks = world.rest("GET", f"/repos/{REPO}/hooks")
    return next(int(hook["id"]) for hook in hooks if hook["config"]["url"] == receiver.url)


def await_completed(receiver: Receiver, sha: str) -> tuple[Delivery, dict[str, Any]]:
    def look() -> tuple[Delivery, dict[str, Any]] | None:
        for one in receiver.of("check_suite"):
            body = json.loads(one.body)
            if body["action"] == "completed" and body["check_suite"]["head_sha"] == sha:
                return one, body
        return None

    return eventually(look)


def test_a_delivery_is_signed_over_its_raw_body_and_named(world: Sandbox, receiver: Receiver):
    sha = world.propose("hooks/signed", {FAQ: world.text() + "\n### Is ü signed?\n\nJa, ü.\n"})["head"]["sha"]
    delivery, body = await_completed(receiver, sha)
    wanted = hmac.new(SECRET.encode(), delivery.body, hashlib.sha256).hexdigest()
    assert delivery.headers["x-hub-signature-256"] == f"sha256={wanted}"
    assert delivery.headers["user-agent"].startswith("GitHub-Hookshot/")
    assert delivery.headers["x-github-hook-id"] == str(hook_of(world, receiver))
    assert uuid.UUID(delivery.headers["x-github-delivery"])
    assert body["check_suite"]["conclusion"] == "success"
    assert body["repository"]["full_name"] == REPO


def test_every_step_of_a_pull_request_is_delivered(world: Sandbox, receiver: Receiver):
    pull = world.propose("hooks/steps", {FAQ: world.text() + "\n### Are steps told?\n\nYes, all.\n"})
    merged = world.merge(pull)
    world.live(merged)

    def told() -> set[str]:
        bodies = [json.loads(one.body) for one in receiver.of("pull_request")]
        return {body["action"] for body in bodies if body["number"] == pull["number"]}

    eventually(lambda: any(json.loads(one.body)["after"] == merged for one in receiver.of("push")))
    eventually(lambda: told() == {"opened", "closed"})
    assert receiver.of("check_run")
    eventually(lambda: receiver.of("deployment_status"))


def test_deliveries_are_listed_and_can_be_sent_again(world: Sandbox, receiver: Receiver):
    sha = world.propose(
        "hooks/again", {FAQ: world.text() + "\n### Sent again?\n\nYes, as often as needed.\n"}
    )
    sent, _ = await_completed(receiver, sha["head"]["sha"])
    guid, path = (
        sent.headers["x-github-delivery"],
        f"/repos/{REPO}/hooks/{hook_of(world, receiver)}/deliveries",
    )
    listed = eventually(lambda: [one for one in world.rest("GET", path) if one["guid"] == guid])
    assert (listed[0]["status"], listed[0]["status_code"]) == ("OK", 202)
    world.rest("POST", f"{path}/{listed[0]['id']}/attempts")

    def twice() -> list[Delivery] | None:
        same = [one for one in receiver.deliveries if one.headers["x-github-delivery"] == guid]
        return same if len(same) == 2 else None

    first, second = eventually(twice)
    assert first.body == second.body


def test_a_new_hook_is_pinged_and_a_dead_one_is_recorded(world: Sandbox):
    config = {"url": "http://127.0.0.1:9/nobody", "content_type": "json"}
    hook = world.rest("POST", f"/repos/{REPO}/hooks", name="web", events=["issues"], config=config)
    path = f"/repos/{REPO}/hooks/{hook['id']}"
    [delivery] = eventually(lambda: world.rest("GET", f"{path}/deliveries"))
    world.rest("DELETE", path)
    assert (delivery["event"], delivery["status_code"]) == ("ping", 502)


def test_an_armed_fault_swallows_one_event(world: Sandbox, receiver: Receiver):
    world.arm("no_webhook")
    before = len(receiver.of("issues"))
    world.rest("POST", f"/repos/{REPO}/issues", title="Swallowed")
    world.rest("POST", f"/repos/{REPO}/issues", title="Heard")
    eventually(lambda: len(receiver.of("issues")) > before)
    titles = {json.loads(one.body)["issue"]["title"] for one in receiver.of("issues")}
    assert "Heard" in titles
    assert "Swallowed" not in titles
