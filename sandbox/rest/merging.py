"""Merging pull requests and updating their branches.

https://docs.github.com/en/rest/pulls/pulls#merge-a-pull-request
"""

from starlette.responses import Response

from sandbox.forge.merging import MergeRequest, merge_pull, update_branch
from sandbox.forge.pull_reads import find_pull
from sandbox.web.call import Call, answer, nothing
from sandbox.web.dispatch import endpoint


def is_merged(call: Call) -> Response:
    """Check if a pull request has been merged: 204 or a bare 404."""
    pull = find_pull(call.world, call.full_name, call.number("number"))
    return nothing() if pull["merged_at"] is not None else Response(status_code=404)


def merge(call: Call) -> Response:
    """Merge a pull request."""
    pull = find_pull(call.world, call.full_name, call.number("number"))
    wanted = MergeRequest(
        method=call.text("merge_method", "merge"),
        sha=call.text("sha") or None,
        title=call.text("commit_title") or None,
        message=call.text("commit_message") if call.body.get("commit_message") is not None else None,
    )
    sha = merge_pull(call.world, call.repo, call.actor, pull, wanted)
    return answer({"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


def update(call: Call) -> Response:
    """Merge the base branch into the head branch."""
    pull = find_pull(call.world, call.full_name, call.number("number"))
    update_branch(call.world, call.repo, call.actor, pull, call.text("expected_head_sha") or None)
    url = call.world.links.page(call.full_name, "pull", pull["number"])
    return answer({"message": "Updating pull request branch.", "url": url}, 202)


_BASE = "/repos/{owner}/{repo}/pulls/{number}"
ENDPOINTS = (
    endpoint("GET", f"{_BASE}/merge", is_merged),
    endpoint("PUT", f"{_BASE}/merge", merge, "contents:write"),
    endpoint("PUT", f"{_BASE}/update-branch", update, "pull_requests:write"),
)
