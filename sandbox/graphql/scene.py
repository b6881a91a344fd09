"""What resolvers work with, and their refusals.

Resolvers return mappings; a value that is a function is called for a field that is asked for, so that nothing
is computed in vain.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pygit2

from sandbox.forge.repos import find_repo
from sandbox.store import Doc
from sandbox.views.links import parse_node_id
from sandbox.web.auth import Actor
from sandbox.world import World

#: What a resolver returns for an object.
Shown = Mapping[str, Any]
Budget = Callable[[], Shown]


class GraphError(Exception):
    """A refusal; `type` is GitHub's word for its kind."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.type = kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One request."""

    #: The sandbox.
    world: World
    #: Who asks.
    actor: Actor
    #: Tells the fields of `RateLimit`.
    budget: Budget

    def repo(self, full_name: str) -> Doc:
        """Find a repository; NOT_FOUND in GitHub's words."""
        found = find_repo(self.world, full_name)
        if found is None:
            raise GraphError("NOT_FOUND", f"Could not resolve to a Repository with the name '{full_name}'.")
        return found

    def git(self, repo: Doc) -> pygit2.Repository:
        """Open the repository's git data."""
        return self.world.git.open(repo["full_name"])

    def require(self, permission: str, level: str) -> None:
        """Refuse what the token does not grant."""
        if not self.actor.may(permission, level):
            kind = "integration" if self.actor.app else "personal access token"
            raise GraphError("FORBIDDEN", f"Resource not accessible by {kind}")


def resolve_id(value: str, *kinds: str) -> tuple[str, ...]:
    """Return the key of a node id of one of these kinds; NOT_FOUND in GitHub's words for any other."""
    try:
        kind, *key = parse_node_id(value)
    except ValueError:
        kind, key = "", []
    if kind not in kinds:
        raise GraphError("NOT_FOUND", f"Could not resolve to a node with the global id of '{value}'")
    return (kind, *key)
