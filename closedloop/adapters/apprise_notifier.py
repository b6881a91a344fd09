"""Notifications by Apprise: Slack, mail, PagerDuty and a hundred more, each an address.

https://appriseit.com/ lists the addresses of all services.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from closedloop.adapters.apprise_words import is_certainly_lost, listen_to_reasons
from closedloop.ports.errors import Unavailable, Unknown
from closedloop.ports.notifier import PartlyDelivered, Severity

if TYPE_CHECKING:
    from closedloop.ports.errors import PortError
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

        listen_to_reasons()
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
            log_level=logging.DEBUG,
        )
        if not result:
            raise _failure(list(result), served)

    def _channels(self, served: frozenset[str]) -> Any:
        """Build the channels anew: they keep state of their last message and belong to one thread."""
        import apprise  # noqa: PLC0415

        channels = apprise.Apprise()
        for position, url in enumerate(self._config.urls, start=1):
            channel: Any = apprise.Apprise.instantiate(url, suppress_exceptions=True)
            if channel is None:
                raise Unavailable(f"notification channel {position} is not an address Apprise understands")
            # Apprise would repeat what may have arrived; `?retry=` in an address asks for that.
            channel.retry = 0
            # A hash of the address, the same in every process; https://appriseit.com/dev/persistent_storage/
            if channel.url_id() not in served:
                channels.add(channel)
        return channels


def _failure(results: list[Any], served: frozenset[str]) -> PortError:
    """What it means that not all channels took it; one that may have it is not sent it again."""
    lost = [one for one in results if not one and _is_lost(one)]
    unsure = [one for one in results if not one and one not in lost]
    reached = [one for one in results if one not in lost]
    if unsure and not lost:
        return Unknown(f"perhaps not delivered to {_names(unsure)}")
    detail = f"not delivered to {_names(lost) or 'any channel'}"
    if unsure:
        detail += f", perhaps not to {_names(unsure)}"
    if not reached and not served:
        return Unavailable(detail)
    if not all(one.url_id for one in reached):
        return Unknown(f"{detail}, and a channel that has it has no name by which to leave it out")
    return PartlyDelivered(detail, served=served | {one.url_id for one in reached})


def _is_lost(result: Any) -> bool:
    return is_certainly_lost((entry.level, entry.message) for entry in result.logs())


def _names(results: list[Any]) -> str:
    return ", ".join(one.name for one in results)


def _without_calls(text: str) -> str:
    return _CALLING.sub(lambda sign: sign.group() + _ZERO_WIDTH_SPACE, text)
