"""Sentry envelopes, taken apart.

https://develop.sentry.dev/sdk/foundations/transport/envelopes/
"""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import brotli  # type: ignore[import-untyped]  # it ships no stubs

_UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "": lambda raw: raw,
    "identity": lambda raw: raw,
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
    "br": brotli.decompress,
}
#: Item types whose payload is JSON.
_JSON_TYPES = {"event", "transaction", "check_in", "session", "sessions", "client_report", "feedback", "log"}
LARGEST = 20_000_000


class EnvelopeError(Exception):
    """A body that is no envelope."""


def unpack(raw: bytes, encoding: str) -> bytes:
    """Undo the content encoding; raises EnvelopeError."""
    try:
        return _UNPACK[encoding.strip().lower()](raw)
    except (KeyError, OSError, EOFError, zlib.error, brotli.error) as error:
        raise EnvelopeError(f"cannot be unpacked: {encoding}") from error


def _object(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise EnvelopeError("a header is not JSON") from error
    if not isinstance(found, dict):
        raise EnvelopeError("a header is not an object")
    return found


def items_of(body: bytes) -> Iterator[tuple[str, Any]]:
    """Yield type and payload of every item: JSON for the types that are, else the number of bytes."""
    header, _, rest = body.partition(b"\n")
    _object(header)
    while rest.strip():
        line, _, rest = rest.partition(b"\n")
        if not line.strip():
            continue
        item = _object(line)
        length = item.get("length")
        if isinstance(length, int):
            payload, rest = rest[:length], rest[length:].removeprefix(b"\n")
        else:
            payload, _, rest = rest.partition(b"\n")
        kind = str(item.get("type", ""))
        yield kind, _object(payload) if kind in _JSON_TYPES else {"bytes": len(payload)}
