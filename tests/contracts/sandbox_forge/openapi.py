"""GitHub's published description, as a judge of the sandbox's answers."""

import gzip
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker

_FILE = Path(__file__).parent / "github_openapi.json.gz"
#: addresses of GitHub's first years that clients still read, and that answer like their successors
_LEGACY = (
    (re.compile(r"(?<=/)statuses/([0-9a-f]{40})$"), r"commits/\1/statuses"),
    (re.compile(r"(?<=/git)/refs/(.+)$"), r"/ref/\1"),
    (re.compile(r"(?<=/git)/refs$"), "/matching-refs/"),
)
_formats = FormatChecker(())


@_formats.checks("date-time")
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or (value.endswith("Z") and bool(datetime.fromisoformat(value)))


@_formats.checks("uri")
def _is_uri(value: object) -> bool:
    return value == "" or not isinstance(value, str) or bool(urlsplit(value).scheme)


@_formats.checks("email")
def _is_email(value: object) -> bool:
    return not isinstance(value, str) or "@" in value


class Description:
    """Operations by path, and what each may answer."""

    def __init__(self) -> None:
        self._document = json.loads(gzip.decompress(_FILE.read_bytes()))
        paths = sorted(self._document["paths"], key=lambda path: (-path.count("/"), path.count("{")))
        self._validators: dict[str, Draft202012Validator] = {}
        self._paths = [(_pattern(path), path) for path in paths]

    def problems(self, method: str, path: str, status: int, body: bytes) -> list[str]:
        """Say how an answer differs from what GitHub documents; empty if it does not."""
        if method == "GET":
            path = _current(path)
        operation = self._operation(method.lower(), path)
        if operation is None:
            return [f"{method} {path} is not an operation of GitHub's"]
        template, responses = operation
        where = f"{method} {template} → {status}"
        if str(status) not in responses:
            return [] if _is_general(status) else [f"{where} is not documented, but {sorted(responses)}"]
        schema = self._schema(responses[str(status)])
        if schema is None:
            return [] if status in {204, 304, 404, 409, 422} else [f"{where} has no JSON body"]
        return [
            f"{where} {one.json_path}: {one.message[:300]}"
            for one in self._validator(json.dumps(schema, sort_keys=True)).iter_errors(json.loads(body))
        ]

    def _validator(self, schema: str) -> Draft202012Validator:
        """Return the validator of a schema, made once: the components beside it are half a megabyte."""
        if schema not in self._validators:
            whole = {**json.loads(schema), "components": self._document["components"]}
            self._validators[schema] = Draft202012Validator(whole, format_checker=_formats)
        return self._validators[schema]

    def _operation(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        for pattern, template in self._paths:
            found = self._document["paths"][template].get(method)
            if found is not None and pattern.fullmatch(path):
                return template, found["responses"]
        return None

    def _schema(self, response: dict[str, Any]) -> dict[str, Any] | None:
        if "$ref" in response:
            response = self._document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        content = response.get("content", {})
        kind = "application/json" if "application/json" in content else next(iter(content), None)
        return None if kind is None else content[kind]["schema"]


def _current(path: str) -> str:
    for old, new in _LEGACY:
        path = old.sub(new, path)
    return path


def _is_general(status: int) -> bool:
    """Answers that every operation may give: bad token, rate limit, malformed or refused request, 304."""
    return status in {304, 400, 401, 403, 404, 409, 422}


def _pattern(template: str) -> re.Pattern[str]:
    tails = {"{path}", "{ref}", "{branch}", "{basehead}", "{name}", "{tag}"}
    parts = re.split(r"(\{\w+\})", template)
    joined = "".join(
        (".*" if part in tails else "[^/]+") if part.startswith("{") else re.escape(part) for part in parts
    )
    return re.compile(joined)
