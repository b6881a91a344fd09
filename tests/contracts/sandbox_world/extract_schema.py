"""Cuts GitHub's published GraphQL schema down to the types that the sandbox answers.

    npm pack @octokit/graphql-schema && tar xzf octokit-graphql-schema-*.tgz
    python -m tests.contracts.sandbox_world.extract_schema package

Writes `github_schema.json.gz`: the signatures of whole types, without prose. The package is under the MIT
licence, whose text is kept inside the file under `x-licence`.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

from graphql import DefinitionNode, parse, print_ast

EXTRACT = Path(__file__).parent / "github_schema.json.gz"
OURS = Path(__file__).parents[3] / "sandbox" / "graphql" / "schema.graphql"


def _value(node: Any) -> str | None:
    return None if node is None else print_ast(node)


def _argument(node: Any) -> dict[str, Any]:
    return {"type": print_ast(node.type), "default": _value(node.default_value)}


def _field(node: Any) -> dict[str, Any]:
    if node.kind == "input_value_definition":
        return _argument(node)
    return {
        "type": print_ast(node.type),
        "args": {one.name.value: _argument(one) for one in node.arguments or ()},
    }


def _signature(node: Any) -> dict[str, Any]:
    return {
        "kind": node.kind,
        "interfaces": sorted(one.name.value for one in getattr(node, "interfaces", None) or ()),
        "fields": {one.name.value: _field(one) for one in getattr(node, "fields", None) or ()},
        "values": sorted(one.name.value for one in getattr(node, "values", None) or ()),
        "members": sorted(one.name.value for one in getattr(node, "types", None) or ()),
    }


def _is_type(node: DefinitionNode) -> bool:
    return node.kind.endswith("_type_definition")


def signatures(source: str) -> dict[str, dict[str, Any]]:
    """Return what each type of a schema says, by name."""
    definitions: tuple[Any, ...] = parse(source, no_location=True).definitions
    return {node.name.value: _signature(node) for node in definitions if _is_type(node)}


def main() -> None:
    """Read the package in the directory given and write the extract."""
    package = Path(sys.argv[1])
    wanted = signatures(OURS.read_text(encoding="utf-8"))
    full = signatures((package / "schema.graphql").read_text(encoding="utf-8"))
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    extract = {
        "x-source": f"npm package @octokit/graphql-schema {version}",
        "x-licence": (package / "LICENSE.md").read_text(encoding="utf-8"),
        "types": {name: full[name] for name in sorted(wanted) if name in full},
    }
    text = json.dumps(extract, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    EXTRACT.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    sys.stdout.write(f"{EXTRACT.name}: {len(extract['types'])} types, {EXTRACT.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
