"""Classic branch protection.

https://docs.github.com/en/rest/branches/branch-protection
"""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from sandbox.rest.branches import require_branch
from sandbox.store import Doc
from sandbox.views.branches import checks_json, protection_json
from sandbox.web.call import Call, answer, nothing
from sandbox.web.dispatch import Endpoint, endpoint
from sandbox.web.errors import ApiError

_MUST = ("required_status_checks", "enforce_admins", "required_pull_request_reviews", "restrictions")
_REVIEWS = {
    "dismiss_stale_reviews": False,
    "require_code_owner_reviews": False,
    "required_approving_review_count": 1,
    "require_last_push_approval": False,
}


def get(call: Call) -> Response:
    """Get branch protection."""
    return answer(protection_json(call.world, call.full_name, *_protection(call)))


def put(call: Call) -> Response:
    """Protect a branch; all four main fields must be given, null switches one off."""
    branch = require_branch(call)
    missing = [f'"{name}" wasn\'t supplied' for name in _MUST if name not in call.body]
    if missing:
        raise ApiError(422, f"Invalid request.\n\n{', '.join(missing)}.")
    if call.body["restrictions"] is not None:
        raise ApiError(
            422, "Validation Failed", "Push restrictions by person are not offered by this sandbox."
        )
    required: dict[str, Any] | None = _section(call, "required_status_checks")
    reviews: dict[str, Any] | None = _section(call, "required_pull_request_reviews")
    document = {
        "branch": branch,
        "checks": None if required is None else checks_from(required),
        "strict": bool(required and required.get("strict")),
        "enforce_admins": bool(call.body["enforce_admins"]),
        "reviews": None
        if reviews is None
        else {**_REVIEWS, **{k: reviews[k] for k in _REVIEWS if k in reviews}},
        "linear": bool(call.body.get("required_linear_history")),
        "force_pushes": bool(call.body.get("allow_force_pushes")),
        "deletions": bool(call.body.get("allow_deletions")),
        "conversation": bool(call.body.get("required_conversation_resolution")),
    }
    saved = call.world.store.put(f"protection:{call.full_name}", branch, document)
    return answer(protection_json(call.world, call.full_name, branch, saved))


def delete(call: Call) -> Response:
    """Remove branch protection."""
    branch, _ = _protection(call)
    call.world.store.delete(f"protection:{call.full_name}", branch)
    return nothing()


def checks_from(given: dict[str, Any]) -> list[dict[str, Any]]:
    """Read `checks` (context with app) or the older `contexts` (any app)."""
    checks = given.get("checks")
    if checks is None:
        checks = [{"context": context} for context in given.get("contexts") or []]
    pairs = [(one.get("context"), one.get("app_id")) for one in checks if isinstance(one, dict)]
    if len(pairs) < len(checks) or not all(isinstance(context, str) for context, _ in pairs):
        raise ApiError(422, "Invalid request.\n\nEach required check must have a context.")
    return [{"context": context, "app_id": None if app == -1 else app} for context, app in pairs]


def _section(call: Call, name: str) -> dict[str, Any] | None:
    return None if call.body[name] is None else call.field(name, dict, {})


def get_checks(call: Call) -> Response:
    """Get status checks protection."""
    branch, protection = _with_checks(call)
    return answer(checks_json(call.world, call.full_name, branch, protection))


def patch_checks(call: Call) -> Response:
    """Update status checks protection."""
    branch, protection = _with_checks(call)
    changes: dict[str, Any] = {"strict": call.field("strict", bool, bool(protection["strict"]))}
    if "checks" in call.body or "contexts" in call.body:
        changes["checks"] = checks_from(call.body)
    saved = call.world.store.put(f"protection:{call.full_name}", branch, {**protection, **changes})
    return answer(checks_json(call.world, call.full_name, branch, saved))


def get_contexts(call: Call) -> Response:
    """Get all status check contexts."""
    return answer([check["context"] for check in _with_checks(call)[1]["checks"]])


def get_admins(call: Call) -> Response:
    """Get admin branch protection."""
    branch, protection = _protection(call)
    return answer(protection_json(call.world, call.full_name, branch, protection)["enforce_admins"])


def _setting_admins(*, enforced: bool) -> Callable[[Call], Response]:
    def set_admins(call: Call) -> Response:
        """Set or delete admin branch protection."""
        branch, protection = _protection(call)
        changed = {**protection, "enforce_admins": enforced}
        saved = call.world.store.put(f"protection:{call.full_name}", branch, changed)
        shown = protection_json(call.world, call.full_name, branch, saved)
        return answer(shown["enforce_admins"]) if enforced else nothing()

    return set_admins


def _protection(call: Call) -> tuple[str, Doc]:
    branch = require_branch(call)
    found = call.world.store.get(f"protection:{call.full_name}", branch)
    if found is None:
        raise ApiError(404, "Branch not protected")
    return branch, found


def _with_checks(call: Call) -> tuple[str, Doc]:
    branch, found = _protection(call)
    if found["checks"] is None:
        raise ApiError(404, "Required status checks not enabled")
    return branch, found


_BASE = "/repos/{owner}/{repo}/branches/{branch:path}/protection"


def _admin(method: str, path: str, handler: Callable[[Call], Response]) -> Endpoint:
    return endpoint(method, _BASE + path, handler, f"administration:{'read' if method == 'GET' else 'write'}")


ENDPOINTS = (
    _admin("GET", "", get),
    _admin("PUT", "", put),
    _admin("DELETE", "", delete),
    _admin("GET", "/required_status_checks", get_checks),
    _admin("PATCH", "/required_status_checks", patch_checks),
    _admin("GET", "/required_status_checks/contexts", get_contexts),
    _admin("GET", "/enforce_admins", get_admins),
    _admin("POST", "/enforce_admins", _setting_admins(enforced=True)),
    _admin("DELETE", "/enforce_admins", _setting_admins(enforced=False)),
)
