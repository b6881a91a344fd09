"""Binds a trace to every request, and spares machines what only people's sessions need."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.middleware import csrf
from django.utils.deprecation import MiddlewareMixin

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

#: Addresses that machines call with a token, a signature or nothing.
_MACHINE_PATHS = ("/api/agent/", "/webhooks/")


class TraceMiddleware:
    """Gives every request an id, logs it and sends it back as `X-Request-Id`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Bind, answer, name."""
        request_id = uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self._get_response(request)
        response["X-Request-Id"] = request_id
        return response


class _ForPeople(MiddlewareMixin):
    """Steps aside for machines: with their session cookie, people keep all of it at these addresses too.

    Sessions, users, messages and their CSRF cookie cost a tenth of a submission (`bench/submit.py`), and
    two changes of thread each under ASGI.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Skip to the next one or do what Django's does."""
        if _is_for_machine(request):
            return self.get_response(request)
        return super().__call__(request)


def _is_for_machine(request: HttpRequest) -> bool:
    return request.path.startswith(_MACHINE_PATHS) and settings.SESSION_COOKIE_NAME not in request.COOKIES


class SessionMiddleware(_ForPeople, sessions.SessionMiddleware):
    """Django's, for people."""


class CsrfViewMiddleware(_ForPeople, csrf.CsrfViewMiddleware):
    """Django's, for people; views that are not exempt are checked at every address."""


class AuthenticationMiddleware(_ForPeople, auth.AuthenticationMiddleware):
    """Django's, for people."""


class MessageMiddleware(_ForPeople, messages.MessageMiddleware):
    """Django's, for people."""
