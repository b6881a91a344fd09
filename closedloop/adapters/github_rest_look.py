"""The look by REST, for a forge whose GraphQL is closed to us or older than our queries.

It costs three requests for each pull request instead of one for all. Whether a pull request is in a merge
queue GraphQL alone can tell, and put one there as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from closedloop.adapters.github_graphql import CONCLUSIONS, STATUSES, time_of
from closedloop.ports.errors import BadReply, Forbidden, NotFound, Refused
from closedloop.ports.forge import Check, CheckOutcome, Mergeable, PullView
from closedloop.ports.merging import MergeMethod, MergeQueue, MergeRules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from closedloop.adapters.github_client import GithubClient

_PAGE, _MOST_PAGES = 100, 50
#: A job's page names the workflow run that it belongs to; check runs have no field for that.
_RUN_IN_URL = re.compile(r"/actions/runs/(\d{1,19})(?:/|$)")
_MERGEABLE = {True: Mergeable.YES, False: Mergeable.NO, None: Mergeable.UNKNOWN}
_ALLOWED = {
    "allow_squash_merge": MergeMethod.SQUASH,
    "allow_merge_commit": MergeMethod.MERGE,
    "allow_rebase_merge": MergeMethod.REBASE,
}


class RestLook:
    """What PullReader promises, without GraphQL."""

    def __init__(self, client: GithubClient) -> None:
        self._client = client

    def look_at(self, numbers: Sequence[int]) -> dict[int, PullView]:
        """See PullReader."""
        found = {number: self._pull(number) for number in numbers}
        return {number: self._view(pull) for number, pull in found.items() if pull}

    def checks_of(self, sha: str) -> list[Check]:
        """See PullReader."""
        # https://docs.github.com/en/rest/checks/runs#list-check-runs-for-a-git-reference
        runs = self._listed("read check runs", f"/commits/{sha}/check-runs", "check_runs")
        # https://docs.github.com/en/rest/commits/statuses#get-the-combined-status-for-a-specific-reference
        statuses = self._listed("read statuses", f"/commits/{sha}/status", "statuses")
        with self._client.call("read checks"):
            return [*map(_run, (run for run in runs if run["head_sha"] == sha)), *map(_status, statuses)]

    def merge_rules(self, branch: str) -> MergeRules:
        """See PullReader. Auto-merge counts as not allowed: it cannot be asked for without GraphQL."""
        # https://docs.github.com/en/rest/repos/repos#get-a-repository
        repository = self._client.read_tagged("read merge rules", self._client.path(""))
        rules = self._rules(branch)
        with self._client.call("read merge rules"):
            return MergeRules(
                # Left out for those who may not push; what is forbidden the forge says at the merge.
                methods=frozenset(method for name, method in _ALLOWED.items() if repository.get(name, True)),
                is_linear="required_linear_history" in rules,
                queue=_queue(rules["merge_queue"]) if "merge_queue" in rules else None,
                deletes_branches=bool(repository.get("delete_branch_on_merge")),
            )

    def _rules(self, branch: str) -> dict[str, dict[str, Any]]:
        """The parameters of each kind of rule, as far as the token may read them."""
        # https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch
        path = self._client.path(f"/rules/branches/{quote(branch, safe='')}")
        try:
            rules = list(self._client.pages("read rules", path))
        except (Forbidden, NotFound):
            return {}
        with self._client.call("read rules"):
            return {rule["type"]: rule.get("parameters") or {} for rule in rules}

    def _pull(self, number: int) -> dict[str, Any] | None:
        try:
            # https://docs.github.com/en/rest/pulls/pulls#get-a-pull-request
            # No entity tag: whether it merges is computed later, and may not change the tag.
            pull: dict[str, Any] = self._client.read("look", self._client.path(f"/pulls/{number:d}"))
        except NotFound:
            return None
        return pull

    def _view(self, pull: dict[str, Any]) -> PullView:
        with self._client.call("look"):
            head_sha = str(pull["head"]["sha"])
        checks = self.checks_of(head_sha)
        with self._client.call("look"):
            return _view(pull, checks)

    def _listed(self, what: str, rest: str, field: str) -> list[dict[str, Any]]:
        """The items of a counted list about a commit, page by page; none if there is no such commit."""
        found: list[dict[str, Any]] = []
        for page in range(1, _MOST_PAGES + 1):
            path = self._client.path(f"{rest}?per_page={_PAGE}&page={page}")
            try:
                answer = self._client.read_tagged(what, path)
            except (NotFound, Refused):  # 422: no commit found for this sha
                return []
            with self._client.call(what):
                found += answer[field]
                is_last = not answer[field] or len(found) >= int(answer["total_count"])
            if is_last:
                return found
        raise BadReply(f"{what}: more than {_MOST_PAGES} pages")


def _queue(parameters: dict[str, Any]) -> MergeQueue:
    method = parameters.get("merge_method")
    return MergeQueue(method=MergeMethod(method.lower()) if method else None)


def _view(pull: dict[str, Any], checks: Sequence[Check]) -> PullView:
    head, base = pull["head"], pull["base"]
    is_merged = bool(pull["merged"])
    return PullView(
        number=int(pull["number"]),
        url=str(pull["html_url"]),
        state="merged" if is_merged else str(pull["state"]),
        head_sha=str(head["sha"]),
        head_branch=str(head["ref"]),
        base_branch=str(base["ref"]),
        # The head's repository is null once it was deleted: ours is not.
        is_fork=head["repo"] is None or head["repo"]["full_name"] != base["repo"]["full_name"],
        mergeable=_MERGEABLE[pull["mergeable"]],
        # Before the merge it names a commit made to try it.
        merge_sha=str(pull["merge_commit_sha"]) if is_merged and pull["merge_commit_sha"] else None,
        merged_at=time_of(pull["merged_at"]),
        checks=tuple(checks),
        is_auto_merging=pull.get("auto_merge") is not None,
        is_behind=pull.get("mergeable_state") == "behind",
    )


def _run(run: dict[str, Any]) -> Check:
    url = str(run.get("details_url") or "")
    workflow_run = _RUN_IN_URL.search(url)
    return Check(
        name=str(run["name"]),
        outcome=_run_outcome(run),
        app_id=(run.get("app") or {}).get("id"),
        url=url,
        started_at=time_of(run.get("started_at")),
        completed_at=time_of(run.get("completed_at")),
        run_id=int(workflow_run[1]) if workflow_run else None,
        # The name that GraphQL has for it, so that the two ways agree.
        report_id=str(run.get("node_id") or run["id"]),
    )


def _run_outcome(run: dict[str, Any]) -> CheckOutcome:
    if run["status"] != "completed":
        return CheckOutcome.PENDING
    return CONCLUSIONS.get(str(run["conclusion"]).upper(), CheckOutcome.FAILURE)


def _status(status: dict[str, Any]) -> Check:
    outcome = STATUSES.get(str(status["state"]).upper(), CheckOutcome.FAILURE)
    created_at = time_of(status["created_at"])
    return Check(
        name=str(status["context"]),
        outcome=outcome,
        url=str(status.get("target_url") or ""),
        started_at=created_at,
        completed_at=None if outcome is CheckOutcome.PENDING else created_at,
        report_id=str(status.get("node_id") or status["id"]),
    )
