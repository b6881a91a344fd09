from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contracts.sandbox_world.driver import FAQ, REPO, eventually

if TYPE_CHECKING:
    from tests.contracts.sandbox_world.driver import Sandbox

OWNER, NAME = REPO.split("/")
LOOK = """
query Look($owner: String!, $name: String!, $number: Int!) {
  rateLimit { cost remaining limit resetAt used }
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      id number state merged mergedAt mergeable mergeStateStatus headRefOid headRefName baseRefName
      isCrossRepository url title mergeCommit { oid }
      files(first: 100) { totalCount nodes { path changeType } }
      commits(last: 1) { nodes { commit { oid statusCheckRollup { state
        contexts(first: 50) { totalCount nodes { __typename
          ... on CheckRun { name status conclusion detailsUrl isRequired(pullRequestNumber: $number)
            checkSuite { app { slug databaseId } } }
          ... on StatusContext { context state targetUrl } } } } } } }
    }
  }
}"""


def look(world: Sandbox, number: int) -> dict[str, Any]:
    found = world.graphql(LOOK, owner=OWNER, name=NAME, number=number)
    assert found["rateLimit"]["cost"] == 1
    return dict(found["repository"]["pullRequest"])


def proposed(world: Sandbox, branch: str) -> dict[str, Any]:
    return world.propose(branch, {FAQ: world.text() + f"\n### Is {branch} asked?\n\nYes.\n"})


def refusal(world: Sandbox, selection: str) -> dict[str, Any]:
    answer = world.refused_graphql(f'{{ repository(owner: "{OWNER}", name: "{NAME}") {{ {selection} }} }}')
    return dict(answer["errors"][0])


def test_one_look_tells_all_about_a_pull_request(world: Sandbox):
    pull = proposed(world, "graphql/look")
    world.verdict(pull["head"]["sha"])
    seen = eventually(lambda: (one := look(world, pull["number"]))["mergeable"] != "UNKNOWN" and one)
    assert (seen["state"], seen["mergeable"], seen["mergeStateStatus"]) == ("OPEN", "MERGEABLE", "CLEAN")
    assert seen["files"]["nodes"] == [{"path": FAQ, "changeType": "MODIFIED"}]
    assert seen["headRefOid"] == pull["head"]["sha"] == seen["commits"]["nodes"][0]["commit"]["oid"]
    rollup = seen["commits"]["nodes"][0]["commit"]["statusCheckRollup"]
    runs = {one["name"]: one for one in rollup["contexts"]["nodes"]}
    assert rollup["state"] == "SUCCESS"
    assert {name: run["isRequired"] for name, run in runs.items()} == {
        "lint": True,
        "smoke": True,
        "openapi": False,
    }
    assert runs["lint"]["checkSuite"]["app"] == {"slug": "github-actions", "databaseId": 15368}


def test_merging_by_rest_is_seen_by_graphql(world: Sandbox):
    pull = proposed(world, "graphql/merged")
    merged = world.merge(pull)
    seen = look(world, pull["number"])
    assert (seen["state"], seen["merged"], seen["mergeCommit"]["oid"]) == ("MERGED", True, merged)


def test_statuses_and_failures_are_summed_up(world: Sandbox):
    pull = proposed(world, "graphql/status")
    sha = pull["head"]["sha"]
    world.verdict(sha)
    world.rest(
        "POST",
        f"/repos/{REPO}/statuses/{sha}",
        state="failure",
        context="visual",
        target_url="http://x.test/",
    )
    rollup = look(world, pull["number"])["commits"]["nodes"][0]["commit"]["statusCheckRollup"]
    assert (rollup["state"], rollup["contexts"]["totalCount"]) == ("FAILURE", 4)
    assert rollup["contexts"]["nodes"][-1] == {
        "__typename": "StatusContext",
        "context": "visual",
        "state": "FAILURE",
        "targetUrl": "http://x.test/",
    }


def test_pull_requests_are_filtered_and_paged(world: Sandbox):
    numbers = [proposed(world, f"graphql/page-{turn}")["number"] for turn in range(2)]
    query = """query($head: String, $after: String) { repository(owner: "acme", name: "handbook") {
      pullRequests(first: 1, states: [OPEN], headRefName: $head, after: $after) {
        totalCount nodes { number } pageInfo { hasNextPage endCursor } } } }"""
    one = world.graphql(query, head="graphql/page-1")["repository"]["pullRequests"]
    assert (one["totalCount"], one["nodes"]) == (1, [{"number": numbers[1]}])
    seen, after = [], None
    while True:
        page = world.graphql(query, after=after)["repository"]["pullRequests"]
        seen += [node["number"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert set(numbers) <= set(seen)
    assert len(seen) == len(set(seen)) == page["totalCount"]


def test_files_refs_and_nodes_are_found(world: Sandbox):
    query = """{ viewer { login } repository(owner: "acme", name: "handbook") { id
      defaultBranchRef { name } ref(qualifiedName: "refs/heads/main") { id target { oid } }
      object(expression: "main:docs/FAQ.md") { ... on Blob { text isBinary } }
      head: object(expression: "main") { ... on Commit { oid messageHeadline } }
      none: object(expression: "main:nothing") { oid } } }"""
    found = world.graphql(query)["repository"]
    assert found["object"]["text"] == world.text()
    assert found["ref"]["target"]["oid"] == found["head"]["oid"] == world.head()
    assert found["none"] is None
    node = world.graphql("query($id: ID!) { node(id: $id) { __typename id } }", id=found["id"])["node"]
    assert node == {"__typename": "Repository", "id": found["id"]}


@pytest.mark.parametrize(
    ("selection", "kind", "words"),
    [
        ("pullRequests { totalCount }", "MISSING_PAGINATION_BOUNDARIES", "provide a `first` or `last` value"),
        (
            "pullRequests(first: 101) { totalCount }",
            "EXCESSIVE_PAGINATION",
            "exceeds the `first` limit of 100",
        ),
        ("pullRequest(number: 99999) { id }", "NOT_FOUND", "PullRequest with the number of 99999"),
    ],
)
def test_what_github_refuses_while_answering_is_refused(
    world: Sandbox, selection: str, kind: str, words: str
):
    error = refusal(world, selection)
    assert error["type"] == kind
    assert words in error["message"]
    assert error["path"][0] == "repository"


@pytest.mark.parametrize(
    "selection", ["unknownField", "pullRequest { id }", "pullRequest(number: 1)", "id {"]
)
def test_what_githubs_schema_refuses_is_refused(world: Sandbox, selection: str):
    assert "type" not in refusal(world, selection)


def test_an_unknown_repository_is_not_found_and_null(world: Sandbox):
    answer = world.refused_graphql('{ repository(owner: "acme", name: "none") { id } }')
    assert answer["data"] == {"repository": None}
    assert answer["errors"][0]["type"] == "NOT_FOUND"


def test_nobody_and_bad_tokens_are_refused(world: Sandbox):
    for header in ("", "bearer wrong"):
        answer = world.http.post(
            "/api/graphql", json={"query": "{ viewer { login } }"}, headers={"Authorization": header}
        )
        assert answer.status_code == 401
