"""The answers that stand around every operation."""

import http.client
import json
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from github import Github, GithubException
from github.Repository import Repository

from tests.contracts.sandbox_forge.conftest import Tokens
from tests.contracts.sandbox_forge.judged import Judge, judged_client
from tests.contracts.sandbox_forge.server import TOKEN, Server, eventually, running
from tests.contracts.sandbox_forge.steps import refusal, tip


@pytest.fixture
def limited(tmp_path) -> Iterator[Server]:
    with running(tmp_path) as started:
        yield started


@pytest.fixture
def paced(tmp_path) -> Iterator[Server]:
    with running(tmp_path, "--no-limits", "--pace") as started:
        yield started


def raw(server: Server, path: str, method: str = "GET", body: str | bytes | None = None, **headers: str):
    """One request, answered with status, headers and body."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc)
    sent = {"Authorization": f"token {TOKEN}"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    whole = path if path.startswith("/api/") else f"/api/v3{path}"
    connection.request(method, whole, body, sent)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers, content


def test_a_bad_token_is_refused(server: Server, judge: Judge):
    with pytest.raises(GithubException) as refused:
        _ = judged_client(server.url, "wrong", judge).get_user().login
    assert (refused.value.status, refused.value.data["message"]) == (401, "Bad credentials")


def test_anyone_reads_a_public_repository(server: Server, repo: Repository, judge: Judge):
    assert judged_client(server.url, None, judge).get_repo(repo.full_name).id == repo.id


def test_nobody_writes_without_a_token(server: Server, repo: Repository, judge: Judge):
    anonymous = judged_client(server.url, None, judge).get_repo(repo.full_name)
    assert refusal(anonymous.create_issue, "Hello") == (401, "Requires authentication")


def test_a_token_may_do_only_what_it_was_given(repo: Repository, tokens: Tokens):
    weak = tokens.client("acme-bot", permissions={"issues": "write"}).get_repo(repo.full_name)
    assert weak.create_issue("Fine").number == 1
    expected = (403, "Resource not accessible by personal access token")
    assert refusal(weak.create_git_ref, "refs/heads/x", tip(repo)) == expected
    assert refusal(weak.create_file, "a.md", "Add", "a") == expected


def test_an_unchanged_answer_is_not_sent_again(server: Server, repo: Repository):
    status, headers, _ = raw(server, f"/repos/{repo.full_name}")
    assert (status, headers["ETag"].startswith('W/"')) == (200, True)
    again = raw(server, f"/repos/{repo.full_name}", If_None_Match=headers["ETag"])
    assert (again[0], again[2], again[1]["ETag"]) == (304, b"", headers["ETag"])
    repo.edit(description="Changed")
    assert raw(server, f"/repos/{repo.full_name}", If_None_Match=headers["ETag"])[0] == 200


def test_an_unchanged_answer_costs_nothing(server: Server, repo: Repository):
    path = f"/repos/{repo.full_name}"
    _, headers, _ = raw(server, path)
    _, again, _ = raw(server, path, If_None_Match=headers["ETag"])
    assert again["X-RateLimit-Used"] == headers["X-RateLimit-Used"]


def test_pages_are_linked(github: Github, repo: Repository):
    for number in range(120):
        repo.create_issue(f"Issue {number}")
    assert [one.title for one in repo.get_issues()] == [f"Issue {number}" for number in reversed(range(120))]
    path = f"/repos/{repo.full_name}/issues?per_page=50&page=2&state=open"
    headers, found = github.requester.requestJsonAndCheck("GET", path)
    names = {part.split("rel=")[1] for part in headers["link"].split(", ")}
    assert (len(found), names) == (50, {'"prev"', '"next"', '"last"', '"first"'})


def test_a_page_holds_at_most_a_hundred(github: Github, repo: Repository):
    for number in range(101):
        repo.create_label(f"label {number}", "ffffff")
    _, found = github.requester.requestJsonAndCheck("GET", f"/repos/{repo.full_name}/labels?per_page=500")
    assert len(found) == 100


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ("{", 400, "Problems parsing JSON"),
        ('"text"', 400, "Body should be a JSON object"),
        ('{"title": 7, "head": "a", "base": "b"}', 422, "Invalid request."),
        ('{"head": "a", "base": "b"}', 422, "Validation Failed"),
    ],
)
def test_a_malformed_body_is_refused(server: Server, repo: Repository, body: str, status: int, message: str):
    answer = raw(server, f"/repos/{repo.full_name}/pulls", "POST", body)
    shown = json.loads(answer[2])
    assert (answer[0], shown["message"].splitlines()[0]) == (status, message)
    assert shown["status"] == str(status)


def test_an_address_github_does_not_have_is_not_found(server: Server):
    assert raw(server, "/nowhere")[0] == 404


def test_requests_are_counted(limited: Server):
    first, second = (raw(limited, "/repos/acme/handbook")[1] for _ in range(2))
    assert (first["X-RateLimit-Limit"], first["X-RateLimit-Resource"]) == ("5000", "core")
    assert int(second["X-RateLimit-Remaining"]) == int(first["X-RateLimit-Remaining"]) - 1
    shown = json.loads(raw(limited, "/rate_limit")[2])["resources"]["core"]
    assert shown["used"] == int(second["X-RateLimit-Used"])


def test_an_anonymous_client_runs_out_after_sixty_requests(limited: Server):
    answers = [raw(limited, "/repos/acme/handbook", Authorization="") for _ in range(61)]
    assert [status for status, _, _ in answers] == [200] * 60 + [403]
    assert answers[-1][1]["X-RateLimit-Remaining"] == "0"
    assert b"API rate limit exceeded" in answers[-1][2]


def test_creating_too_fast_meets_the_secondary_limit(limited: Server):
    path = "/repos/acme/handbook/labels"
    answers = [raw(limited, path, "POST", json.dumps({"name": f"label {n}"})) for n in range(81)]
    assert [status for status, _, _ in answers] == [201] * 80 + [403]
    _status, headers, body = answers[-1]
    assert 0 < int(headers["Retry-After"]) <= 60
    assert int(headers["X-RateLimit-Remaining"]) > 0
    assert "secondary rate limit" in json.loads(body)["message"]
    assert raw(limited, path)[0] == 200
    with urllib.request.urlopen(f"{limited.url}/_sandbox/counts") as answer:
        counts = json.load(answer)
    assert counts["refusals"] == {"primary": 0, "secondary": 1}
    assert counts["requests"]["content_write"] == 81


def test_writes_keep_the_pace_where_it_is_asked_for(paced: Server):
    path = "/repos/acme/handbook/labels"
    answers = [raw(paced, path, "POST", json.dumps({"name": f"label {n}"}))[0] for n in range(8)]
    assert (answers[:4], answers[-1]) == ([201] * 4, 403)
    mutation = 'mutation { closePullRequest(input: { pullRequestId: "x" }) { clientMutationId } }'
    status, headers, _ = raw(paced, "/api/graphql", "POST", json.dumps({"query": mutation}))
    assert (status, headers["Retry-After"]) == (403, "1")
    assert raw(paced, path)[0] == 200
    assert raw(paced, "/api/graphql", "POST", '{"query": "{ __typename }"}')[0] == 200
    eventually(lambda: raw(paced, path, "POST", '{"name": "later"}')[0] == 201)


def test_the_rate_limit_can_be_asked_for(github: Github):
    assert github.get_rate_limit().rate.limit > 0
