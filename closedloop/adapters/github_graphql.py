"""The look: many pull requests with their checks in one GraphQL query, and documents in one.

https://docs.github.com/en/graphql/reference/objects#pullrequest
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from closedloop.ports.forge import Check, CheckOutcome, Mergeable, PullView

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Aliases per query. 50 pull requests with 100 contexts each are 5 050 nodes; GitHub allows 500 000.
PULLS_PER_QUERY = 50
#: Blobs per query: the answer carries their texts.
BLOBS_PER_QUERY = 100

_ROLLUP = """
fragment Rollup on Commit {
  oid
  statusCheckRollup {
    contexts(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes {
        __typename
        ... on CheckRun {
          id name status conclusion startedAt completedAt detailsUrl
          checkSuite { app { databaseId } workflowRun { databaseId } }
        }
        ... on StatusContext { id context state targetUrl createdAt }
      }
    }
  }
}
"""
_CHECKS = f"""
fragment Checks on PullRequest {{
  commits(last: 1) {{ nodes {{ commit {{ ...Rollup }} }} }}
}}
{_ROLLUP}
"""
_PULL = """
fragment Pull on PullRequest {
  number url state isCrossRepository mergeable mergeStateStatus mergedAt headRefOid headRefName baseRefName
  mergeCommit { oid }
  isInMergeQueue mergeQueueEntry { headCommit { oid } } autoMergeRequest { enabledAt }
  ...Checks
}
"""
_REPOSITORY = "repository(owner: $owner, name: $name)"
_HEADER = f"query Look($owner: String!, $name: String!, $after: String) {{ {_REPOSITORY} {{"
_STATES = {"OPEN": "open", "MERGED": "merged", "CLOSED": "closed"}
_MERGEABLE = {"MERGEABLE": Mergeable.YES, "CONFLICTING": Mergeable.NO, "UNKNOWN": Mergeable.UNKNOWN}
#: https://docs.github.com/en/graphql/reference/enums#checkconclusionstate; what is not listed is a failure.
CONCLUSIONS = {
    "SUCCESS": CheckOutcome.SUCCESS,
    "NEUTRAL": CheckOutcome.NEUTRAL,
    "SKIPPED": CheckOutcome.NEUTRAL,
}
#: https://docs.github.com/en/graphql/reference/enums#statusstate
STATUSES = {
    "SUCCESS": CheckOutcome.SUCCESS,
    "PENDING": CheckOutcome.PENDING,
    "EXPECTED": CheckOutcome.PENDING,
}


def pulls_query(numbers: Iterable[int]) -> str:
    """Ask for pull requests by number; the answer names each `p<number>`, null where there is none."""
    parts = " ".join(f"p{number:d}: pullRequest(number: {number:d}) {{ ...Pull }}" for number in numbers)
    return f"{_HEADER} {parts} }} }}{_PULL}{_CHECKS}"


def more_checks_query(number: int) -> str:
    """Ask for one pull request's checks after the cursor `$after`; the answer names it `pull`."""
    return f"{_HEADER} pull: pullRequest(number: {number:d}) {{ ...Checks }} }} }}{_CHECKS}"


def commit_checks_query(sha: str) -> str:
    """Ask for a commit's checks after the cursor `$after`; the answer names it `commit`."""
    return f'{_HEADER} commit: object(oid: "{sha}") {{ ...Rollup }} }} }}{_ROLLUP}'


def blobs_query(shas: Sequence[str]) -> str:
    """Ask for the texts of blobs; the answer names them `b0`, `b1`, … in order.

    https://docs.github.com/en/graphql/reference/objects#blob
    """
    parts = " ".join(
        f'b{index}: object(oid: "{sha}") {{ ... on Blob {{ text isTruncated }} }}'
        for index, sha in enumerate(shas)
    )
    return f"query Documents($owner: String!, $name: String!) {{ {_REPOSITORY} {{ {parts} }} }}"


def pull_view(node: dict[str, Any], checks: Sequence[Check]) -> PullView:
    """Read a `Pull` fragment, with its checks already gathered."""
    commit = node["mergeCommit"]
    return PullView(
        number=int(node["number"]),
        url=str(node["url"]),
        state=_STATES[node["state"]],
        head_sha=str(node["headRefOid"]),
        head_branch=str(node["headRefName"]),
        base_branch=str(node["baseRefName"]),
        is_fork=bool(node["isCrossRepository"]),
        mergeable=_MERGEABLE[node["mergeable"]],
        merge_sha=str(commit["oid"]) if commit and node["state"] == "MERGED" else None,
        merged_at=time_of(node["mergedAt"]),
        checks=tuple(checks),
        is_queued=bool(node["isInMergeQueue"]),
        is_auto_merging=node["autoMergeRequest"] is not None,
        group_sha=_group_sha(node["mergeQueueEntry"]),
        # https://docs.github.com/en/graphql/reference/enums#mergestatestatus
        is_behind=node["mergeStateStatus"] == "BEHIND",
    )


def _group_sha(entry: dict[str, Any] | None) -> str | None:
    commit = (entry or {}).get("headCommit")
    return str(commit["oid"]) if commit else None


def head_checks(node: dict[str, Any], head_sha: str) -> tuple[list[Check], str | None]:
    """Read a `Checks` fragment: a page of checks, with the cursor of the next page if there is one.

    Checks of another commit than the head seen in the same look are no evidence.
    """
    commits = [item["commit"] for item in node["commits"]["nodes"] if item]
    return commit_checks(commits[0] if commits else None, head_sha)


def commit_checks(commit: dict[str, Any] | None, sha: str) -> tuple[list[Check], str | None]:
    """Read a `Rollup` fragment of the commit `sha`; nothing of another one."""
    rollup = commit.get("statusCheckRollup") if commit and commit.get("oid") == sha else None
    if rollup is None:
        return [], None
    contexts = rollup["contexts"]
    page = contexts["pageInfo"]
    checks = [_check(context) for context in contexts["nodes"] if context]
    return checks, str(page["endCursor"]) if page["hasNextPage"] else None


def _check(node: dict[str, Any]) -> Check:
    if node["__typename"] == "CheckRun":
        suite = node.get("checkSuite") or {}
        app, run = suite.get("app") or {}, suite.get("workflowRun") or {}
        return Check(
            name=str(node["name"]),
            outcome=_run_outcome(node["status"], node["conclusion"]),
            app_id=app.get("databaseId"),
            url=str(node["detailsUrl"] or ""),
            started_at=time_of(node["startedAt"]),
            completed_at=time_of(node["completedAt"]),
            run_id=run.get("databaseId"),
            report_id=str(node["id"]),
        )
    outcome, created_at = STATUSES.get(node["state"], CheckOutcome.FAILURE), time_of(node["createdAt"])
    return Check(
        name=str(node["context"]),
        outcome=outcome,
        url=str(node["targetUrl"] or ""),
        started_at=created_at,
        # Each report of a status is a new one: that of the outcome was made at the end.
        completed_at=None if outcome is CheckOutcome.PENDING else created_at,
        report_id=str(node["id"]),
    )


def _run_outcome(status: str, conclusion: str | None) -> CheckOutcome:
    if status != "COMPLETED":
        return CheckOutcome.PENDING
    return CONCLUSIONS.get(conclusion or "", CheckOutcome.FAILURE)


def time_of(value: str | None) -> datetime | None:
    """A time as either API writes it, None where there is none."""
    return datetime.fromisoformat(value) if value else None
