"""GET of a page with limits, for probes and for the version of a site."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from closedloop.adapters.page_judge import Page

if TYPE_CHECKING:
    import httpx2

_MOST_REDIRECTS = 5
_DEFAULT_PORTS = {"http": 80, "https": 443}


class PageUnreachable(Exception):  # noqa: N818 - read as the state of the page
    """The page could not be fetched; the text says why, for an operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLimits:
    """What a page may cost."""

    #: Decoded bytes of a body; more is an error.
    most_bytes: int = 5_000_000
    #: Sent as User-Agent.
    user_agent: str = "closedloop"


class PageFetcher:
    """Fetches pages over connections that are kept and shared by threads; a forked child opens its own."""

    def __init__(self, limits: PageLimits | None = None) -> None:
        import httpx2  # noqa: F401, PLC0415 - paid by workers alone, when they build this

        self._limits = limits or PageLimits()
        self._lock = threading.Lock()
        self._client: httpx2.Client | None = None
        self._process = 0

    def fetch(self, url: str, *, timeout_s: float, bearer: str = "") -> Page:
        """GET within `timeout_s` seconds in all, following redirects on the same host only.

        Raises PageUnreachable for whatever prevents an answer; any status is an answer.
        """
        import httpx2  # noqa: PLC0415

        deadline = time.monotonic() + timeout_s
        try:
            for _ in range(_MOST_REDIRECTS + 1):
                page, following = self._get(url, deadline, bearer)
                if following is None:
                    return page
                if not _is_same_host(url, following):
                    raise PageUnreachable(f"redirects to another host, {urlsplit(following).netloc}")
                url = following
        except httpx2.TimeoutException:
            raise PageUnreachable(f"no answer within {timeout_s:g} s") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise PageUnreachable(f"cannot be reached: {type(error).__name__}") from None
        raise PageUnreachable("redirects in circles")

    def close(self) -> None:
        """Close the kept connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = None

    def _get(self, url: str, deadline: float, bearer: str) -> tuple[Page, str | None]:
        options: dict[str, Any] = {"timeout": _remaining(deadline), "follow_redirects": False}
        if bearer:
            options["headers"] = {"Authorization": f"Bearer {bearer}"}
        with self._shared_client().stream("GET", url, **options) as response:
            if response.is_redirect and "location" in response.headers:
                return Page(status=response.status_code, content_type="", text=""), urljoin(
                    url, response.headers["location"]
                )
            body = self._body(response, deadline)
            content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            text = _decode(body, response.charset_encoding)
            return Page(status=response.status_code, content_type=content_type, text=text), None

    def _body(self, response: httpx2.Response, deadline: float) -> bytes:
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if len(body) > self._limits.most_bytes:
                raise PageUnreachable(f"is larger than {self._limits.most_bytes} bytes")
            _remaining(deadline)
        return bytes(body)

    def _shared_client(self) -> httpx2.Client:
        import httpx2  # noqa: PLC0415

        with self._lock:
            if self._client is None or self._process != os.getpid():
                # A cached copy would prove nothing about what is live.
                headers = {"User-Agent": self._limits.user_agent, "Cache-Control": "no-cache"}
                self._client, self._process = httpx2.Client(headers=headers), os.getpid()
            return self._client


def _remaining(deadline: float) -> float:
    import httpx2  # noqa: PLC0415

    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise httpx2.ReadTimeout("the whole time is used up")
    return seconds


def _is_same_host(old: str, new: str) -> bool:
    """Compare where two addresses lead; the usual step up from http to https leads to no other host."""
    before, after = _origin(old), _origin(new)
    is_step_up = (before[0], before[2], after[0], after[2]) == ("http", 80, "https", 443)
    return before[1] == after[1] and (before == after or is_step_up)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _decode(body: bytes, charset: str | None) -> str:
    try:
        return body.decode(charset or "utf-8", errors="replace")
    except LookupError:
        return body.decode("utf-8", errors="replace")
