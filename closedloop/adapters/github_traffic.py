"""Counts the requests that really leave for GitHub: at the connection, where repeated ones pass too."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from closedloop.ports.traffic import Kind

if TYPE_CHECKING:
    from urllib3 import HTTPResponse, PoolManager

    from closedloop.ports.traffic import Tally

_NOT_MODIFIED = 304


def kinds_of(method: str, url: str) -> tuple[Kind, ...]:
    """What GitHub takes a request for.

    Content is made by POST, PATCH and PUT; GraphQL is counted apart, whatever it does.
    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#calculating-points-for-the-secondary-rate-limit
    """
    if urlsplit(url).path.endswith("/graphql"):
        return (Kind.GRAPHQL,)
    if method in {"GET", "HEAD"}:
        return (Kind.REST_READ,)
    return (Kind.REST_WRITE,) if method == "DELETE" else (Kind.REST_WRITE, Kind.CONTENT_WRITE)


class _Counted(HTTPConnection):
    """A connection that notes every request once it was sent, also one that is never answered."""

    def __init__(self, tally: Tally, **vendor: Any) -> None:
        super().__init__(**vendor)
        self._tally = tally

    def request(self, method: str, url: str, *args: Any, **vendor: Any) -> None:
        super().request(method, url, *args, **vendor)
        for kind in kinds_of(method, url):
            self._tally.count(kind)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override] # urllib3's own one is told so too
        """Note an answer that cost nothing.

        https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
        """
        response = super().getresponse()
        if response.status == _NOT_MODIFIED:
            self._tally.count(Kind.UNCHANGED)
        return response


class _CountedTls(_Counted, HTTPSConnection):
    """The same, encrypted."""


class CountingTransport(HTTPAdapter):
    """The transport of `requests`, with connections that count; through a proxy as well."""

    def __init__(self, tally: Tally, **vendor: Any) -> None:
        self._tally = tally
        super().__init__(**vendor)

    def init_poolmanager(self, *args: Any, **vendor: Any) -> None:
        """Make the pools for direct connections."""
        super().init_poolmanager(*args, **vendor)
        self._let_count(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **vendor: Any) -> PoolManager:
        """Make, or find, the pools for connections through that proxy."""
        manager: PoolManager = super().proxy_manager_for(proxy, **vendor)
        self._let_count(manager)
        return manager

    def _let_count(self, manager: PoolManager) -> None:
        tally = self._tally

        class Plain(HTTPConnectionPool):
            ConnectionCls = partial(_Counted, tally)  # type: ignore[assignment]

        class Tls(HTTPSConnectionPool):
            ConnectionCls = partial(_CountedTls, tally)  # type: ignore[assignment]

        manager.pool_classes_by_scheme = {"http": Plain, "https": Tls}
