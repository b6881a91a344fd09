"""Reading request bodies: bounded, UTF-8 JSON, nothing else."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from closedloop.problems import BodyTooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping


class BoundedJSONParser(BaseParser):
    """JSON as RFC 8259 has it; refuses large bodies before reading them.

    DRF's own parser reads the stream directly, past Django's limit, and lets a deeply nested
    document end in a RecursionError.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,  # noqa: ARG002 - the base class's signature
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The decoded document. Raises ParseError (400) and BodyTooLarge (413)."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        announced = (parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0
        if int(announced) > limit:
            raise BodyTooLarge
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLarge
        try:
            return json.loads(body.decode(), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise ParseError(f"The body is not JSON in UTF-8: {error}") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
