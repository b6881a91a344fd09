"""What Apprise's log proves: that a message did not arrive, or nothing."""

from __future__ import annotations

import pytest

from closedloop.adapters.apprise_words import is_certainly_lost

POOL = "Socket Exception: HTTPConnectionPool(host='chat.test', port=80): Max retries exceeded with url: /x"
AWAY = ("WARNING", "A Connection error occurred sending JSON notification to chat.test.")
REFUSED = ("WARNING", "Failed to send JSON POST notification: Page not found., error=404.")
BROKEN = ("WARNING", "Failed to send JSON POST notification: error=502.")
SENT = ("INFO", "Sent JSON POST notification.")


def why(text: str) -> tuple[str, str]:
    return "DEBUG", text


NO_NAME = why(f"{POOL} (Caused by NameResolutionError(\"Failed to resolve 'chat.test'\"))")


@pytest.mark.parametrize(
    "entries",
    [
        [REFUSED],
        [("WARNING", "Failed to send to #ops: error=429."), why("Response Details:\r\nb'slow down'")],
        [AWAY, why(f"{POOL} (Caused by NewConnectionError('[Errno 111] Connection refused'))")],
        [AWAY, why(f"{POOL} (Caused by ConnectTimeoutError('timed out'))")],
        [AWAY, why(f"{POOL} (Caused by ProxyError('Unable to connect to proxy'))")],
        [AWAY, why(f"{POOL} (Caused by SSLError(SSLCertVerificationError(1, 'self-signed')))")],
        [AWAY, why("Socket Exception: [Errno 111] Connection refused")],
        [AWAY, NO_NAME, AWAY, NO_NAME],
        [REFUSED, AWAY, NO_NAME],
    ],
)
def test_what_was_refused_or_never_sent_is_certainly_lost(entries: list[tuple[str, str]]):
    assert is_certainly_lost(entries)


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [BROKEN],
        [AWAY, why("Socket Exception: HTTPConnectionPool(host='chat.test', port=80): Read timed out.")],
        [AWAY, why("Socket Exception: ('Connection aborted.', RemoteDisconnected('closed'))")],
        [AWAY, why("Socket Exception: [Errno 104] Connection reset by peer")],
        [AWAY, why(f"{POOL} (Caused by SSLError(SSLEOFError(8, 'EOF occurred')))")],
        [AWAY, why("Response Details:\r\n(Caused by NewConnectionError(")],
        [AWAY, NO_NAME, BROKEN],
        [SENT, AWAY, NO_NAME],
        [("WARNING", "words that no Apprise said before")],
        [NO_NAME],
    ],
)
def test_whatever_else_was_said_the_message_may_have_arrived(entries: list[tuple[str, str]]):
    assert not is_certainly_lost(entries)
