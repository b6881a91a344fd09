"""Acting as a GitHub App: PyGithub's own authentication, made into a credential of the pool.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from closedloop.adapters.github_errors import forge_call
from closedloop.ports.errors import Forbidden, NotFound, Unauthorized

if TYPE_CHECKING:
    from collections.abc import Callable

    from github.Auth import AppAuth, AppInstallationAuth

    from closedloop.adapters.github_client import GithubConfig

#: Whoever was refused so soon after a renewal had asked with the token before: calls end within it.
_STRAGGLERS_S = 15.0
#: A token that is refused is replaced once in so many seconds; refused again, the app itself is.
_RENEWALS_APART_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AppConfig:
    """Which app, and where it is installed."""

    #: Number or client id of the app.
    app_id: str
    #: Gives the PEM, anew for each signature: a replaced key file is taken over. Never shown.
    private_key: Callable[[], str] = field(repr=False)
    #: None: looked up by the repository.
    installation_id: int | None
    github: GithubConfig


class AppInstallation:
    """A Credential whose token the forge gives for an hour; renewed before it ends.

    Every failure to get one is the app's: nothing has been asked of the repository yet.
    """

    def __init__(self, config: AppConfig, clock: Callable[[], float] = time.monotonic) -> None:
        self._config, self._clock = config, clock
        self._lock = threading.Lock()
        self._auth: tuple[int, AppInstallationAuth] | None = None
        self._secret = ""
        self._renewed_at = clock() - _RENEWALS_APART_S

    @property
    def name(self) -> str:
        """See Credential."""
        return f"GitHub App {self._config.app_id}"

    def secret(self) -> str:
        """See Credential. Asks the forge when there is no token, or it ends within 20 s."""
        with self._lock:
            try:
                with forge_call(f"token of {self.name}", is_write=False, clean=self._clean):
                    self._secret = self._installed().token
            except (NotFound, Forbidden) as error:
                # Not the repository is missing, as readers would take it, but the app's place in it.
                raise Unauthorized(f"{error.detail}: is the app installed on the repository?") from None
            return self._secret

    def renew(self) -> bool:
        """See Credential."""
        with self._lock:
            now = self._clock()
            since = now - self._renewed_at
            if since < _RENEWALS_APART_S:
                return since < _STRAGGLERS_S
            self._auth, self._renewed_at = None, now
            return True

    def _installed(self) -> AppInstallationAuth:
        if self._auth is None or self._auth[0] != os.getpid():
            self._auth = os.getpid(), self._find()
        return self._auth[1]

    def _find(self) -> AppInstallationAuth:
        from github import Auth, GithubIntegration  # noqa: PLC0415

        config, github = self._config, self._config.github
        app = Auth.AppAuth(config.app_id, config.private_key)
        self._sign(app)
        integration = GithubIntegration(
            auth=app,
            base_url=github.base_url,
            timeout=github.timeout_s,
            user_agent="closedloop",
            seconds_between_requests=0,
            seconds_between_writes=0,
        )
        number = config.installation_id
        if number is None:
            # https://docs.github.com/en/rest/apps/apps#get-a-repository-installation-for-the-authenticated-app
            number = integration.get_repo_installation(github.owner, github.name).id
        return app.get_installation_auth(number, requester=integration.requester)

    def _sign(self, app: AppAuth) -> None:
        """Sign once for trial: a key that cannot sign is a setting of ours, not an answer of theirs."""
        from jwt import PyJWTError  # noqa: PLC0415

        try:
            app.create_jwt()
        except (PyJWTError, OSError, TypeError, ValueError) as error:
            raise Unauthorized(f"{self.name}: the private key cannot sign ({type(error).__name__})") from None

    def _clean(self, text: str) -> str:
        return text.replace(self._secret or "\0", "***")

    def __repr__(self) -> str:
        return f"AppInstallation({self.name!r})"
