"""PyGithub's requester with a token picked for every request, and without following redirects.

PyGithub follows a 301 with the same verb and body and without the query
(`Requester.__requestRaw`): a write would be sent to another address, and a search would find everything.
A 307 it takes for a success. Both are refused here, at the connection.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from github.Auth import Auth
from github.Requester import (
    HTTPRequestsConnectionClass,
    HTTPSRequestsConnectionClass,
    Requester,
    RequestsResponse,
)

from closedloop.adapters.github_errors import Redirected
from closedloop.adapters.github_limits import Errand, Reply
from closedloop.adapters.github_traffic import CountingTransport

if TYPE_CHECKING:
    from closedloop.adapters.github_tokens import Credential, TokenPool
    from closedloop.ports.traffic import Tally

#: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
_REDIRECTS = frozenset({301, 302, 307, 308})


def _checked(response: RequestsResponse) -> RequestsResponse:
    if response.status in _REDIRECTS:
        target = urlsplit(response.headers.get("location", ""))
        raise Redirected(f"{response.status} to {target.path or 'nowhere'}")
    return response


class _HttpLine(HTTPRequestsConnectionClass):
    def getresponse(self) -> RequestsResponse:
        return _checked(super().getresponse())


class _HttpsLine(HTTPSRequestsConnectionClass):
    def getresponse(self) -> RequestsResponse:
        return _checked(super().getresponse())


def _line_to(base_url: str, tally: Tally, **vendor: Any) -> _HttpLine | _HttpsLine:
    """A connection to that server, which counts what it sends."""
    server = urlsplit(base_url)
    line = (_HttpsLine if server.scheme == "https" else _HttpLine)(
        str(server.hostname), server.port, **vendor
    )
    size = line.pool_size
    transport = CountingTransport(tally, max_retries=line.retry, pool_connections=size, pool_maxsize=size)
    line.session.mount(f"{line.protocol}://", transport)
    return line


class _ChosenToken(Auth):
    """The token of the request under way."""

    def __init__(self) -> None:
        self.secret = ""

    @property
    def token_type(self) -> str:
        return "Bearer"

    @property
    def token(self) -> str:
        return self.secret

    @property
    def _masked_token(self) -> str:
        return "Bearer (token removed)"


class PooledRequester(Requester):
    """Asks the pool before each request and tells it the answer. For one thread."""

    def __init__(
        self, tokens: TokenPool, tally: Tally, *, is_writer: bool, base_url: str, **vendor: Any
    ) -> None:
        """Take what `Requester` takes, but for `auth`."""
        self._tokens, self._is_writer, self._chosen = tokens, is_writer, _ChosenToken()
        #: What the last request was about, and as whom it was sent.
        self.errand = Errand(resource="core", is_write=is_writer)
        self.credential: Credential | None = None
        #: The status of the last answer, 0 before there was one.
        self.status = 0
        kept = {name: vendor[name] for name in ("retry", "pool_size", "timeout", "verify")}
        self._line = _line_to(base_url, tally, **kept)
        super().__init__(auth=self._chosen, base_url=base_url, **vendor)

    def requestJson(  # noqa: N802, PLR0913, PLR0917 - the vendor's signature
        self,
        verb: str,
        url: str,
        parameters: dict[str, Any] | None = None,
        headers: dict[str, Any] | None = None,
        input: Any | None = None,  # noqa: A002
        cnx: Any = None,
        follow_302_redirect: bool = False,  # noqa: FBT001, FBT002
    ) -> tuple[int, dict[str, Any], str]:
        """Send one request as whoever the pool names."""
        resource = "graphql" if url == self.graphql_url else "core"
        self.errand = Errand(resource=resource, is_write=self._is_writer)
        self.credential = credential = self._tokens.pick(self.errand)
        self._chosen.secret = self._tokens.secret_of(credential)
        status, received, body = super().requestJson(
            verb, url, parameters, headers, input, cnx or self._line, follow_302_redirect
        )
        self.status = status
        reply = Reply(status=status, headers=received, body=_error_body(status, body))
        self._tokens.note(credential, self.errand, reply)
        return status, received, body

    def close(self) -> None:
        """Close the connections."""
        self._line.close()
        super().close()


def _error_body(status: int, body: str) -> object:
    """Parse the body of a refusal; a success is not parsed twice."""
    if status < 400:  # noqa: PLR2004 - the first refusal by definition
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body
