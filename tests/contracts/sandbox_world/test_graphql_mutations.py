from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

from tests.contracts.sandbox_world.driver import FAQ, REPO, eventually

if TYPE_CHECKING:
    from tests.contracts.sandbox_world.driver import Sandbox

COMMIT = (
    "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }"
)
OPEN = """mutation($input: CreatePullRequestInput!) { createPullRequest(input: $input) {
  clientMutationId pullRequest { id number state } } }"""
MERGE = """mutation($input: MergePullRequestInput!) { mergePullRequest(input: $input) {
  pullRequest { merged mergeCommit { oid } } } }"""
REVERT = """mutation($input: RevertPullRequestInput!) { revertPullRequest(input: $input) {
  revertPullRequest { number headRefName headRefOid title } } }"""
CLOSE = (
    "mutation($input: ClosePullRequestInput!) { closePullRequest(input: $input) { pullRequest { state } } }"
)
LABEL = """mutation($input: AddLabelsToLabelableInput!) { addLabelsToLabelable(input: $input) {
  labelable { labels(first: 5) { nodes { name } } } } }"""
AUTO = """mutation($input: EnablePullRequestAutoMergeInput!) { enablePullRequestAutoMerge(input: $input) {
  pullRequest { id } } }"""
CREATE_REF = (
    "mutation($input: CreateRefInput!) { createRef(input: $input) { ref { id name target { oid } } } }"
)
DELETE_REF = "mutation($input: DeleteRefInput!) { deleteRef(input: $input) { clientMutationId } }"


def repository_id(world: Sandbox) -> str:
    return str(world.graphql('{ repository(owner: "acme", name: "handbook") { id } }')["repository"]["id"])


def opened(world: Sandbox, branch: str) -> dict[str, Any]:
    world.commit(branch, {FAQ: world.text() + f"\n### Is {branch} done?\n\nYes.\n"}, f"Answer {branch}")
    names = {"headRefName": branch, "baseRefName": "main", "title": f"Answer {branch}"}
    given = {"repositoryId": repository_id(world), "clientMutationId": "mine", **names}
    made = world.graphql(OPEN, input=given)["createPullRequest"]
    assert made["clientMutationId"] == "mine"
    return dict(made["pullRequest"])


def error(world: Sandbox, query: str, **given: Any) -> dict[str, Any]:
    return dict(world.refused_graphql(query, input=given)["errors"][0])


def test_a_pull_request_is_opened_merged_and_reverted(world: Sandbox):
    before = world.text()
    pull = opened(world, "mutation/revert")
    sha = world.head("mutation/revert")
    world.verdict(sha)
    merged = world.graphql(
        MERGE, input={"pullRequestId": pull["id"], "expectedHeadOid": sha, "mergeMethod": "SQUASH"}
    )["mergePullRequest"]["pullRequest"]
    assert merged == {"merged": True, "mergeCommit": {"oid": world.head()}}
    assert "Is mutation/revert done?" in world.text()
    undo = world.graphql(REVERT, input={"pullRequestId": pull["id"]})["revertPullRequest"][
        "revertPullRequest"
    ]
    assert undo["title"] == 'Revert "Answer mutation/revert"'
    assert set(world.verdict(undo["headRefOid"]).values()) == {"success"}
    world.rest("PUT", f"/repos/{REPO}/pulls/{undo['number']}/merge", merge_method="squash")
    assert world.text() == before


def test_a_merge_of_another_head_than_judged_is_refused(world: Sandbox):
    pull = opened(world, "mutation/moved")
    world.verdict(world.head("mutation/moved"))
    refused = error(
        world, MERGE, pullRequestId=pull["id"], expectedHeadOid=world.head(), mergeMethod="SQUASH"
    )
    assert refused["type"] == "UNPROCESSABLE"
    assert "Head branch was modified" in refused["message"]


def test_a_merge_before_green_is_refused(world: Sandbox):
    world.arm("ci_never")
    pull = opened(world, "mutation/early")
    refused = error(world, MERGE, pullRequestId=pull["id"], mergeMethod="SQUASH")
    assert "required status checks have not succeeded" in refused["message"]


