"""Pull requests.

https://docs.github.com/en/rest/pulls/pulls
"""

from typing import Any

from starlette.responses import PlainTextResponse, Response

from sandbox.forge.auto_merge import auto_merge_of, disable_auto_merge
from sandbox.forge.issues import IssueDraft
from sandbox.forge.pull_reads import compared_base, find_pull, pull_commits, pull_files
from sandbox.forge.pulls import PullDraft, change_pull, open_pull
from sandbox.git.diffs import unified
from sandbox.git.merges import merge_base
from sandbox.store import Doc
from sandbox.views.commits import commit_json, file_json
from sandbox.views.pulls import pull_full, pull_simple
from sandbox.web.call import Call, answer
from sandbox.web.dispatch import endpoint
from sandbox.web.errors import ApiError, invalid

_SORTED_BY = {
    "created": "created_at",
    "updated": "updated_at",
    "popularity": "number",
    "long-running": "created_at",
}


def list_pulls(call: Call) -> Response:
    """List pull requests by state, head, base, sort and direction."""
    found = [one for one in _in_state(call) if one["pull"] and _fits(call, one)]
    field = _SORTED_BY.get(call.query.get("sort", "created"), "created_at")
    descending = call.query.get("direction", "desc" if field == "created_at" else "asc") == "desc"
    found.sort(key=lambda pull: (pull[field], pull["number"]), reverse=descending)
    return call.listing(found, lambda pull: pull_simple(call.world, call.repo, pull))


def create_pull(call: Call) -> Response:
    """Open a pull request from a branch of this repository."""
    owner = f"{call.repo['owner']['login']}:"
    title, head, base = call.text("title"), call.text("head"), call.text("base")
    for field, value in (("base", base), ("head", head), ("title", title)):
        if not value:
            raise invalid("PullRequest", field, "missing_field")
    draft = PullDraft(
        issue=IssueDraft(title=title, body=call.field("body", str, "") or None),
        head=head.removeprefix(owner),
        base=base,
        draft=call.field("draft", bool, default=False),
    )
    pull = open_pull(call.world, call.repo, call.actor.login, draft)
    return answer(pull_full(call.world, call.repo, pull), 201)


def get_pull(call: Call) -> Response:
    """Get a pull request, as JSON or as a diff."""
    pull = find_pull(call.world, call.full_name, call.number("number"))
    if call.media not in {"diff", "patch"}:
        return answer(pull_full(call.world, call.repo, pull))
    base = compared_base(call.world, call.repo, pull)
    start = merge_base(call.git, base, pull["head_sha"])
    diff = unified(call.git, start, pull["head_sha"])
    return PlainTextResponse(diff, media_type=f"application/vnd.github.{call.media}; charset=utf-8")


def patch_pull(call: Call) -> Response:
    """Change title, body, base or state."""
    pull = find_pull(call.world, call.full_name, call.number("number"))
    changes: dict[str, Any] = {
        name: call.text(name)
        for name in ("title", "body", "base", "state")
        if call.body.get(name) is not None
    }
    if changes.get("title") == "":
        raise invalid("PullRequest", "title", "missing_field")
    changed = change_pull(call.world, call.repo, call.actor.login, pull, changes)
    if changed["base_ref"] != pull["base_ref"]:
        _distrust(call, changed)
    return answer(pull_full(call.world, call.repo, changed))


def _distrust(call: Call, pull: Doc) -> None:
    """End the auto-merge of a pull request whose new base was chosen by somebody who may not merge."""
    waits = auto_merge_of(call.world, call.full_name, pull["number"])
    if waits is not None and not call.actor.may("contents", "write"):
        disable_auto_merge(call.world, call.repo, call.actor.login, pull, "base branch changed")


def list_files(call: Call) -> Response:
    """List changed files."""
    pull = find_pull(call.world, call.full_name, call.number("number"))
    files = pull_files(call.world, call.repo, pull)
    return call.listing(files, lambda one: file_json(call.world, call.full_name, pull["head_sha"], one))


def list_commits(call: Call) -> Response:
    """List commits, oldest first."""
    pull = find_pull(call.world, call.full_name, call.number("number"))
    commits = pull_commits(call.world, call.repo, pull)
    return call.listing(commits, lambda one: commit_json(call.world, call.full_name, one))


def list_review_comments(call: Call) -> Response:
    """List review comments; nobody comments on lines here."""
    find_pull(call.world, call.full_name, call.number("number"))
    return call.listing([], lambda nothing: nothing)


def _in_state(call: Call) -> list[Doc]:
    state, kind = call.query.get("state", "open"), f"issue:{call.full_name}"
    if state == "all":
        return call.world.store.all(kind)
    if state not in {"open", "closed"}:
        raise ApiError(422, f'Invalid request.\n\n{state} is not a member of ["open", "closed", "all"].')
    return call.world.store.find(kind, "state", state)


def _fits(call: Call, pull: Doc) -> bool:
    owner, _, head = call.query.get("head", "").rpartition(":")
    base = call.query.get("base", "")
    ours = owner.lower() in {"", str(call.repo["owner"]["login"]).lower()}
    return (not head or (ours and head == pull["head_ref"])) and (not base or base == pull["base_ref"])


_BASE = "/repos/{owner}/{repo}/pulls"
ENDPOINTS = (
    endpoint("GET", _BASE, list_pulls),
    endpoint("POST", _BASE, create_pull, "pull_requests:write"),
    endpoint("GET", f"{_BASE}/{{number}}", get_pull),
    endpoint("PATCH", f"{_BASE}/{{number}}", patch_pull, "pull_requests:write"),
    endpoint("GET", f"{_BASE}/{{number}}/files", list_files),
    endpoint("GET", f"{_BASE}/{{number}}/commits", list_commits),
    endpoint("GET", f"{_BASE}/{{number}}/comments", list_review_comments),
)
