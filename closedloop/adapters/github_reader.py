"""Reading the target repository on GitHub: files and commits, pull requests and checks."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from closedloop.adapters.detour import Detour
from closedloop.adapters.github_graphql import (
    PULLS_PER_QUERY,
    commit_checks,
    commit_checks_query,
    head_checks,
    more_checks_query,
    pull_view,
    pulls_query,
)
from closedloop.adapters.github_merging import RULES_QUERY, read_rules
from closedloop.adapters.github_objects import GitObjects
from closedloop.adapters.github_protection import branch_checks, merge_requirements
from closedloop.adapters.github_rest_look import RestLook
from closedloop.adapters.lru import Lru
from closedloop.ports.errors import BadReply, Forbidden, NotFound
from closedloop.ports.forge import ChangedFile, DocumentAt, FileAt, IssueRef, LandedCommit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from closedloop.adapters.github_client import GithubClient
    from closedloop.ports.forge import Check, IssueDraft, MergeRules, PullView, Requirements

_FULL_SHA = re.compile(r"[0-9a-f]{40}")
_PLAIN_FILES = {"100644", "100755"}
#: "Responses include a maximum of 3000 files" (list pull requests files).
_MOST_FILES = 3000
#: Issues looked through for a marker, newest first.
_MOST_ISSUES = 1000
_KEPT_ANSWERS = 1024


class GithubContentReader:
    """ContentReader on GitHub."""

    def __init__(self, client: GithubClient) -> None:
        self._client = client
        self._objects = GitObjects(client)
        self._contained: Lru[tuple[str, str], bool] = Lru(_KEPT_ANSWERS)

    def branch_sha(self, branch: str) -> str | None:
        """See ContentReader."""
        # https://docs.github.com/en/rest/git/refs#get-a-reference
        path = self._client.path(f"/git/ref/heads/{quote(branch)}")
        try:
            ref = self._client.read_tagged("read branch", path)
        except NotFound:
            return None
        with self._client.call("read branch"):
            return str(ref["object"]["sha"])

    def file_at(self, path: str, ref: str) -> FileAt | None:
        """See ContentReader."""
        commit = self._commit(ref)
        try:
            entry = self._objects.file(commit, path) if commit else None
        except NotFound:
            return None
        if commit is None or entry is None:
            return None
        if entry.mode not in _PLAIN_FILES:
            raise BadReply(f"{path} is no plain file but a link, of mode {entry.mode}")
        try:
            text = self._objects.content(entry.sha).decode("utf-8")
        except UnicodeDecodeError:
            raise BadReply(f"{path} is not UTF-8 text") from None
        return FileAt(text=text, mode=entry.mode, commit_sha=commit)

    def documents_at(self, ref: str, prefix: str) -> Sequence[DocumentAt]:
        """See ContentReader."""
        commit = self._commit(ref)
        if commit is None:
            raise NotFound(f"no branch {ref}")
        folder = f"{prefix.rstrip('/')}/" if prefix else ""
        entries = [
            entry
            for entry in self._objects.files(commit)
            if entry.path.startswith(folder) and entry.path.endswith(".md") and entry.mode in _PLAIN_FILES
        ]
        texts = self._objects.texts([entry.sha for entry in entries])
        return [DocumentAt(path=entry.path, text=texts[entry.sha]) for entry in entries if entry.sha in texts]

    def contains(self, ancestor: str, descendant: str) -> bool:
        """See ContentReader."""
        known = self._contained.get((ancestor, descendant))
        if known is not None:
            return known
        # https://docs.github.com/en/rest/commits/commits#compare-two-commits; the list of files, which
        # is not wanted, comes with the first page only.
        path = self._client.path(f"/compare/{quote(ancestor)}...{quote(descendant)}")
        try:
            answer = self._client.read("compare commits", path, {"per_page": 1, "page": 2})
        except NotFound:
            return False
        with self._client.call("compare commits"):
            is_contained = answer["status"] in {"ahead", "identical"}
        if _FULL_SHA.fullmatch(ancestor) and _FULL_SHA.fullmatch(descendant):
            self._contained.put((ancestor, descendant), is_contained)
        return is_contained

    def commits_to(self, sha: str, count: int) -> Sequence[LandedCommit]:
        """See ContentReader."""
        # https://docs.github.com/en/rest/commits/commits#list-commits
        path = self._client.path("/commits")
        listed = list(islice(self._client.pages("list commits", path, {"sha": sha}), count))
        with self._client.call("list commits"):
            return [LandedCommit(sha=str(c["sha"]), message=str(c["commit"]["message"])) for c in listed]

    def _commit(self, ref: str) -> str | None:
        return ref if _FULL_SHA.fullmatch(ref) else self.branch_sha(ref)


class GithubPullReader:
    """PullReader on GitHub."""

    def __init__(self, client: GithubClient) -> None:
        self._client = client
        self._rest = RestLook(client)
        self._detour = Detour()

    def look_at(self, numbers: Sequence[int]) -> dict[int, PullView]:
        """See PullReader."""
        return self._detour.either(
            "look", lambda: self._look_at(numbers), lambda: self._rest.look_at(numbers)
        )

    def _look_at(self, numbers: Sequence[int]) -> dict[int, PullView]:
        views: dict[int, PullView] = {}
        for start in range(0, len(numbers), PULLS_PER_QUERY):
            found = self._client.ask("look", pulls_query(numbers[start : start + PULLS_PER_QUERY]))
            views |= {view.number: view for view in (self._view(node) for node in found.values() if node)}
        return views

    def find_pull(self, head_branch: str) -> PullView | None:
        """See PullReader."""
        # https://docs.github.com/en/rest/pulls/pulls#list-pull-requests; `owner:branch` leaves forks out.
        found = self._client.read(
            "find pull request",
            self._client.path("/pulls"),
            {
                "head": f"{self._client.config.owner}:{head_branch}",
                "state": "all",
                "sort": "created",
                "direction": "desc",
                "per_page": 1,
            },
        )
        with self._client.call("find pull request"):
            number = int(found[0]["number"]) if found else 0
        return self.look_at([number]).get(number) if number else None

    def changed_files(self, number: int) -> Sequence[ChangedFile]:
        """See PullReader."""
        # https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files
        path = self._client.path(f"/pulls/{number:d}/files")
        files = [_changed_file(item) for item in self._client.pages("list changed files", path)]
        if len(files) >= _MOST_FILES:
            raise BadReply("the list of changed files may be cut")
        return files

    def required_checks(self, branch: str) -> Requirements:
        """See PullReader."""
        name = quote(branch, safe="")
        # https://docs.github.com/en/rest/branches/branches#get-a-branch
        seen = self._client.read_tagged("read protection", self._client.path(f"/branches/{name}"))
        with self._client.call("read protection"):
            protection = branch_checks(seen)
        try:
            # https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch
            rules = list(self._client.pages("read rules", self._client.path(f"/rules/branches/{name}")))
        except (Forbidden, NotFound):
            return merge_requirements(protection, None)
        with self._client.call("read rules"):
            return merge_requirements(protection, rules)

    def merge_rules(self, branch: str) -> MergeRules:
        """See PullReader."""
        return self._detour.either(
            "merge rules", lambda: self._merge_rules(branch), lambda: self._rest.merge_rules(branch)
        )

    def _merge_rules(self, branch: str) -> MergeRules:
        named = {"branch": branch, "ref": f"refs/heads/{branch}"}
        found = self._client.ask("read merge rules", RULES_QUERY, named)
        with self._client.call("read merge rules"):
            return read_rules(found)

    def checks_of(self, sha: str) -> Sequence[Check]:
        """See PullReader."""
        return self._detour.either("checks", lambda: self._checks_of(sha), lambda: self._rest.checks_of(sha))

    def _checks_of(self, sha: str) -> list[Check]:
        checks: list[Check] = []
        cursor: str | None = None
        while True:
            found = self._client.ask("read checks", commit_checks_query(sha), {"after": cursor})
            with self._client.call("read checks"):
                more, cursor = commit_checks(found["commit"], sha)
            checks += more
            if cursor is None:
                return checks

    def find_issue(self, draft: IssueDraft) -> IssueRef | None:
        """See PullReader."""
        # https://docs.github.com/en/rest/issues/issues#list-repository-issues; the search API lags behind.
        asked = {"state": "all", "sort": "created", "direction": "desc"}
        if draft.labels:
            asked["labels"] = ",".join(draft.labels)
        issues = self._client.pages("find issue", self._client.path("/issues"), asked)
        for _, item in zip(range(_MOST_ISSUES), issues, strict=False):
            with self._client.call("find issue"):
                if "pull_request" not in item and draft.marker in (item["body"] or ""):
                    return IssueRef(number=int(item["number"]), url=str(item["html_url"]))
        return None

    def _view(self, node: dict[str, Any]) -> PullView:
        with self._client.call("look"):
            checks, cursor = head_checks(node, node["headRefOid"])
            while cursor:
                more, cursor = self._more_checks(node, cursor)
                checks += more
            return pull_view(node, checks)

    def _more_checks(self, node: dict[str, Any], cursor: str) -> tuple[list[Check], str | None]:
        found = self._client.ask("look", more_checks_query(node["number"]), {"after": cursor})
        return head_checks(found["pull"], node["headRefOid"])


def _changed_file(item: dict[str, Any]) -> ChangedFile:
    try:
        return ChangedFile(
            path=item["filename"], status=item["status"], previous_path=item.get("previous_filename")
        )
    except (KeyError, TypeError):
        raise BadReply("a changed file without name or status") from None