def test_a_commit_on_a_stale_branch_is_refused_and_leaves_nothing(world: Sandbox):
    world.commit("mutation/stale", {FAQ: world.text() + "\n### Stale?\n\nNo.\n"})
    tip = world.head("mutation/stale")
    change = {"additions": [{"path": FAQ, "contents": b64encode(b"x").decode()}]}
    given = {
        "branch": {"repositoryNameWithOwner": REPO, "branchName": "mutation/stale"},
        "expectedHeadOid": world.head(),
        "fileChanges": change,
        "message": {"headline": "Too late"},
    }
    assert error(world, COMMIT, **given)["type"] == "STALE_DATA"
    assert world.head("mutation/stale") == tip


def test_a_protected_branch_is_not_committed_to(world: Sandbox):
    given = {
        "branch": {"repositoryNameWithOwner": REPO, "branchName": "main"},
        "expectedHeadOid": world.head(),
        "fileChanges": {"deletions": [{"path": FAQ}]},
        "message": {"headline": "Away with it"},
    }
    assert "status checks" in error(world, COMMIT, **given)["message"]
    assert world.text()


def test_labels_are_added_and_a_pull_request_closed(world: Sandbox):
    pull = opened(world, "mutation/label")
    world.rest("POST", f"/repos/{REPO}/labels", name="P0", color="b60205")
    query = '{ repository(owner: "acme", name: "handbook") { label(name: "P0") { id } } }'
    label = world.graphql(query)["repository"]["label"]["id"]
    labelled = world.graphql(LABEL, input={"labelableId": pull["id"], "labelIds": [label]})
    assert labelled["addLabelsToLabelable"]["labelable"]["labels"]["nodes"] == [{"name": "P0"}]
    closed = world.graphql(CLOSE, input={"pullRequestId": pull["id"]})
    assert closed["closePullRequest"]["pullRequest"]["state"] == "CLOSED"


def test_auto_merge_is_refused_where_it_is_not_allowed_or_nothing_is_missing(world: Sandbox):
    pull = opened(world, "mutation/auto")
    world.verdict(world.head("mutation/auto"))
    world.rest("PATCH", f"/repos/{REPO}", allow_auto_merge=False)
    forbidden = error(world, AUTO, pullRequestId=pull["id"])["message"]
    assert forbidden == "Pull request Auto merge is not allowed for this repository"
    world.rest("PATCH", f"/repos/{REPO}", allow_auto_merge=True)
    clean = "Pull request Pull request is in clean status"
    eventually(lambda: error(world, AUTO, pullRequestId=pull["id"])["message"] == clean)


def test_auto_merge_waits_for_the_checks(world: Sandbox):
    world.rest("PATCH", f"/repos/{REPO}", allow_auto_merge=True)
    world.arm("slow_ci", delay_ms=500)
    pull = opened(world, "mutation/later")
    given = {"pullRequestId": pull["id"], "mergeMethod": "SQUASH"}
    assert world.graphql(AUTO, input=given)["enablePullRequestAutoMerge"]["pullRequest"]["id"] == pull["id"]
    path = f"/repos/{REPO}/pulls/{pull['number']}"
    assert world.rest("GET", path)["merged"] is False
    eventually(lambda: world.rest("GET", path)["merged"])


def test_refs_are_created_once_and_deleted(world: Sandbox):
    given = {"repositoryId": repository_id(world), "name": "refs/tags/v1-stable", "oid": world.head()}
    ref = world.graphql(CREATE_REF, input=given)["createRef"]["ref"]
    assert (ref["name"], ref["target"]["oid"]) == ("v1-stable", world.head())
    assert "already exists" in error(world, CREATE_REF, **given)["message"]
    world.graphql(DELETE_REF, input={"refId": ref["id"]})
    assert error(world, DELETE_REF, refId=ref["id"])["type"] == "NOT_FOUND"


def test_a_token_without_the_permission_is_forbidden(world: Sandbox):
    world.http.post(
        "/_sandbox/tokens", json={"token": "reader", "login": "reader", "permissions": {"contents": "read"}}
    )
    given = {"repositoryId": repository_id(world), "name": "refs/heads/none", "oid": world.head()}
    body = {"query": CREATE_REF, "variables": {"input": given}}
    answer = world.http.post("/api/graphql", json=body, headers={"Authorization": "bearer reader"}).json()
    assert answer["errors"][0]["type"] == "FORBIDDEN"
