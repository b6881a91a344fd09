"""Posts what happens on the forge to the registered webhooks, signed as GitHub signs.

https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers
https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

import asyncio
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx2

from sandbox.events import EVERY, Event
from sandbox.faults.armory import Armory, Kind
from sandbox.forge.hooks import PING, REDELIVER, hooks_of
from sandbox.forge.repos import find_repo
from sandbox.journal import Journal
from sandbox.store import Doc
from sandbox.views.accounts import simple_user
from sandbox.views.repos import repository
from sandbox.world import World

TIMEOUT_S = 10.0
_AT_ONCE = 20
_KEPT_BODY = 2000
_FORM = "application/x-www-form-urlencoded"
_ZEN = "Practicality beats purity."


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One delivery that is to be made."""

    #: The registration.
    hook: Doc
    #: `owner/name` of the repository.
    repo: str
    #: Event name.
    event: str
    #: The body before it is encoded.
    payload: Mapping[str, Any]
    #: The delivery id; a redelivery keeps the first one's.
    guid: str
    #: Whether it was delivered before.
    redelivery: bool = False


def encode(parcel: Parcel) -> tuple[bytes, dict[str, str]]:
    """Return the raw body and the headers, with signatures if the hook has a secret."""
    config = parcel.hook["config"]
    body = json.dumps(parcel.payload, ensure_ascii=False, separators=(",", ":")).encode()
    content_type = "application/json"
    if config["content_type"] == "form":
        body, content_type = urlencode({"payload": body}).encode(), _FORM
    headers = {
        "Accept": "*/*",
        "Content-Type": content_type,
        "User-Agent": "GitHub-Hookshot/sandbox",
        "X-GitHub-Delivery": parcel.guid,
        "X-GitHub-Event": parcel.event,
        "X-GitHub-Hook-ID": str(parcel.hook["id"]),
        "X-GitHub-Hook-Installation-Target-Type": "repository",
    }
    if secret := config["secret"].encode():
        headers["X-Hub-Signature"] = "sha1=" + hmac.new(secret, body, hashlib.sha1).hexdigest()
        headers["X-Hub-Signature-256"] = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return body, headers


class Deliverer:
    """Delivers in the background; every try is recorded, none is repeated by itself, as on GitHub."""

    def __init__(self, world: World, armory: Armory) -> None:
        self._world = world
        self._armory = armory
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._client = httpx2.AsyncClient(timeout=TIMEOUT_S, trust_env=False, follow_redirects=False)
        world.bus.subscribe(EVERY, self._on_event)
        world.on_stop.append(self._client.aclose)

    def _on_event(self, event: Event) -> None:
        if event.kind == REDELIVER:
            self._redeliver(event)
        elif event.kind == PING:
            self._ping(event)
        elif self._armory.take(Kind.NO_WEBHOOK, self._world.now()) is None:
            for hook in hooks_of(self._world, event.repo):
                if hook["active"] and {"*", event.kind} & set(hook["events"]):
                    self._post(hook, event.repo, event.kind, event.payload)

    def _post(self, hook: Doc, repo: str, event: str, payload: Mapping[str, Any]) -> None:
        parcel = Parcel(hook=hook, repo=repo, event=event, payload=payload, guid=str(uuid.uuid4()))
        self._world.spawn(self._deliver(parcel))

    def _ping(self, event: Event) -> None:
        hook = self._world.store.get(f"hook:{event.repo}", event.payload["hook_id"])
        repo = find_repo(self._world, event.repo)
        if hook is None or repo is None:
            return
        links = self._world.links
        shown = {**hook, "type": "Repository", "config": {**hook["config"], "secret": "********"}}
        around = {"repository": repository(links, repo), "sender": simple_user(links, repo["owner"])}
        self._post(hook, event.repo, "ping", {"zen": _ZEN, "hook_id": hook["id"], "hook": shown, **around})

    def _redeliver(self, event: Event) -> None:
        old = event.payload
        hook = self._world.store.get(f"hook:{event.repo}", old["hook_id"])
        if hook is None:
            return
        payload = old["request"]["payload"]
        parcel = Parcel(
            hook=hook, repo=event.repo, event=old["event"], payload=payload, guid=old["guid"], redelivery=True
        )
        self._world.spawn(self._deliver(parcel))

    async def _deliver(self, parcel: Parcel) -> None:
        body, headers = encode(parcel)
        at, started = self._world.stamp(), time.monotonic()
        async with self._room:
            code, status, answer = await self._send(parcel.hook["config"]["url"], body, headers)
        self._record(parcel, {
            "delivered_at": at,
            "duration": round(time.monotonic() - started, 3),
            "status": status,
            "status_code": code,
            "request": {"headers": headers, "payload": dict(parcel.payload)},
            "response": answer,
        })  # fmt: skip

    async def _send(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, dict[str, Any]]:
        try:
            answer = await self._client.post(url, content=body, headers=headers)
        except httpx2.TimeoutException:
            return 504, "timed out", {"headers": {}, "payload": None}
        except (httpx2.TransportError, httpx2.InvalidURL):
            return 502, "failed to connect to host", {"headers": {}, "payload": None}
        status = "OK" if answer.is_success else f"Invalid HTTP Response: {answer.status_code}"
        shown = {"headers": dict(answer.headers), "payload": answer.text[:_KEPT_BODY]}
        return answer.status_code, status, shown

    def _record(self, parcel: Parcel, result: Mapping[str, Any]) -> None:
        hook, store = parcel.hook, self._world.store
        Journal(store, f"delivery:{parcel.repo}").add({
            "hook_id": hook["id"],
            "guid": parcel.guid,
            "redelivery": parcel.redelivery,
            "event": parcel.event,
            "action": parcel.payload.get("action"),
            "installation_id": None,
            "repository_id": parcel.payload.get("repository", {}).get("id"),
            "throttled_at": None,
            "url": hook["config"]["url"],
            **result,
        })  # fmt: skip
        known = store.get(f"hook:{parcel.repo}", hook["id"])
        if known is not None:
            last = {"code": result["status_code"], "status": "active", "message": result["status"]}
            store.put(f"hook:{parcel.repo}", hook["id"], {**known, "last_response": last})
