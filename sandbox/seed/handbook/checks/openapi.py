# ruff: noqa: INP001 -- a script of the handbook, not a module of a package
"""Check openapi.json: version, paths, unique operation ids, answers, and references that lead somewhere."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

FILE = Path("openapi.json")
METHODS = {"get", "put", "post", "delete", "patch", "head", "options", "trace"}


def references(node: object) -> Iterator[str]:
    """Every `$ref` below a node."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def leads_somewhere(document: object, reference: str) -> bool:
    """Whether a local reference names a part of the document."""
    node = document
    for part in reference.removeprefix("#/").split("/"):
        if not isinstance(node, dict) or part not in node:
            return False
        node = node[part]
    return reference.startswith("#/")


def operations(
    document: dict[str, dict[str, dict[str, dict[str, object]]]],
) -> Iterator[tuple[str, dict[str, object]]]:
    """Each operation with its name for people."""
    for path, item in document.get("paths", {}).items():
        for method in METHODS & item.keys():
            yield f"{method.upper()} {path}", item[method]


def problems(document: dict[str, dict[str, dict[str, dict[str, object]]]]) -> Iterator[str]:
    """Everything wrong with the description."""
    if not re.fullmatch(r"3\.[01]\.\d+", str(document.get("openapi"))):
        yield "openapi: a version 3.0 or 3.1 is wanted"
    yield from (
        f"info.{key} is missing" for key in ("title", "version") if not document.get("info", {}).get(key)
    )
    yield from (
        f"{path}: must begin with /" for path in document.get("paths", {}) if not path.startswith("/")
    )
    seen: set[str] = set()
    for name, operation in operations(document):
        operation_id = str(operation.get("operationId", ""))
        if not operation_id or operation_id in seen:
            yield f"{name}: operationId is missing or used twice"
        if not operation.get("responses"):
            yield f"{name}: no responses"
        seen.add(operation_id)
    if not seen:
        yield "no operation at all"
    yield from (
        f"{found}: leads nowhere" for found in references(document) if not leads_somewhere(document, found)
    )


def main() -> int:
    """Print each problem; 0 when there is none."""
    try:
        found = list(problems(json.loads(FILE.read_text(encoding="utf-8"))))
    except (OSError, ValueError, AttributeError) as error:
        found = [f"cannot be read: {error}"]
    sys.stdout.write(
        "".join(f"{FILE}: {problem}\n" for problem in found) + f"{FILE}: {len(found)} problem(s)\n"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
