"""Comparing two commits.

https://docs.github.com/en/rest/commits/commits#compare-two-commits
"""

from urllib.parse import quote

import pygit2
from starlette.responses import PlainTextResponse, Response

from sandbox.git.commits import history, resolve
from sandbox.git.diffs import changes_between, unified
from sandbox.git.merges import span
from sandbox.views.commits import commit_json, file_json
from sandbox.web.call import Call, answer
from sandbox.web.dispatch import endpoint
from sandbox.web.errors import ApiError, not_found

_MOST_COMMITS, _MOST_FILES = 250, 300


def compare(call: Call) -> Response:
    """Compare `base...head`: from their merge base to head."""
    base, head = _ends(call)
    git, name = call.git, call.full_name
    between = span(git, str(base.id), str(head.id))
    if between.merge_base is None:
        raise ApiError(404, f"No common ancestor between {base.id} and {head.id}.")
    if call.media in {"diff", "patch"}:
        diff = unified(git, between.merge_base, str(head.id))
        return PlainTextResponse(diff, media_type=f"application/vnd.github.{call.media}")
    commits = list(reversed(list(history(git, str(head.id), str(base.id)))))
    files = changes_between(git, between.merge_base, str(head.id))
    ancestor = git[pygit2.Oid(hex=between.merge_base)].peel(pygit2.Commit)
    return answer(
        {
            **_addresses(call),
            "base_commit": commit_json(call.world, name, base),
            "merge_base_commit": commit_json(call.world, name, ancestor),
            "status": _status(between.ahead, between.behind),
            "ahead_by": between.ahead,
            "behind_by": between.behind,
            "total_commits": between.ahead,
            "commits": [commit_json(call.world, name, one) for one in commits[:_MOST_COMMITS]],
            "files": [file_json(call.world, name, str(head.id), one) for one in files[:_MOST_FILES]],
        }
    )


def _ends(call: Call) -> tuple[pygit2.Commit, pygit2.Commit]:
    base, dots, head = call.params["basehead"].partition("...")
    owner = f"{call.repo['owner']['login']}:"
    ends = [resolve(call.git, name.removeprefix(owner)) for name in (base, head)]
    if not dots or ends[0] is None or ends[1] is None:
        raise not_found()
    return ends[0], ends[1]


def _addresses(call: Call) -> dict[str, str]:
    span_text = quote(call.params["basehead"])
    page = call.world.links.page(call.full_name, "compare", span_text)
    return {
        "url": call.world.links.repo(call.full_name, "compare", span_text),
        "html_url": page,
        "permalink_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
    }


def _status(ahead: int, behind: int) -> str:
    if ahead and behind:
        return "diverged"
    return "ahead" if ahead else ("behind" if behind else "identical")


ENDPOINTS = (endpoint("GET", "/repos/{owner}/{repo}/compare/{basehead:path}", compare),)
