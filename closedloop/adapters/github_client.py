"""PyGithub, set up for workers: a connection per thread, no hidden waits, no hidden retries on writes."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from closedloop.adapters.breaker import NullBreaker
from closedloop.adapters.github_errors import NoGraphql, forge_call, graphql_failure
from closedloop.adapters.lru import Lru
from closedloop.ports.errors import BadReply, NotFound, RateLimited, Refused, Unauthorized
from closedloop.ports.traffic import NullTally

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from github.Repository import Repository

    from closedloop.adapters.breaker import Breaker
    from closedloop.adapters.github_requester import PooledRequester
    from closedloop.adapters.github_tokens import TokenPool
    from closedloop.ports.traffic import Tally

#: https://docs.github.com/en/rest/about-the-rest-api/api-versions
_API_VERSION = "2022-11-28"
#: Entity tags kept per process; a handful of paths is asked again and again.
_KEPT_TAGS = 256
_PAGE = 100
#: Nothing that we list is longer: 3000 files of a pull request, the newest thousand issues.
_MOST_PAGES = 50
_NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True, kw_only=True)
class GithubConfig:
    """Which repository, on which GitHub."""

    #: Full name, `owner/name`.
    repository: str
    #: REST base; on GitHub Enterprise Server `https://host/api/v3` (GraphQL is found beside it).
    base_url: str = "https://api.github.com"
    #: Seconds to connect, and seconds without a byte of the answer.
    timeout_s: int = 10
    #: Further tries of a read after a lost connection or a 5xx. Writes have none.
    read_retries: int = 2

    @property
    def owner(self) -> str:
        """The account that owns the repository."""
        return self.repository.partition("/")[0]

    @property
    def name(self) -> str:
        """The repository's name without its owner."""
        return self.repository.partition("/")[2]


