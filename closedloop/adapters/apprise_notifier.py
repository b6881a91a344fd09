"""Notifications by Apprise: Slack, mail, PagerDuty and a hundred more, each an address.

https://appriseit.com/ lists the addresses of all services.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from closedloop.ports.errors import Unavailable
from closedloop.ports.notifier import PartlyDelivered, Severity

if TYPE_CHECKING:
    from closedloop.ports.notifier import Message

#: Signs by which chat services call people; quoted text must not call anybody.
_CALLING = re.compile(
    r"(?<![\w/])[@!](?=\w)|[@!](?=(?:everyone|here|channel|all)\b)|<(?=[@!#])", re.IGNORECASE
)
_ZERO_WIDTH_SPACE = "\u200b"
#: https://appriseit.com/dev/apprise_notify/ names info, success, warning and failure.
_TYPES = {Severity.INFO: "info", Severity.WARNING: "warning", Severity.CRITICAL: "failure"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppriseConfig:
    """Where messages go."""

    #: Apprise addresses, one per channel; they hold credentials and are never shown.
    urls: tuple[str, ...] = field(repr=False)
    #: Seconds for all channels together.
    timeout_s: float = 10.0


class AppriseNotifier:
    """Notifier to every configured channel, in plain text."""

    def __init__(self, config: AppriseConfig) -> None:
        import apprise  # noqa: F401, PLC0415 - 0.2 s, paid by workers alone, when they build this

        self._config = config

    def notify(self, message: Message, *, served: frozenset[str] = frozenset()) -> None:
        """See Notifier. The error names the kinds of the channels that failed, not their addresses."""
        channels = self._channels(served)
        if not channels and served:
            return
        result = channels.notify(
            title=_without_calls(message.title),
            body=_without_calls(message.body),
            notify_type=_TYPES[message.severity],
            body_format="text",
            timeout=self._config.timeout_s,
        )
        if not result:
            failed = [channel.name for channel in result if not channel]
            detail = f"not delivered to {', '.join(failed) or 'any channel'}"
            took = served | {channel.url_id for channel in result if channel and channel.url_id}
            raise PartlyDelivered(detail, served=took) if took else Unavailable(detail)

    def _channels(self, served: frozenset[str]) -> Any:
        """Build the channels anew: they keep state of their last message and belong to one thread."""
        import apprise  # noqa: PLC0415

        channels = apprise.Apprise()
        for position, url in enumerate(self._config.urls, start=1):
            channel: Any = apprise.Apprise.instantiate(url, suppress_exceptions=True)
            if channel is None:
                raise Unavailable(f"notification channel {position} is not an address Apprise understands")
            # A hash of the address, the same in every process; https://appriseit.com/dev/persistent_storage/
            if channel.url_id() not in served:
                channels.add(channel)
        return channels


def _without_calls(text: str) -> str:
    return _CALLING.sub(lambda sign: sign.group() + _ZERO_WIDTH_SPACE, text)
