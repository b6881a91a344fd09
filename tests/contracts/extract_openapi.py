"""Cuts GitHub's published OpenAPI description down to the operations that the sandbox answers.

    npm pack @octokit/openapi && tar xzf octokit-openapi-*.tgz
    python tests/contracts/extract_openapi.py package

Writes `sandbox_forge/github_openapi.json.gz`. The description is © GitHub, under the MIT licence, whose
text is kept inside the file under `x-licence`. Prose and examples are dropped, and OpenAPI 3.0's `nullable`
is rewritten for JSON Schema. `oneOf` becomes `anyOf`, as GitHub's alternatives overlap (every validation
error, for instance, also fits the rule violation beside it); nothing else is changed.
"""

import gzip
import json
import re
import sys
from pathlib import Path
from typing import Any

_TARGET = Path(__file__).parent / "sandbox_forge" / "github_openapi.json.gz"
_PROSE = frozenset(
    {"description", "summary", "example", "examples", "x-github", "externalDocs", "tags", "title"}
)
_METHODS = frozenset({"get", "put", "post", "patch", "delete"})
_REPO = "/repos/{owner}/{repo}"
#: resources of a repository of which every operation is kept
_WHOLE = (
    *("branches", "check-runs", "check-suites", "commits", "compare", "contents", "deployments", "git"),
    *("hooks", "issues", "labels", "pulls", "readme", "releases", "rules", "rulesets", "statuses", "tags"),
)
_SINGLE = (
    *("/user", "/user/repos", "/users/{username}", "/rate_limit", "/orgs/{org}/repos", _REPO),
    *(f"{_REPO}/actions/jobs/{{job_id}}/rerun", f"{_REPO}/actions/runs/{{run_id}}/rerun"),
    f"{_REPO}/actions/runs/{{run_id}}/rerun-failed-jobs",
    *("/app", "/app/installations/{installation_id}/access_tokens", f"{_REPO}/installation"),
)


def main() -> None:
    """Read the package in the directory given and write the extract."""
    package = Path(sys.argv[1])
    full = json.loads((package / "generated" / "api.github.com.json").read_text(encoding="utf-8"))
    paths = {path: _responses(item) for path, item in full["paths"].items() if _wanted(path)}
    extract = {
        "x-source": "npm package @octokit/openapi " + _version(package),
        "x-licence": (package / "LICENSE").read_text(encoding="utf-8"),
        "paths": paths,
        "components": _reachable(full, paths),
    }
    text = json.dumps(extract, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    _TARGET.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    sys.stdout.write(f"{_TARGET}: {len(paths)} paths, {_TARGET.stat().st_size} bytes\n")


def _version(package: Path) -> str:
    return str(json.loads((package / "package.json").read_text(encoding="utf-8"))["version"])


def _wanted(path: str) -> bool:
    segments = path.removeprefix(_REPO + "/").split("/")
    return path in _SINGLE or (path.startswith(_REPO + "/") and segments[0] in _WHOLE)


def _responses(item: dict[str, Any]) -> dict[str, Any]:
    return {
        method: {"responses": _plain(operation["responses"])}
        for method, operation in item.items()
        if method in _METHODS
    }


def _plain(node: Any, *, names: bool = False) -> Any:
    """Drop prose, but not properties that happen to bear such a name; `names` tells that keys are names."""
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    kept = {
        ("anyOf" if key == "oneOf" and not names else key): _plain(
            value, names=key == "properties" and not names
        )
        for key, value in node.items()
        if names or key not in _PROSE
    }
    return kept if names else _nullable(kept)


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if schema.pop("nullable", None) is not True:
        return schema
    return {"anyOf": [{"type": "null"}, schema]}


def _reachable(full: dict[str, Any], paths: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    waiting = _references(paths)
    while waiting:
        _, _, section, name = waiting.pop().split("/")
        if name not in found.setdefault(section, {}):
            found[section][name] = _plain(full["components"][section][name])
            waiting |= _references(found[section][name])
    return found


def _references(node: Any) -> set[str]:
    return set(re.findall(r'"\$ref": ?"([^"]+)"', json.dumps(node)))


if __name__ == "__main__":
    main()
