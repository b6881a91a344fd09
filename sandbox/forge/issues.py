"""Issues; a pull request is one too, kept in the same document `issue:{repo}` under its number."""

from dataclasses import dataclass
from typing import Any

from sandbox.forge.labels import ensure_labels
from sandbox.forge.publish import publish
from sandbox.store import Doc
from sandbox.views.issues import issue_json
from sandbox.web.errors import ApiError, not_found
from sandbox.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueDraft:
    """What an issue or pull request begins with."""

    #: one line
    title: str
    #: Markdown, or None
    body: str | None
    #: names; missing labels are made
    labels: tuple[str, ...] = ()
    #: account names
    assignees: tuple[str, ...] = ()


def new_issue(world: World, repo: str, login: str, draft: IssueDraft) -> dict[str, Any]:
    """Make an unsaved document with the repository's next number."""
    now = world.stamp()
    return {
        "id": world.store.next_id("id", start=1001),
        "number": world.store.next_id(f"number:{repo}"),
        "title": draft.title,
        "body": draft.body,
        "user": login,
        "labels": ensure_labels(world, repo, list(draft.labels)),
        "assignees": list(draft.assignees),
        "state": "open",
        "state_reason": None,
        "created_at": now,
        "updated_at": now,
        "closed_at": None,
        "closed_by": None,
        "pull": False,
    }


def find_issue(world: World, repo: str, number: int) -> Doc:
    """Find an issue or pull request by number; 404 if there is none."""
    found = world.store.get(f"issue:{repo}", number)
    if found is None:
        raise not_found()
    return found


def save_issue(world: World, repo: str, issue: Doc) -> Doc:
    """Store an issue or pull request as changed now."""
    return world.store.put(f"issue:{repo}", issue["number"], {**issue, "updated_at": world.stamp()})


def open_issue(world: World, repo: Doc, login: str, draft: IssueDraft) -> Doc:
    """Open an issue."""
    issue = save_issue(world, repo["full_name"], new_issue(world, repo["full_name"], login, draft))
    announce_issue(world, repo, issue, "opened", login)
    return issue


def announce_issue(world: World, repo: Doc, issue: Doc, action: str, login: str, **extra: object) -> None:
    """Publish an `issues` event."""
    shown = issue_json(world, repo["full_name"], issue)
    publish(world, repo, "issues", login, {"action": action, "issue": shown, **extra})


def state_change(world: World, issue: Doc, state: str, login: str) -> dict[str, Any]:
    """Fields that open or close an issue; none if it is in that state already."""
    if state not in {"open", "closed"}:
        raise ApiError(422, f'Invalid request.\n\n{state} is not a member of ["open", "closed"].')
    if state == issue["state"]:
        return {}
    if state == "open":
        return {"state": state, "closed_at": None, "closed_by": None, "state_reason": "reopened"}
    return {"state": state, "closed_at": world.stamp(), "closed_by": login, "state_reason": "completed"}
