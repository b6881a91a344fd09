"""What Apprise's log tells of a channel that failed: whether the message certainly did not arrive.

Its plugins answer True or False. Why they failed they say in the log alone, nearly all in the same words:
a warning for each request that failed, which names the status of an answer, and at debug level the text of
the exception where there was no answer. https://appriseit.com/library/
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: A warning about an answer by which the message was refused.
_REFUSED = re.compile(r"\berror=4\d\d\b")
#: The text of an exception that comes before anything is sent, as `requests` and sockets word it.
_NOT_CONNECTED = re.compile(
    r"^Socket Exception: (?:"
    r".*\(Caused by (?:NewConnectionError|NameResolutionError|ConnectTimeoutError|ProxyError)\("
    r"|.*\(Caused by SSLError\(SSLCertVerificationError\("
    r"|\[Errno -?\d+\] (?:Connection refused|Name or service not known|No address associated with hostname"
    r"|Temporary failure in name resolution)$)"
)


class _WithoutSecrets(logging.Handler):
    """Passes on all but what is said at debug level: it holds addresses with their credentials."""

    def emit(self, record: logging.LogRecord) -> None:
        root = logging.getLogger()
        if not root.isEnabledFor(record.levelno):
            return
        for handler in root.handlers:
            if record.levelno >= handler.level:
                handler.handle(record)


_PASSING_ON = _WithoutSecrets(level=logging.INFO)


def listen_to_reasons() -> None:
    """Let Apprise note its reasons in its results, and nowhere else. Done twice, it is as done once."""
    log = logging.getLogger("apprise")
    log.addHandler(_PASSING_ON)
    log.setLevel(logging.DEBUG)
    log.propagate = False


def is_certainly_lost(entries: Iterable[tuple[str, str]]) -> bool:
    """Whether nothing of the message can have arrived, by the levels and words of all that was noted.

    A channel may make several requests, one per recipient say: every one that failed must have been refused
    or never sent, and none may have gone well, which is noted as information. What is worded otherwise may
    have arrived.
    """
    said = list(entries)
    warnings = [words for level, words in said if level not in {"DEBUG", "TRACE", "INFO"}]
    refusals = sum(bool(_REFUSED.search(words)) for words in warnings)
    refusals += sum(bool(_NOT_CONNECTED.search(words)) for level, words in said if level == "DEBUG")
    return "INFO" not in {level for level, _ in said} and 0 < refusals == len(warnings)
