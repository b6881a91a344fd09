"""Payloads that GitHub really sent; see `tests/contracts/extract_webhooks.py`."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import uuid
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent / "github_payloads.json.gz"
SECRET = "the hook's secret"
#: Events that hints are taken from.
EVENTS = (
    "check_run", "check_suite", "workflow_run", "status", "pull_request", "push", "deployment_status",
    "issue_comment",
)  # fmt: skip


@cache
def payloads() -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = json.loads(gzip.decompress(_FILE.read_bytes()))["payloads"]
    return found


def signed(event: str, body: bytes) -> dict[str, str]:
    """The headers of a delivery."""
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": str(uuid.uuid4()),
        "X-Hub-Signature-256": f"sha256={signature}",
        "Content-Type": "application/json",
    }


def deliver(client: Any, event: str, body: bytes) -> Any:
    headers = signed(event, body)
    content_type = headers.pop("Content-Type")
    return client.generic("POST", "/webhooks/github", body, content_type=content_type, headers=headers)
