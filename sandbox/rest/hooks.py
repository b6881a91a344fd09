"""Webhooks of a repository and their deliveries.

https://docs.github.com/en/rest/repos/webhooks
"""

from typing import Any

from starlette.responses import Response

from sandbox.events import Event
from sandbox.forge.hooks import PING, REDELIVER, HookSpec, create_hook, hooks_of
from sandbox.store import Doc
from sandbox.web.call import Call, answer, nothing
from sandbox.web.dispatch import endpoint
from sandbox.web.errors import ApiError, invalid, not_found

_MASK = "********"
_FULL_ONLY = frozenset({"url", "request", "response", "hook_id"})


def listed(call: Call) -> Response:
    """List webhooks."""
    return call.listing(hooks_of(call.world, call.full_name), lambda hook: _hook_json(call, hook))


def create(call: Call) -> Response:
    """Create a webhook; GitHub pings it."""
    config: dict[str, Any] = call.field("config", dict, {})
    url = config.get("url")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise invalid("Hook", "url", message="url is missing a scheme")
    if any(hook["config"]["url"] == url for hook in hooks_of(call.world, call.full_name)):
        error = {"resource": "Hook", "code": "custom", "message": "Hook already exists on this repository"}
        raise ApiError(422, "Validation Failed", error)
    spec = HookSpec(
        url=url,
        secret=str(config.get("secret") or ""),
        events=tuple(call.names("events", ["push"])),
        content_type=str(config.get("content_type") or "form"),
        active=call.field("active", bool, default=True),
    )
    hook = create_hook(call.world, call.full_name, spec)
    _ping(call, hook)
    return answer(_hook_json(call, hook), 201)


def get(call: Call) -> Response:
    """Get a webhook."""
    return answer(_hook_json(call, _hook(call)))


def update(call: Call) -> Response:
    """Change events, activity and config of a webhook."""
    hook = _hook(call)
    events = call.names("events", hook["events"])
    events += [one for one in call.names("add_events") if one not in events]
    removed = call.names("remove_events")
    changed = {
        **hook,
        "active": call.field("active", bool, default=bool(hook["active"])),
        "events": [one for one in events if one not in removed],
        "config": {**hook["config"], **call.field("config", dict, {})},
        "updated_at": call.world.stamp(),
    }
    return answer(_hook_json(call, call.world.store.put(f"hook:{call.full_name}", hook["id"], changed)))


def delete(call: Call) -> Response:
    """Delete a webhook."""
    call.world.store.delete(f"hook:{call.full_name}", _hook(call)["id"])
    return nothing()


def ping(call: Call) -> Response:
    """Have a ping delivered."""
    _ping(call, _hook(call))
    return nothing()


def deliveries(call: Call) -> Response:
    """List deliveries of a webhook, newest first."""
    found = call.world.store.find(f"delivery:{call.full_name}", "hook_id", _hook(call)["id"])
    return call.listing(found[::-1], _delivery_item)


def get_delivery(call: Call) -> Response:
    """Get a delivery with request and response."""
    delivery = _delivery(call)
    return answer({name: delivery[name] for name in delivery if name != "hook_id"})


def redeliver(call: Call) -> Response:
    """Have a delivery attempted again."""
    event = Event(kind=REDELIVER, repo=call.full_name, payload=_delivery(call))
    call.world.bus.publish(event)
    return answer({}, 202)


def _ping(call: Call, hook: Doc) -> None:
    call.world.bus.publish(Event(kind=PING, repo=call.full_name, payload={"hook_id": hook["id"]}))


def _delivery_item(delivery: Doc) -> dict[str, Any]:
    return {name: delivery[name] for name in delivery if name not in _FULL_ONLY}


def _hook_json(call: Call, hook: Doc) -> dict[str, Any]:
    url = call.world.links.repo(call.full_name, "hooks", hook["id"])
    config = {name: value for name, value in hook["config"].items() if value != ""}
    if "secret" in config:
        config["secret"] = _MASK
    return {
        "type": "Repository",
        **hook,
        "config": config,
        "url": url,
        "test_url": f"{url}/test",
        "ping_url": f"{url}/pings",
        "deliveries_url": f"{url}/deliveries",
    }


def _hook(call: Call) -> Doc:
    found = call.world.store.get(f"hook:{call.full_name}", call.number("hook"))
    if found is None:
        raise not_found()
    return found


def _delivery(call: Call) -> Doc:
    found = call.world.store.get(f"delivery:{call.full_name}", call.number("delivery"))
    if found is None or found["hook_id"] != _hook(call)["id"]:
        raise not_found()
    return found


_BASE = "/repos/{owner}/{repo}/hooks"
_ONE = f"{_BASE}/{{hook}}"
ENDPOINTS = (
    endpoint("GET", _BASE, listed, "repository_hooks:read"),
    endpoint("POST", _BASE, create, "repository_hooks:write"),
    endpoint("GET", _ONE, get, "repository_hooks:read"),
    endpoint("PATCH", _ONE, update, "repository_hooks:write"),
    endpoint("DELETE", _ONE, delete, "repository_hooks:write"),
    endpoint("POST", f"{_ONE}/pings", ping, "repository_hooks:read"),
    endpoint("GET", f"{_ONE}/deliveries", deliveries, "repository_hooks:read"),
    endpoint("GET", f"{_ONE}/deliveries/{{delivery}}", get_delivery, "repository_hooks:read"),
    endpoint("POST", f"{_ONE}/deliveries/{{delivery}}/attempts", redeliver, "repository_hooks:write"),
)
