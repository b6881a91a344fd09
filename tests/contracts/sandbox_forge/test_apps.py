"""GitHub Apps, with PyGithub's own client for them."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from github import Auth, GithubException, GithubIntegration
from github.Repository import Repository

from tests.contracts.sandbox_forge.judged import Judge, judged_client
from tests.contracts.sandbox_forge.server import Server
from tests.contracts.sandbox_forge.steps import refusal, tip

Ask = Callable[..., None]
PERMISSIONS = {"contents": "write", "metadata": "read", "pull_requests": "write"}


def new_key() -> tuple[str, str]:
    """A private key and its public half, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


@pytest.fixture(scope="session")
def keys() -> tuple[str, str]:
    return new_key()


@pytest.fixture
def install(server: Server, keys: tuple[str, str]) -> Callable[..., dict[str, int]]:
    def call(**options: Any) -> dict[str, int]:
        body = {"slug": "loop-app", "public_key": keys[1], "permissions": PERMISSIONS, **options}
        request = urllib.request.Request(
            f"{server.url}/_sandbox/apps", json.dumps(body).encode(), method="POST"
        )
        with urllib.request.urlopen(request) as answer:
            found: dict[str, int] = json.load(answer)
            return found

    return call


@pytest.fixture
def app(server: Server, keys: tuple[str, str], install: Callable[..., Any]) -> Iterator[GithubIntegration]:
    auth = Auth.AppAuth(install()["id"], keys[0])
    with GithubIntegration(auth=auth, base_url=f"{server.url}/api/v3", seconds_between_writes=0) as made:
        yield made


@pytest.fixture
def ask(server: Server, judge: Judge, keys: tuple[str, str]) -> Ask:
    """Ask who the app is, with these claims."""

    def call(said: dict[str, Any], key: str = keys[0]) -> None:
        requester = client(server, judge, jwt.encode(said, key, "RS256")).requester
        requester.requestJsonAndCheck("GET", "/app")

    return call


def client(server: Server, judge: Judge, token: str):
    return judged_client(server.url, token, judge)


def claims(app_id: int, **changes: int) -> dict[str, Any]:
    now = int(time.time())
    return {"iss": str(app_id), "iat": now - 60, "exp": now + 300, **changes}


def test_an_app_finds_where_it_is_installed(app: GithubIntegration, repo: Repository, install):
    owner, name = repo.full_name.split("/")
    assert app.get_repo_installation(owner, name).id == install()["installation_id"]


def test_a_token_of_an_installation_may_what_the_app_was_granted(
    server: Server, judge: Judge, app: GithubIntegration, repo: Repository, install
):
    token = app.get_access_token(install()["installation_id"]).token
    seen = client(server, judge, token).get_repo(repo.full_name)
    assert seen.create_git_ref("refs/heads/by-app", tip(repo)).ref == "refs/heads/by-app"
    assert refusal(seen.edit, description="x") == (403, "Resource not accessible by integration")


def test_a_token_may_be_asked_for_with_less_but_not_with_more(app: GithubIntegration, install):
    number = install()["installation_id"]
    less = app.get_access_token(number, {"contents": "write"})
    assert less.permissions == {"contents": "write"}
    status, _ = refusal(app.get_access_token, number, {"issues": "write"})
    assert status == 422


def test_a_token_ends(server: Server, judge: Judge, app: GithubIntegration, repo: Repository, install):
    token = app.get_access_token(install(token_life_s=0)["installation_id"]).token
    with pytest.raises(GithubException) as refused:
        client(server, judge, token).get_repo(repo.full_name).get_branch("main")
    assert (refused.value.status, refused.value.data["message"]) == (401, "Bad credentials")


def test_the_answers_are_githubs(server: Server, judge: Judge, keys, install, repo: Repository):
    ids = install()
    requester = client(server, judge, jwt.encode(claims(ids["id"]), keys[0], "RS256")).requester
    requester.requestJsonAndCheck("GET", "/app")
    requester.requestJsonAndCheck("GET", f"/repos/{repo.full_name}/installation")
    made = f"/app/installations/{ids['installation_id']}/access_tokens"
    requester.requestJsonAndCheck("POST", made, input={})
    assert ("POST", made) in judge.operations


@pytest.mark.parametrize(
    ("claim", "from_now_s", "message"),
    [
        ("exp", -3600, "'Expiration time' claim ('exp') must be a numeric value in the future"),
        ("exp", 7200, "'Expiration time' claim ('exp') is too far in the future"),
        ("iat", 600, "A JSON web token could not be decoded"),
    ],
)
def test_times_that_cannot_be_are_refused(ask: Ask, install, claim, from_now_s, message):
    changes = {claim: int(time.time()) + from_now_s}  # now, not when the tests were collected
    assert refusal(ask, claims(install()["id"], **changes)) == (401, message)


def test_an_app_that_is_not_known_is_refused(ask: Ask, install):
    expected = (401, "Integration not found")
    assert refusal(ask, {**claims(install()["id"]), "iss": "424242"}) == expected


def test_a_token_signed_by_another_key_is_refused(ask: Ask, install):
    expected = (401, "A JSON web token could not be decoded")
    assert refusal(ask, claims(install()["id"]), key=new_key()[0]) == expected


def test_the_app_itself_may_not_touch_repositories(server: Server, judge: Judge, keys, install, repo):
    token = jwt.encode(claims(install()["id"]), keys[0], "RS256")
    seen = client(server, judge, token).get_repo(repo.full_name)
    refused = (403, "Resource not accessible by integration")
    assert refusal(seen.create_git_ref, "refs/heads/x", tip(repo)) == refused


def test_a_person_is_no_app(server: Server, judge: Judge, github):
    expected = (401, "A JSON web token could not be decoded")
    assert refusal(github.requester.requestJsonAndCheck, "GET", "/app") == expected
