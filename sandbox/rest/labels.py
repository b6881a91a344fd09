"""Labels of a repository and of an issue.

https://docs.github.com/en/rest/issues/labels
"""

from typing import Any

from starlette.responses import Response

from sandbox.forge.issues import find_issue, save_issue
from sandbox.forge.labelling import set_labels
from sandbox.forge.labels import create_label, label_named
from sandbox.rest.issues import label_names
from sandbox.store import Doc
from sandbox.views.issues import label_json, labels_json
from sandbox.web.call import Call, answer, nothing
from sandbox.web.dispatch import BARE_ARRAY, endpoint
from sandbox.web.errors import ApiError, invalid, not_found


def listed(call: Call) -> Response:
    """List labels of the repository."""
    found = call.world.store.all(f"label:{call.full_name}")
    return call.listing(found, lambda label: label_json(call.world, call.full_name, label))


def create(call: Call) -> Response:
    """Create a label."""
    name = call.text("name")
    if not name:
        raise invalid("Label", "name", "missing_field")
    description = call.text("description") or None
    label = create_label(call.world, call.full_name, name, call.text("color", "ededed"), description)
    return answer(label_json(call.world, call.full_name, label), 201)


def get(call: Call) -> Response:
    """Get a label."""
    return answer(label_json(call.world, call.full_name, _label(call)))


def update(call: Call) -> Response:
    """Change a label; a new name is carried over to its issues."""
    label, repo, store = _label(call), call.full_name, call.world.store
    name = call.text("new_name", str(label["name"]))
    color = call.text("color", str(label["color"])).removeprefix("#").lower()
    changed = {**label, "name": name, "color": color}
    if call.body.get("description") is not None:
        changed["description"] = call.text("description")
    if name != label["name"]:
        _rename(call, str(label["name"]), name)
    store.delete(f"label:{repo}", str(label["name"]).lower())
    return answer(label_json(call.world, repo, store.put(f"label:{repo}", name.lower(), changed)))


def delete(call: Call) -> Response:
    """Delete a label."""
    call.world.store.delete(f"label:{call.full_name}", str(_label(call)["name"]).lower())
    return nothing()


def of_issue(call: Call) -> Response:
    """List labels of an issue."""
    return call.listing(_issue(call)["labels"], lambda name: _named(call, name))


def add(call: Call) -> Response:
    """Add labels to an issue."""
    issue = _issue(call)
    return _set(call, issue, [*issue["labels"], *_given(call)])


def replace(call: Call) -> Response:
    """Set the labels of an issue."""
    return _set(call, _issue(call), _given(call))


def clear(call: Call) -> Response:
    """Remove all labels from an issue."""
    _set(call, _issue(call), [])
    return nothing()


def remove(call: Call) -> Response:
    """Remove one label from an issue."""
    issue, name = _issue(call), call.params["name"].lower()
    left = [label for label in issue["labels"] if label.lower() != name]
    if len(left) == len(issue["labels"]):
        raise ApiError(404, "Label does not exist")
    return _set(call, issue, left)


def _given(call: Call) -> list[str]:
    return label_names(call.field(BARE_ARRAY, list, []) or call.field("labels", list, []))


def _named(call: Call, name: str) -> dict[str, Any] | None:
    label = label_named(call.world, call.full_name, name)
    return None if label is None else label_json(call.world, call.full_name, label)


def _set(call: Call, issue: Doc, names: list[str]) -> Response:
    changed = set_labels(call.world, call.repo, issue, names, call.actor.login)
    return answer(labels_json(call.world, call.full_name, changed))


def _rename(call: Call, old: str, new: str) -> None:
    if new.lower() != old.lower() and label_named(call.world, call.full_name, new) is not None:
        raise invalid("Label", "name", "already_exists")
    for issue in call.world.store.all(f"issue:{call.full_name}"):
        if old in issue["labels"]:
            labels = [new if name == old else name for name in issue["labels"]]
            save_issue(call.world, call.full_name, {**issue, "labels": labels})


def _issue(call: Call) -> Doc:
    return find_issue(call.world, call.full_name, call.number("number"))


def _label(call: Call) -> Doc:
    found = label_named(call.world, call.full_name, call.params["name"])
    if found is None:
        raise not_found()
    return found


_BASE = "/repos/{owner}/{repo}"
_OF_ISSUE = f"{_BASE}/issues/{{number}}/labels"
ENDPOINTS = (
    endpoint("GET", f"{_BASE}/labels", listed),
    endpoint("POST", f"{_BASE}/labels", create, "issues:write|pull_requests:write"),
    endpoint("GET", f"{_BASE}/labels/{{name:path}}", get),
    endpoint("PATCH", f"{_BASE}/labels/{{name:path}}", update, "issues:write|pull_requests:write"),
    endpoint("DELETE", f"{_BASE}/labels/{{name:path}}", delete, "issues:write|pull_requests:write"),
    endpoint("GET", _OF_ISSUE, of_issue),
    endpoint("POST", _OF_ISSUE, add, "issues:write|pull_requests:write"),
    endpoint("PUT", _OF_ISSUE, replace, "issues:write|pull_requests:write"),
    endpoint("DELETE", _OF_ISSUE, clear, "issues:write|pull_requests:write"),
    endpoint("DELETE", f"{_OF_ISSUE}/{{name:path}}", remove, "issues:write|pull_requests:write"),
)
