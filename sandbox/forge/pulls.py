"""Opening and changing pull requests."""

from dataclasses import dataclass
from typing import Any

from sandbox.forge.issues import IssueDraft, new_issue, save_issue, state_change
from sandbox.forge.mergeability import request_check
from sandbox.forge.pull_reads import branch_tip
from sandbox.forge.pull_sync import announce_pull, close_pull, point_head
from sandbox.git.merges import merge_base, span
from sandbox.store import Doc
from sandbox.web.errors import ApiError, invalid
from sandbox.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class PullDraft:
    """What a pull request begins with."""

    #: title and body
    issue: IssueDraft
    #: branch with the changes
    head: str
    #: branch to merge into
    base: str
    #: a draft cannot be merged
    draft: bool = False


def open_pull(world: World, repo: Doc, login: str, draft: PullDraft) -> Doc:
    """Open a pull request; 422 in GitHub's words for branches that do not allow one."""
    name = repo["full_name"]
    head_sha, base_sha = _tips(world, repo, draft)
    pull = {
        **new_issue(world, name, login, draft.issue),
        "pull": True,
        "draft": draft.draft,
        "head_ref": draft.head,
        "head_sha": head_sha,
        "base_ref": draft.base,
        "base_sha": base_sha,
        "merged_at": None,
        "merged_by": None,
        "merge_commit_sha": None,
        "requested_reviewers": [],
    }
    saved = save_issue(world, name, pull)
    point_head(world, name, saved)
    request_check(world, repo, saved)
    announce_pull(world, repo, saved, "opened", login)
    return saved


def change_pull(world: World, repo: Doc, login: str, pull: Doc, changes: dict[str, Any]) -> Doc:
    """Apply title, body, base and state, and announce what changed."""
    state = changes.pop("state", None)
    base = changes.pop("base", None)
    if base is not None and base != pull["base_ref"]:
        changes |= _rebased_on(world, repo, pull, base)
    if {name: pull[name] for name in changes} != changes:
        pull = save_issue(world, repo["full_name"], {**pull, **changes})
        announce_pull(world, repo, pull, "edited", login, changes={})
    if state is not None:
        pull = _set_state(world, repo, login, pull, state)
    return pull


def _tips(world: World, repo: Doc, draft: PullDraft) -> tuple[str, str]:
    name = repo["full_name"]
    base_sha, head_sha = branch_tip(world, name, draft.base), branch_tip(world, name, draft.head)
    if base_sha is None:
        raise invalid("PullRequest", "base")
    if head_sha is None:
        raise invalid("PullRequest", "head")
    owner = repo["owner"]["login"]
    if _open_pulls(world, name, draft.head, draft.base):
        raise _custom(f"A pull request already exists for {owner}:{draft.head}.")
    git = world.git.open(name)
    if merge_base(git, base_sha, head_sha) is None:
        raise _custom(f"The {draft.head} branch has no history in common with {draft.base}")
    if span(git, base_sha, head_sha).ahead == 0:
        raise _custom(f"No commits between {draft.base} and {draft.head}")
    return head_sha, base_sha


def _open_pulls(world: World, repo: str, head: str, base: str) -> list[Doc]:
    listed = world.store.find(f"issue:{repo}", "state", "open")
    return [one for one in listed if one["pull"] and (one["head_ref"], one["base_ref"]) == (head, base)]


def _rebased_on(world: World, repo: Doc, pull: Doc, base: str) -> dict[str, Any]:
    tip = branch_tip(world, repo["full_name"], base)
    if tip is None:
        raise invalid("PullRequest", "base")
    if _open_pulls(world, repo["full_name"], pull["head_ref"], base):
        head = f"{repo['owner']['login']}:{pull['head_ref']}"
        raise _custom(f"A pull request already exists for base branch '{base}' and head branch '{head}'")
    return {"base_ref": base, "base_sha": tip}


def _set_state(world: World, repo: Doc, login: str, pull: Doc, state: str) -> Doc:
    change = state_change(world, pull, state, login)
    if not change:
        return pull
    if state == "closed":
        return close_pull(world, repo, pull, login)
    if pull["merged_at"] is not None:
        raise _custom("state cannot be changed. The pull request cannot be reopened.")
    name = repo["full_name"]
    tip = branch_tip(world, name, pull["head_ref"])
    if tip is None:
        raise _custom(f"state cannot be changed. The {pull['head_ref']} branch has been deleted.")
    if _open_pulls(world, name, pull["head_ref"], pull["base_ref"]):
        raise _custom(
            f"state cannot be changed. There is already an open pull request from {pull['head_ref']}."
        )
    opened = save_issue(world, name, {**pull, **change, "state_reason": None, "head_sha": tip})
    point_head(world, name, opened)
    announce_pull(world, repo, opened, "reopened", login)
    return opened


def _custom(message: str) -> ApiError:
    error = {"resource": "PullRequest", "code": "custom", "message": message}
    return ApiError(422, "Validation Failed", error)
