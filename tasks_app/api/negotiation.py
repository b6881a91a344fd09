"""What representation is answered with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.negotiation import BaseContentNegotiation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rest_framework.parsers import BaseParser
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request


class JSONOnly(BaseContentNegotiation):
    """There is one representation; weighing `Accept` against it costs a tenth of a submission."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """The parser for the body's type; None is answered with 415."""
        sent = request.content_type.partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == sent), None)

    def select_renderer(
        self,
        request: Request,  # noqa: ARG002 - DRF's signature
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,  # noqa: ARG002 - as above
    ) -> tuple[BaseRenderer, str]:
        """The only one."""
        only = next(iter(renderers))
        return only, str(only.media_type)
