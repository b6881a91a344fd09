"""Addresses and node ids of things on the forge."""

import base64
from dataclasses import dataclass

_PREFIXES = {
    "User": "U",
    "Organization": "O",
    "Repository": "R",
    "PullRequest": "PR",
    "Issue": "I",
    "IssueComment": "IC",
    "Commit": "C",
    "Ref": "REF",
    "CheckRun": "CR",
    "CheckSuite": "CS",
    "MergeQueue": "MQ",
    "MergeQueueEntry": "MQE",
}


def node_id(kind: str, *key: object) -> str:
    """Make an opaque global id, as GraphQL uses it; `parse_node_id` reads it."""
    raw = "\n".join((kind, *map(str, key))).encode()
    return f"{_PREFIXES.get(kind, kind)}_{base64.urlsafe_b64encode(raw).decode().rstrip('=')}"


def parse_node_id(value: str) -> tuple[str, ...]:
    """Kind and key of a node id: ("PullRequest", "acme/handbook", "7"); ValueError if it is none."""
    encoded = value.partition("_")[2]
    raw = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    if not raw:
        raise ValueError(value)
    return tuple(raw.split("\n"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Addresses under one base URL."""

    #: scheme, host and port
    base: str

    def api(self, *parts: object) -> str:
        """Address of a REST resource."""
        return "/".join((self.base, "api/v3", *map(str, parts)))

    def repo(self, full_name: str, *parts: object) -> str:
        """Address of a REST resource of a repository."""
        return self.api("repos", full_name, *parts)

    def page(self, *parts: object) -> str:
        """Address of a page for people."""
        return "/".join((self.base, *map(str, parts)))
