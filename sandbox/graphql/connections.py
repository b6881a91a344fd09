"""Pages of a list, bounded as GitHub demands.

https://docs.github.com/en/graphql/guides/using-pagination-in-the-graphql-api
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.graphql.scene import GraphError, Shown

_MOST = 100
Item = Any


def _cursor(position: int) -> str:
    return base64.b64encode(f"cursor:v2:{position}".encode()).decode()


def _position(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor, validate=True).decode().rpartition(":")[2])
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise GraphError(
            "INVALID_CURSOR_ARGUMENTS", f"`{cursor}` does not appear to be a valid cursor."
        ) from None


def _check(name: str, args: Mapping[str, Any]) -> None:
    given = {side: args[side] for side in ("first", "last") if args.get(side) is not None}
    if not given:
        message = f"You must provide a `first` or `last` value to properly paginate the `{name}` connection."
        raise GraphError("MISSING_PAGINATION_BOUNDARIES", message)
    for side, size in given.items():
        if size < 0:
            raise GraphError(
                "UNPROCESSABLE", f"`{side}` on the `{name}` connection cannot be less than zero."
            )
        if size > _MOST:
            asked = f"Requesting {size} records on the `{name}` connection"
            raise GraphError(
                "EXCESSIVE_PAGINATION", f"{asked} exceeds the `{side}` limit of {_MOST} records."
            )


def connection(
    name: str, items: Sequence[Item], args: Mapping[str, Any], view: Callable[[Item], Shown]
) -> Shown:
    """Return the page of `items` that `first`, `last`, `after` and `before` ask for."""
    _check(name, args)
    start = _position(args["after"]) if args.get("after") else 0
    end = _position(args["before"]) - 1 if args.get("before") else len(items)
    if args.get("first") is not None:
        end = min(end, start + args["first"])
    if args.get("last") is not None:
        start = max(start, end - args["last"])
    page = items[start:end]
    return {
        "nodes": [view(item) for item in page],
        "totalCount": len(items),
        "pageInfo": {
            "hasNextPage": end < len(items),
            "hasPreviousPage": start > 0,
            "startCursor": _cursor(start + 1) if page else None,
            "endCursor": _cursor(start + len(page)) if page else None,
        },
    }
