"""What is live, from the version that a site's health address reports."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from closedloop.adapters.http_pages import PageFetcher, PageUnreachable
from closedloop.adapters.page_judge import field_at
from closedloop.ports.deployer import LiveVersion
from closedloop.ports.errors import BadReply, Unavailable

if TYPE_CHECKING:
    from closedloop.adapters.page_judge import Page

#: Names under which sites report the commit they were built from, tried after the configured one.
_USUAL_FIELDS = ("version", "commit", "sha", "git_sha", "revision", "release")
#: A commit, possibly short, alone or behind `name@` as releases are called.
_COMMIT = re.compile(r"(?:[\w.-]+@)?([0-9a-f]{7,40})", re.IGNORECASE)
_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthVersionConfig:
    """Where a site says what it runs."""

    #: Address that answers JSON.
    url: str
    #: Field that holds the commit, dotted for nested ones; empty: the usual names are tried.
    field: str = ""
    #: Seconds for the whole answer.
    timeout_s: float = 5.0


class HealthVersionWatcher:
    """DeployWatcher that reads a health address.

    An unhealthy answer counts too while it names a version: that version is live, and unhealthy.
    """

    def __init__(self, config: HealthVersionConfig) -> None:
        self._config = config
        self._fields = (config.field, *_USUAL_FIELDS) if config.field else _USUAL_FIELDS
        self._pages = PageFetcher()

    def live_version(self) -> LiveVersion:
        """See DeployWatcher."""
        try:
            page = self._pages.fetch(self._config.url, timeout_s=self._config.timeout_s)
        except PageUnreachable as reason:
            raise Unavailable(f"health address {reason}") from None
        version = self._commit_in(page)
        if version:
            return LiveVersion(version=version, url=self._config.url)
        if page.status >= _SERVER_ERROR:
            raise Unavailable(f"health address answered {page.status} without a version")
        raise BadReply(f"health address answered {page.status} without a commit in {', '.join(self._fields)}")

    def close(self) -> None:
        """Close the kept connections."""
        self._pages.close()

    def _commit_in(self, page: Page) -> str | None:
        try:
            body = json.loads(page.text)
        except ValueError:
            return None
        found = (_COMMIT.fullmatch((field_at(body, name) or "").strip()) for name in self._fields)
        return next((match.group(1).lower() for match in found if match), None)
