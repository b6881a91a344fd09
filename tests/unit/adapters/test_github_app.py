"""When an app's token is replaced: the credential alone, with hands on its clock."""

from __future__ import annotations

from closedloop.adapters.github_app import AppConfig, AppInstallation
from closedloop.adapters.github_client import GithubConfig


def test_whoever_was_refused_with_the_old_token_may_go_on_with_the_new_one():
    now_s = 1000.0
    config = AppConfig(
        app_id="7", private_key=str, installation_id=1, github=GithubConfig(repository="acme/handbook")
    )
    app = AppInstallation(config, clock=lambda: now_s)
    assert app.renew()
    now_s += 10  # a time-out later the last of those who asked together has its answer
    assert app.renew()
    now_s += 10
    assert not app.renew()
    now_s += 60
    assert app.renew()
