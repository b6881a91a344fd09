"""Reads what several request bodies have in common."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pygit2

from sandbox.git.commits import signature
from sandbox.web.errors import ApiError


def given_signature(
    field: str, given: Mapping[str, Any] | None, default: pygit2.Signature
) -> pygit2.Signature:
    """Read an `author` or `committer` of a request body; without one it is `default`."""
    if not given:
        return default
    name, email = given.get("name"), given.get("email")
    if not isinstance(name, str) or not isinstance(email, str):
        missing = "name" if not isinstance(name, str) else "email"
        raise ApiError(422, f'Invalid request.\n\n"{missing}" wasn\'t supplied for "{field}".')
    date = given.get("date")
    at = datetime.fromtimestamp(default.time, UTC) if date is None else parse_time(str(date))
    return signature(name, email, at)


def parse_time(value: str) -> datetime:
    """Read an ISO 8601 time; without an offset it is UTC; 422 if it is none."""
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise ApiError(422, f"Invalid request.\n\n{value} is not a valid date-time.") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
