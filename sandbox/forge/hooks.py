"""Webhook registrations and the record of their deliveries.

The core keeps registrations; whoever delivers subscribes to the bus and works with these kinds:

- `hook:{repo}` key id: `{id, name: "web", active, events: [names or "*"], config: {url, content_type,
  insecure_ssl, secret}, created_at, updated_at, last_response: {code, status, message}}`
- `delivery:{repo}` key id: `{id, hook_id, guid, delivered_at, redelivery, duration, status, status_code,
  event, action, installation_id, repository_id, throttled_at, url, request: {headers, payload},
  response: {headers, payload}}`

A redelivery asked for by REST is published on the bus as `Event(kind=REDELIVER, repo, payload=delivery)`,
a ping as `Event(kind=PING, repo, payload={"hook_id": id})`; both are for the deliverer alone.
"""

from dataclasses import dataclass
from typing import Any

from sandbox.store import Doc
from sandbox.world import World

REDELIVER = "sandbox.redeliver"
PING = "sandbox.ping"


@dataclass(frozen=True, slots=True, kw_only=True)
class HookSpec:
    """A webhook to register."""

    #: where deliveries are posted
    url: str
    #: signs deliveries; empty leaves them unsigned
    secret: str = ""
    #: event names, or `*` for all
    events: tuple[str, ...] = ("*",)
    #: `json` or `form`
    content_type: str = "json"
    #: an inactive hook keeps its registration and gets nothing
    active: bool = True


def hooks_of(world: World, full_name: str) -> list[Doc]:
    """Registrations of a repository, oldest first."""
    return world.store.all(f"hook:{full_name}")


def create_hook(world: World, full_name: str, spec: HookSpec) -> Doc:
    """Register a webhook."""
    now = world.stamp()
    document: dict[str, Any] = {
        "id": world.store.next_id("id", start=1001),
        "name": "web",
        "active": spec.active,
        "events": list(spec.events),
        "config": {
            "url": spec.url,
            "content_type": spec.content_type,
            "insecure_ssl": "0",
            "secret": spec.secret,
        },
        "created_at": now,
        "updated_at": now,
        "last_response": {"code": None, "status": "unused", "message": None},
    }
    return world.store.put(f"hook:{full_name}", document["id"], document)


def ensure_hook(world: World, full_name: str, spec: HookSpec) -> Doc:
    """Register a webhook unless one with that address exists; then take over its secret."""
    for known in hooks_of(world, full_name):
        if known["config"]["url"] == spec.url:
            config = {**known["config"], "secret": spec.secret}
            return world.store.put(f"hook:{full_name}", known["id"], {**known, "config": config})
    return create_hook(world, full_name, spec)
