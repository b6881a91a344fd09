"""How long a process waits for the database: workers as long as it takes, web processes a moment.

A web process has to say within a second whether a question is stored, and has the spool to fall back on.
"""

from __future__ import annotations

from typing import Any


def hasten(database: Any, limit_s: float) -> None:
    """Let every wait for this entry of DATABASES end after `limit_s` seconds; before the first connection."""
    options = database.setdefault("OPTIONS", {})
    if database["ENGINE"] == "django.db.backends.sqlite3":
        options["timeout"] = limit_s
        return
    limit_ms = int(limit_s * 1000)
    database["ENGINE"] = "closedloop.adapters.hasty_postgresql"
    # The server gives up as well, so that what nobody waits for any more does not go on. A server that
    # hangs gives up nothing: that is noticed by the client.
    limits = f"-c statement_timeout={limit_ms} -c lock_timeout={limit_ms}"
    options["options"] = f"{options.get('options', '')} {limits}".strip()
    options["tcp_user_timeout"] = limit_ms
    options["hasty_limit_s"] = limit_s
