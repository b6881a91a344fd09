"""Puts an event on the bus in the form of GitHub's webhook body."""

from typing import Any

from sandbox.events import Event
from sandbox.forge.accounts import account
from sandbox.forge.repos import open_issue_count
from sandbox.store import Doc
from sandbox.views.accounts import simple_user
from sandbox.views.repos import repository
from sandbox.world import World


def publish(world: World, repo: Doc, kind: str, login: str, payload: dict[str, Any]) -> None:
    """Publish `payload` with repository, organization and sender added."""
    name = repo["full_name"]
    shown = repository(world.links, repo, open_issue_count(world, name))
    sender = simple_user(world.links, account(world, login))
    world.bus.publish(Event(kind=kind, repo=name, payload={**payload, "repository": shown, "sender": sender}))
