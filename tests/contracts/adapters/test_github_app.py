"""A GitHub App instead of a token, against the sandbox's process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from closedloop.adapters.github_app import AppConfig, AppInstallation
from closedloop.adapters.github_client import GithubClient, GithubConfig
from closedloop.adapters.github_git_data import GithubGitData
from closedloop.adapters.github_reader import GithubContentReader
from closedloop.adapters.github_tokens import TokenPool
from closedloop.ports.errors import PortError, Unauthorized, Unavailable
from tests.contracts.adapters.forge_acts import draft
from tests.contracts.adapters.forge_stages import GithubStage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contracts.adapters.sandbox_process import Sandbox

PERMISSIONS = {"contents": "write", "metadata": "read", "pull_requests": "write"}


def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey) -> str:
    none = serialization.NoEncryption()
    found = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, none)
    return found.decode()


KEY = private_key()


class App:
    """The app as it is installed in the sandbox, and clients that act as it."""

    def __init__(self, sandbox: Sandbox, github: GithubStage) -> None:
        self._sandbox, self.github = sandbox, github
        self._clients: list[GithubClient] = []
        self.ids = self.install()

    def install(self, **options: Any) -> dict[str, int]:
        shown = KEY.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        body = {"slug": "loop", "public_key": shown.decode(), "permissions": PERMISSIONS, **options}
        answer = self._sandbox.http.post(f"{self._sandbox.base_url}/_sandbox/apps", json=body)
        answer.raise_for_status()
        found: dict[str, int] = answer.json()
        return found

    def client(self, *, key: str = "", installation_id: int | None = None, is_writer: bool = False):
        config = self.github.config
        app = AppConfig(
            app_id=str(self.ids["id"]),
            private_key=lambda: key or pem(KEY),
            installation_id=installation_id,
            github=config,
        )
        credential = AppInstallation(app)
        made = GithubClient(config, TokenPool(lambda: (credential,)), is_writer=is_writer)
        self._clients.append(made)
        return made

    def tokens_made(self) -> int:
        log = self._sandbox.http.get(f"{self._sandbox.base_url}/_sandbox/log").json()
        return sum(span["name"].endswith("/access_tokens") for span in log)

    def close(self) -> None:
        for client in self._clients:
            client.close()


@pytest.fixture
def app(sandbox: Sandbox) -> Iterator[App]:
    github = GithubStage(sandbox)
    made = App(sandbox, github)
    yield made
    made.close()
    github.close()


def test_an_app_reads_and_writes_with_one_token(app: App):
    client, before = app.client(is_writer=True), app.tokens_made()
    head = GithubGitData(writes=client, reads=client).publish_branch(draft(app.github))
    assert GithubContentReader(client).branch_sha("ours/a") == head.head_sha
    assert app.tokens_made() == before + 1


def test_its_installation_may_be_named(app: App):
    client = app.client(installation_id=app.ids["installation_id"])
    assert GithubContentReader(client).branch_sha("main")


def test_a_token_that_ends_within_twenty_seconds_is_replaced_before_it_does(app: App):
    app.install(token_life_s=19)
    content, before = GithubContentReader(app.client()), app.tokens_made()
    assert content.branch_sha("main") == content.branch_sha("main")
    assert app.tokens_made() == before + 2


def test_an_ended_token_is_replaced_and_the_call_may_be_repeated(app: App):
    app.install(token_life_s=0)
    content = GithubContentReader(app.client())
    with pytest.raises(Unavailable, match="another token takes over"):
        content.branch_sha("main")
    app.install(token_life_s=3600)
    assert content.branch_sha("main")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (pem(private_key()), "A JSON web token could not be decoded"),
        ("no key at all", "the private key cannot sign"),
    ],
)
def test_a_wrong_key_is_named_and_not_shown(app: App, key: str, said: str):
    with pytest.raises(Unauthorized, match=said) as caught:
        GithubContentReader(app.client(key=key)).branch_sha("main")
    assert key not in repr(caught.value)


def test_an_app_that_is_not_installed_is_no_missing_branch(app: App):
    with pytest.raises(Unauthorized, match="is the app installed"):
        GithubContentReader(app.client(installation_id=4242)).branch_sha("main")


def test_a_forge_that_gives_no_token_has_not_been_written_to(sandbox: Sandbox, app: App):
    sandbox.arm("drop_before", "POST /app/installations/*/access_tokens")
    client = app.client(is_writer=True)
    with pytest.raises(Unavailable):
        GithubGitData(writes=client, reads=client).create_tag("v1", "a" * 40)


def test_nothing_shows_key_or_token(app: App):
    client = app.client()
    GithubContentReader(client).branch_sha("main")
    (credential,) = client.tokens.credentials()
    shown = repr((credential, vars(client.tokens)["_seats"], client.config))
    assert "PRIVATE KEY" not in shown
    assert credential.secret() not in shown


def test_an_error_does_not_repeat_the_token_it_was_given(sandbox: Sandbox, app: App):
    client = app.client()
    secret = client.tokens.secret_of(client.tokens.credentials()[0])
    sandbox.arm("status", "GET /repos/*/git/ref/*", status=422, body=f'{{"message": "no {secret}"}}')
    with pytest.raises(PortError) as caught:
        GithubContentReader(client).branch_sha("main")
    assert (secret in caught.value.detail, "***" in caught.value.detail) == (False, True)


def test_the_configuration_shows_no_key(app: App):
    config = AppConfig(
        app_id="7",
        private_key=lambda: pem(KEY),
        installation_id=None,
        github=GithubConfig(repository="a/b"),
    )
    assert "lambda" not in repr(config)
