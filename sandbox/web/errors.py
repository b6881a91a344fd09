"""Refusals in GitHub's form: `{message, errors, documentation_url, status}`."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

DOCS = "https://docs.github.com/rest"


class ApiError(Exception):
    """A request that the forge refuses."""

    def __init__(self, status: int, message: str, *errors: Mapping[str, Any] | str, docs: str = DOCS) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.docs = docs
        self.headers: dict[str, str] = {}

    def response(self) -> Response:
        """Word the refusal as GitHub words it."""
        body: dict[str, Any] = {"message": self.message}
        if self.errors:
            body["errors"] = list(self.errors)
        body |= {"documentation_url": self.docs, "status": str(self.status)}
        return JSONResponse(body, self.status, self.headers)


def not_found() -> ApiError:
    """Say what GitHub says of anything missing or hidden."""
    return ApiError(404, "Not Found")


def invalid(resource: str, field: str, code: str = "invalid", message: str = "") -> ApiError:
    """422 for one field: code is missing, missing_field, invalid, already_exists or custom (with message)."""
    error = {"resource": resource, "code": code, "field": field}
    if message:
        error = {"resource": resource, "code": "custom", "field": field, "message": message}
    return ApiError(422, "Validation Failed", error)
