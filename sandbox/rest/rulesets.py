"""Rulesets of a repository, and the rules that hold for a branch.

https://docs.github.com/en/rest/repos/rules
"""

from typing import Any

from starlette.responses import Response

from sandbox.forge.rules import rulesets_for
from sandbox.store import Doc
from sandbox.views.links import node_id
from sandbox.web.call import Call, answer, nothing
from sandbox.web.dispatch import endpoint
from sandbox.web.errors import invalid, not_found

_ENFORCEMENTS = ("disabled", "active", "evaluate")
#: rules the sandbox enforces, with the parameters that are filled in; others are refused, so that no rule
#: is shown that does not hold
_ENFORCED: dict[str, dict[str, Any]] = {
    "required_status_checks": {"required_status_checks": [], "strict_required_status_checks_policy": False},
    "pull_request": {
        "allowed_merge_methods": ["merge", "squash", "rebase"],
        "dismiss_stale_reviews_on_push": False,
        "require_code_owner_review": False,
        "require_last_push_approval": False,
        "required_approving_review_count": 0,
        "required_review_thread_resolution": False,
    },
    "merge_queue": {
        "check_response_timeout_minutes": 60,
        "grouping_strategy": "ALLGREEN",
        "max_entries_to_build": 5,
        "max_entries_to_merge": 5,
        "merge_method": "MERGE",
        "min_entries_to_merge": 1,
        "min_entries_to_merge_wait_minutes": 5,
    },
    "non_fast_forward": {},
    "deletion": {},
    "required_linear_history": {},
}

_QUEUE_RANGES = {
    "check_response_timeout_minutes": range(1, 361),
    "max_entries_to_build": range(101),
    "max_entries_to_merge": range(101),
    "min_entries_to_merge": range(101),
    "min_entries_to_merge_wait_minutes": range(361),
}


def rules_of_branch(call: Call) -> Response:
    """Get rules for a branch, which need not exist; bypasses are not considered."""
    found = [
        {**rule, **_origin(call, ruleset)}
        for ruleset in rulesets_for(call.world, call.repo, call.params["branch"])
        for rule in ruleset["rules"]
    ]
    return call.listing(found, lambda rule: rule)


def listed(call: Call) -> Response:
    """List rulesets, without their rules."""

    def short(ruleset: Doc) -> dict[str, Any]:
        shown = _ruleset_json(call, ruleset)
        return {name: shown[name] for name in shown if name not in {"rules", "conditions", "bypass_actors"}}

    return call.listing(call.world.store.all(f"ruleset:{call.full_name}"), short)


def get(call: Call) -> Response:
    """Get a ruleset."""
    return answer(_ruleset_json(call, _ruleset(call)))


def create(call: Call) -> Response:
    """Create a ruleset."""
    now = call.world.stamp()
    blank = {
        "id": call.world.store.next_id("id", start=1001),
        "target": "branch",
        "bypass_actors": [],
        "conditions": {"ref_name": {"include": [], "exclude": []}},
        "rules": [],
        "created_at": now,
    }
    call.required("name", str)
    call.required("enforcement", str)
    return answer(_ruleset_json(call, _saved(call, blank)), 201)


def update(call: Call) -> Response:
    """Update a ruleset: what is given replaces what was."""
    return answer(_ruleset_json(call, _saved(call, dict(_ruleset(call)))))


def delete(call: Call) -> Response:
    """Delete a ruleset."""
    call.world.store.delete(f"ruleset:{call.full_name}", _ruleset(call)["id"])
    return nothing()


def _saved(call: Call, base: dict[str, Any]) -> Doc:
    names = ("name", "target", "enforcement", "bypass_actors", "conditions", "rules")
    given = {name: call.body[name] for name in names if call.body.get(name) is not None}
    _check_types(call)
    document = {**base, **given, "updated_at": call.world.stamp()}
    kinds = [rule.get("type") if isinstance(rule, dict) else rule for rule in document["rules"]]
    unknown = [kind for kind in kinds if kind not in _ENFORCED]
    if document["enforcement"] not in _ENFORCEMENTS:
        raise invalid("RepositoryRuleset", "enforcement", message="Invalid enforcement")
    if unknown or document["target"] != "branch":
        raise invalid("RepositoryRuleset", "rules", message=f"Invalid rules: {unknown or document['target']}")
    document["rules"] = [_complete(rule) for rule in document["rules"]]
    return call.world.store.put(f"ruleset:{call.full_name}", document["id"], document)


def _check_types(call: Call) -> None:
    call.field("conditions", dict, {})
    for name in ("name", "target", "enforcement"):
        call.text(name)
    for name in ("bypass_actors", "rules"):
        call.field(name, list, [])
    if not all(
        isinstance(actor, dict) and "actor_type" in actor for actor in call.body.get("bypass_actors") or ()
    ):
        raise invalid("RepositoryRuleset", "bypass_actors")


def _complete(rule: dict[str, Any]) -> dict[str, Any]:
    parameters = _ENFORCED[rule["type"]] | (rule.get("parameters") or {})
    if rule["type"] == "merge_queue" and not _is_queue(parameters):
        raise invalid("RepositoryRuleset", "rules", message="Invalid parameters for rule merge_queue")
    return {"type": rule["type"], "parameters": parameters} if parameters else {"type": rule["type"]}


def _is_queue(parameters: dict[str, Any]) -> bool:
    words = {"grouping_strategy": ("ALLGREEN", "HEADGREEN"), "merge_method": ("MERGE", "SQUASH", "REBASE")}
    return parameters.keys() == _ENFORCED["merge_queue"].keys() and all(
        value in words[name] if name in words else type(value) is int and value in _QUEUE_RANGES[name]
        for name, value in parameters.items()
    )


def _ruleset(call: Call) -> Doc:
    found = call.world.store.get(f"ruleset:{call.full_name}", call.number("ruleset"))
    if found is None:
        raise not_found()
    return found


def _origin(call: Call, ruleset: Doc) -> dict[str, Any]:
    source = {"ruleset_source_type": "Repository", "ruleset_source": call.full_name}
    return source | {"ruleset_id": ruleset["id"]}


def _ruleset_json(call: Call, ruleset: Doc) -> dict[str, Any]:
    url = call.world.links.repo(call.full_name, "rulesets", ruleset["id"])
    shown = {
        **ruleset,
        "node_id": node_id("RepositoryRuleset", call.full_name, ruleset["id"]),
        "source_type": "Repository",
        "source": call.full_name,
        "_links": {
            "self": {"href": url},
            "html": {"href": call.world.links.page(call.full_name, "rules", ruleset["id"])},
        },
    }
    if not call.actor.may("administration", "write"):
        del shown["bypass_actors"]
    return shown


_BASE = "/repos/{owner}/{repo}"
ENDPOINTS = (
    endpoint("GET", f"{_BASE}/rules/branches/{{branch:path}}", rules_of_branch),
    endpoint("GET", f"{_BASE}/rulesets", listed),
    endpoint("POST", f"{_BASE}/rulesets", create, "administration:write"),
    endpoint("GET", f"{_BASE}/rulesets/{{ruleset}}", get),
    endpoint("PUT", f"{_BASE}/rulesets/{{ruleset}}", update, "administration:write"),
    endpoint("DELETE", f"{_BASE}/rulesets/{{ruleset}}", delete, "administration:write"),
)
