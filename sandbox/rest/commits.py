"""Commits and comparisons.

https://docs.github.com/en/rest/commits/commits
"""

from collections.abc import Iterator

import pygit2
from starlette.responses import PlainTextResponse, Response

from sandbox.forge.pull_reads import branch_tip
from sandbox.git.commits import history, is_blank, resolve, touches
from sandbox.git.diffs import unified
from sandbox.store import Doc
from sandbox.views.commits import commit_json, commit_with_files
from sandbox.views.pulls import pull_simple
from sandbox.web.call import Call, answer
from sandbox.web.dispatch import endpoint
from sandbox.web.errors import ApiError, not_found
from sandbox.web.fields import parse_time


def commit_named(call: Call, name: str) -> pygit2.Commit:
    """Find a commit by sha, branch or tag; 422 in GitHub's words if there is none."""
    found = resolve(call.git, name)
    if found is None:
        raise ApiError(422, f"No commit found for SHA: {name}")
    return found


def list_commits(call: Call) -> Response:
    """List commits, newest first, by sha, path, author, since and until."""
    if is_blank(call.git):
        raise ApiError(409, "Git Repository is empty.")
    tip = resolve(call.git, call.query.get("sha") or str(call.repo["default_branch"]))
    if tip is None:
        raise not_found()
    commits = list(_filtered(call, history(call.git, str(tip.id))))
    return call.listing(commits, lambda one: commit_json(call.world, call.full_name, one))


def get_commit(call: Call) -> Response:
    """Get a commit with its files, or only its sha, or its diff."""
    commit = commit_named(call, call.params["ref"])
    if call.media == "sha":
        return PlainTextResponse(str(commit.id), media_type="application/vnd.github.sha")
    if call.media in {"diff", "patch"}:
        parent = str(commit.parent_ids[0]) if commit.parent_ids else None
        diff = unified(call.git, parent, str(commit.id))
        return PlainTextResponse(diff, media_type=f"application/vnd.github.{call.media}")
    return answer(commit_with_files(call.world, call.full_name, commit))


def pulls_of_commit(call: Call) -> Response:
    """List pull requests that brought or would bring a commit."""
    sha = str(commit_named(call, call.params["ref"]).id)
    found = [one for one in call.world.store.all(f"issue:{call.full_name}") if _brings(call, one, sha)]
    return call.listing(found, lambda pull: pull_simple(call.world, call.repo, pull))


def _brings(call: Call, issue: Doc, sha: str) -> bool:
    if not issue["pull"]:
        return False
    if sha in {issue["head_sha"], issue["merge_commit_sha"]}:
        return True
    tip = branch_tip(call.world, call.full_name, issue["base_ref"])
    base = issue["base_sha"] if issue["state"] == "closed" or tip is None else tip
    return any(str(commit.id) == sha for commit in history(call.git, issue["head_sha"], base))


def _filtered(call: Call, commits: Iterator[pygit2.Commit]) -> Iterator[pygit2.Commit]:
    path, author = call.query.get("path", "").strip("/"), call.query.get("author", "")
    since, until = (
        parse_time(call.query[name]).timestamp() if name in call.query else None
        for name in ("since", "until")
    )
    known = call.world.store.get("user", author.lower())
    email = known["email"] if known is not None else author
    for commit in commits:
        fits = (
            (since is None or commit.committer.time >= since)
            and (until is None or commit.committer.time <= until)
            and (not author or email == commit.author.email)
        )
        if fits and (not path or touches(commit, path)):
            yield commit


_BASE = "/repos/{owner}/{repo}/commits"
ENDPOINTS = (
    endpoint("GET", _BASE, list_commits),
    endpoint("GET", f"{_BASE}/{{ref}}/pulls", pulls_of_commit),
    endpoint("GET", f"{_BASE}/{{ref:path}}", get_commit),
)
