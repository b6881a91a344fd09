"""Errors as RFC 9457 problem documents, each with a code to act on and the id that finds its log lines."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from django.views import defaults
from rest_framework import exceptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponseBase

log = structlog.get_logger(__name__)

CONTENT_TYPE = "application/problem+json"

#: Addresses whose callers are programs; elsewhere errors are pages for people.
_MACHINE_PATHS = ("/api/", "/webhooks/")

#: Codes for what Django and DRF raise; theirs name the class of error less clearly.
_CODES: dict[int, str] = {
    400: "malformed",
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "not_possible",
    413: "too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    500: "internal_error",
    503: "unavailable",
}


class Problem(exceptions.APIException):
    """Raised by views: answered as a problem document."""

    def __init__(
        self, status: int, code: str, detail: str, *, retry_after_s: int | None = None, **members: object
    ) -> None:
        super().__init__(detail, code)
        self.status_code = status
        self.code = code
        self.wait = retry_after_s
        #: Further members of the document, `trace_id` among them.
        self.members = members


class BodyTooLarge(exceptions.APIException):
    """The body is larger than this address takes."""

    status_code = 413
    default_detail = f"Send at most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024} KiB."


def problem(
    status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: object
) -> HttpResponse:
    """The document itself; without a task's `trace_id` among its members it carries the request's id."""
    body = {
        "type": f"urn:closedloop:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "trace_id": structlog.contextvars.get_contextvars().get("request_id", ""),
        **members,
    }
    text = json.dumps(body, ensure_ascii=False)
    return HttpResponse(text, status=status, content_type=CONTENT_TYPE, headers=headers)


def problem_response(error: Exception, _context: Mapping[str, Any]) -> HttpResponseBase | None:
    """DRF's exception handler; None lets the error travel on to `server_error`."""
    if isinstance(error, OperationalError | InterfaceError):
        return database_away(error)
    known = _as_api_exception(error)
    if known is None:
        return None
    code = getattr(known, "code", "") or _CODES.get(known.status_code, "refused")
    members = getattr(known, "members", {})
    return problem(known.status_code, code, _detail(known), headers=_headers(known), **members)


def database_away(error: Exception) -> HttpResponse:
    """503: nothing was stored, and the caller may safely send the same again."""
    log.error("database_away", error=type(error).__name__, detail=str(error))
    detail = "The database cannot be reached; nothing was stored. Send the same again in a few seconds."
    return problem(503, "database_unavailable", detail, headers={"Retry-After": "5"})


def _as_api_exception(error: Exception) -> exceptions.APIException | None:
    match error:
        case exceptions.APIException():
            return error
        case Http404():
            return exceptions.NotFound()
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case RequestDataTooBig():
            return BodyTooLarge()
        case _:
            return None


def _detail(error: exceptions.APIException) -> str:
    detail = error.detail
    if isinstance(detail, dict):
        return " ".join(f"{name}: {_sentence(told)}" for name, told in detail.items())
    return _sentence(detail)


def _sentence(told: Any) -> str:
    return " ".join(str(part) for part in told) if isinstance(told, list) else str(told)


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if (challenge := getattr(error, "auth_header", None)) is not None:
        headers["WWW-Authenticate"] = challenge
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(max(1, int(wait)))
    return headers


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    if not _is_machine(request):
        return defaults.bad_request(request, exception)
    return problem(400, _CODES[400], "The request cannot be read.")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    if not _is_machine(request):
        return defaults.permission_denied(request, exception)
    return problem(403, _CODES[403], "You may not do this.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    if not _is_machine(request):
        return defaults.page_not_found(request, exception)
    return problem(404, _CODES[404], "There is nothing at this address; /api/docs/ lists what there is.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500; the traceback is in the log under the same id."""
    if not _is_machine(request):
        return defaults.server_error(request)
    return problem(500, _CODES[500], "Something here is broken; the log has it under this trace id.")


def _is_machine(request: HttpRequest) -> bool:
    return request.path.startswith(_MACHINE_PATHS)
