from pathlib import Path

import dj_database_url
import pytest

from scripts.local.environment import (
    Parts,
    Ports,
    bare_environment,
    parts_from,
    product_environment,
    remarks,
)
from scripts.local.kept import Kept

KEPT = Kept(
    secret_key="sk",
    redis_password="rp",
    admin_password="ap",
    forge_token="ft",
    webhook_secret="ws",
    model_key="mk",
    errors_token="et",
)
REAL_FORGE = {"GITHUB_TOKEN": "t", "GITHUB_REPO": "o/r"}


def build(place: str = "/data", **given: str) -> dict[str, str]:
    ports = Ports(web=8000, sandbox=8801, redis=20001, spool=20002)
    return product_environment(given=given, data_dir=Path(place), ports=ports, kept=KEPT, version="abc1234")


def test_with_nothing_given_everything_is_embedded():
    assert parts_from({"PATH": "/bin"}) == Parts(
        database=True, redis=True, spool=True, forge=True, model=True, errors=True
    )
    assert build() == {
        "ENV": "local",
        "SECRET_KEY": "sk",
        "DATABASE_URL": "sqlite:////data/closedloop.sqlite3",
        "REDIS_URL": "redis://:rp@127.0.0.1:20001/0",
        "SPOOL_URL": "redis://:rp@127.0.0.1:20002/0",
        "GITHUB_TOKEN": "ft",
        "GITHUB_REPO": "acme/handbook",
        "GITHUB_API_URL": "http://127.0.0.1:8801/api/v3",
        "GIT_CACHE_DIR": "/data/git",
        "GITHUB_WEBHOOK_SECRET": "ws",
        "OPENAI_API_KEY": "sk-mk",
        "OPENAI_BASE_URL": "http://127.0.0.1:8801/v1",
        "OPENAI_MODEL": "lumen-extract-1",
        "SITE_URL": "http://127.0.0.1:8801/sites/acme/handbook/",
        "HEALTH_URL": "http://127.0.0.1:8801/sites/acme/handbook/healthz",
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "SENTRY_DSN": "http://public@127.0.0.1:8801/1",
        "SENTRY_ISSUES_URL": "http://127.0.0.1:8801/api/0/projects/acme/handbook/issues/?query=release:{version}",
        "SENTRY_AUTH_TOKEN": "et",
        "NOTIFY_URLS": "json://127.0.0.1:8801/sinks/slack",
        "APP_VERSION": "abc1234",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
    }


def test_given_stores_are_used():
    given = {"DATABASE_URL": "postgres://db/x", "REDIS_URL": "redis://elsewhere/3"}
    assert {name: build(**given)[name] for name in given} == given
    assert parts_from(given) == Parts(
        database=False, redis=False, spool=False, forge=True, model=True, errors=True
    )
    assert "SPOOL_URL" not in build(**given)


def test_a_real_repository_gets_no_address_of_the_sandbox():
    env = build(**REAL_FORGE, SITE_URL="https://site.example/")
    assert {"GITHUB_API_URL", "HEALTH_URL"}.isdisjoint(env)
    assert (env["GITHUB_TOKEN"], env["SITE_URL"]) == ("t", "https://site.example/")
    assert env["OPENAI_BASE_URL"] == "http://127.0.0.1:8801/v1"


def test_an_app_stands_for_a_token():
    env = build(GITHUB_APP_ID="7", GITHUB_REPO="o/r")
    assert (env["GITHUB_APP_ID"], "GITHUB_TOKEN" in env, "GITHUB_API_URL" in env) == ("7", False, False)


@pytest.mark.parametrize("name", ["GITHUB_TOKENS", "GITHUB_TOKEN_FILE", "GITHUB_APP_ID"])
def test_no_credential_without_a_repository_is_sent_to_the_sandbox(name: str):
    assert name not in build(**{name: "left in the shell"})
    assert name not in bare_environment({name: "left in the shell"})


def test_a_token_without_a_repository_is_never_sent_to_the_sandbox():
    given = {"GITHUB_TOKEN": "left in the shell", "GITHUB_API_URL": "https://api.github.com"}
    env = build(**given)
    assert (env["GITHUB_TOKEN"], env["GITHUB_API_URL"]) == ("ft", "http://127.0.0.1:8801/api/v3")
    assert remarks(given) == ["GITHUB_TOKEN is set without GITHUB_REPO: the sandbox plays GitHub"]


def test_with_forge_and_model_given_there_is_no_sandbox():
    given = {**REAL_FORGE, "OPENAI_API_KEY": "k"}
    assert not parts_from(given).sandbox
    assert not [value for value in build(**given).values() if ":8801" in value]
    assert remarks(given) == []


def test_the_administrators_password_stays_out_of_the_processes():
    assert "ADMIN_PASSWORD" not in build(ADMIN_PASSWORD="a word")


def test_errors_are_never_sent_to_one_place_and_looked_for_in_another():
    own = build(SENTRY_DSN="https://key@errors.example/7")
    assert [name for name in own if name.startswith("SENTRY_")] == ["SENTRY_DSN"]
    assert build(SENTRY_AUTH_TOKEN="left in the shell")["SENTRY_AUTH_TOKEN"] == "et"


def test_an_empty_variable_counts_as_not_given():
    assert parts_from({"REDIS_URL": "", "OPENAI_API_KEY": ""}).sandbox
    assert build(REDIS_URL="")["REDIS_URL"] == "redis://:rp@127.0.0.1:20001/0"


def test_a_data_directory_of_any_name_reaches_the_database():
    place = "/srv/données 50% #1"
    assert dj_database_url.parse(build(place)["DATABASE_URL"])["NAME"] == f"{place}/closedloop.sqlite3"


def test_other_parts_are_not_told_the_products_secrets():
    assert bare_environment({**build(), "PATH": "/bin"}) == {
        "PATH": "/bin",
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
    }