class GithubClient:
    """One PyGithub requester per thread and process.

    PyGithub keeps verb, address and body of a request as attributes of one shared connection object
    (`Requester.HTTPSRequestsConnectionClass.request`), so two threads on one requester can send each
    other's requests. Connections are reused within a thread; a forked child starts its own.
    """

    def __init__(
        self,
        config: GithubConfig,
        tokens: TokenPool,
        *,
        is_writer: bool,
        breaker: Breaker | NullBreaker | None = None,
        tally: Tally | None = None,
    ) -> None:
        import github  # noqa: F401, PLC0415 - 0.2 s and 47 MB, paid by workers alone, when they build this

        self.config = config
        self.tokens = tokens
        self.is_writer = is_writer
        self._breaker = breaker or NullBreaker()
        self._tally = tally or NullTally()
        self._local = threading.local()
        self._tagged: Lru[str, tuple[str, Any]] = Lru(_KEPT_TAGS)

    @property
    def repository(self) -> Repository:
        """The repository as a lazy object: nothing is fetched before an attribute is read."""
        from github.Repository import Repository  # noqa: PLC0415

        return Repository(self.requester, url=self.path(""))

    @property
    def requester(self) -> PooledRequester:
        """PyGithub's own door for calls that its objects do not make in one request."""
        if getattr(self._local, "process", None) != os.getpid() or self._local.requester is None:
            self._local.requester, self._local.process = self._connect(), os.getpid()
        requester: PooledRequester = self._local.requester
        return requester

    def path(self, rest: str) -> str:
        """Return the address of something in the repository."""
        return f"/repos/{self.config.repository}{rest}"

    @contextmanager
    def call(self, what: str) -> Iterator[None]:
        """Guard a block that calls GitHub: see `forge_call` and `Breaker.guard`.

        A token that is refused or at its limit hands over to another one, if there is one: then the error
        says that the call may be repeated at once. Nothing is repeated here.
        """
        try:
            with (
                self._breaker.guard(),
                forge_call(what, is_write=self.is_writer, clean=self.tokens.clean),
            ):
                yield
        except (RateLimited, Unauthorized) as error:
            raise self.tokens.relieved(error, self.requester.errand) from None

    def read(self, what: str, path: str, parameters: Mapping[str, Any] | None = None) -> Any:
        """GET and return the parsed answer."""
        with self.call(what):
            return self.requester.requestJsonAndCheck("GET", path, parameters=dict(parameters or {}))[1]

    def read_tagged(self, what: str, path: str) -> Any:
        """GET with the entity tag of the last answer: an unchanged one costs no rate limit. Never None.

        https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
        """
        tag, known = self._tagged.get(path) or ("", None)
        with self.call(what):
            condition = {"If-None-Match": tag} if tag else {}
            requester = self.requester
            headers, data = requester.requestJsonAndCheck("GET", path, headers=condition)
        if tag and requester.status == _NOT_MODIFIED:
            return known
        if data is None:
            raise BadReply(f"{what}: the answer is empty")
        if headers.get("etag"):
            self._tagged.put(path, (headers["etag"], data))
        return data

    def pages(self, what: str, path: str, parameters: Mapping[str, Any] | None = None) -> Iterator[Any]:
        """GET a list page by page and yield its items; BadReply when it does not come to an end.

        https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
        """
        asked = {**(parameters or {}), "per_page": _PAGE}
        for _ in range(_MOST_PAGES):
            with self.call(what):
                headers, items = self.requester.requestJsonAndCheck("GET", path, parameters=asked)
                following = _next_page(headers.get("link", ""))
            if not isinstance(items, list):
                raise BadReply(f"{what}: a list was expected")
            yield from items
            if following is None:
                return
            path, asked = following, {}
        raise BadReply(f"{what}: more than {_MOST_PAGES} pages")

    def ask(self, what: str, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send a GraphQL query about the repository and return that part; what is not found in it is null.

        The query declares `$owner` and `$name`. Raises NoGraphql, besides the other PortErrors, when another
        way has to be found.
        https://docs.github.com/en/graphql/guides/forming-calls-with-graphql
        """
        names = {"owner": self.config.owner, "name": self.config.name}
        body = {"query": query, "variables": {**names, **(variables or {})}}
        with _graphql(), self.call(what):
            requester = self.requester
            headers, answer = requester.requestJsonAndCheck("POST", requester.graphql_url, input=body)
            errors, data = answer.get("errors") or [], answer.get("data")
            found = data.get("repository") if isinstance(data, dict) else None
            is_usable = isinstance(found, dict) and all(error.get("type") == "NOT_FOUND" for error in errors)
        if found is None or not is_usable:
            failure = graphql_failure(errors, headers, now=datetime.now(UTC))
            if isinstance(failure, RateLimited) and failure.retry_at and requester.credential:
                self.tokens.rest(requester.credential, requester.errand, failure.retry_at)
                raise self.tokens.relieved(failure, requester.errand)
            raise failure
        return dict(found)

    def close(self) -> None:
        """Close this thread's connections."""
        if getattr(self._local, "requester", None):
            self._local.requester.close()
            self._local.requester = None

    def _connect(self) -> PooledRequester:
        from closedloop.adapters.github_requester import PooledRequester  # noqa: PLC0415

        if not self.config.repository:
            raise Unauthorized("GITHUB_REPO is not set")
        return PooledRequester(
            self.tokens,
            self._tally,
            is_writer=self.is_writer,
            base_url=self.config.base_url,
            timeout=self.config.timeout_s,
            user_agent="closedloop",
            per_page=_PAGE,
            verify=True,
            retry=None if self.is_writer else _read_retries(self.config.read_retries),
            pool_size=None,
            # PyGithub sleeps between requests by default (0.25 s, writes 1 s); our budget does that better.
            seconds_between_requests=0,
            seconds_between_writes=0,
            lazy=True,
            api_version=_API_VERSION,
        )


@contextmanager
def _graphql() -> Iterator[None]:
    """Say that there is no GraphQL where its address itself is refused: what is missing it tells with 200."""
    try:
        yield
    except (NotFound, Refused) as error:
        raise NoGraphql(error.detail) from None


def _read_retries(count: int) -> Any:
    """Retry what passes by itself; never sleep on a rate limit, that is the pipeline's business."""
    from urllib3.util import Retry  # noqa: PLC0415

    return Retry(
        total=count,
        backoff_factor=0.1,
        status_forcelist=(500, 502, 503, 504),
        # Reads alone pass through this client; a GraphQL query is a POST.
        allowed_methods=("GET", "POST"),
        respect_retry_after_header=False,
        raise_on_status=False,
    )


def _next_page(link: str) -> str | None:
    from requests.utils import parse_header_links  # noqa: PLC0415

    return next((part["url"] for part in parse_header_links(link) if part.get("rel") == "next"), None)
