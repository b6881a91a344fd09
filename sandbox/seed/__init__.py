"""The handbook that the practice world starts with: a small product's documentation, as a short history.

The files stand in `handbook/` as they are at the end; `seed_commits` tells how they came about. Names,
times and contents are fixed, so the commits have the same ids in every practice world.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

HANDBOOK = Path(__file__).parent / "handbook"
OWNER = "acme"
NAME = "handbook"
DESCRIPTION = "What Lumen tells its customers: documents, FAQ, API description"
#: Check runs that the branch protection of `main` requires. `openapi` is not among them because a rollback
#: (`hotfix/…`) does not run it, and could otherwise never be merged.
REQUIRED_CHECKS = ("lint", "smoke")

#: Settings that differ from those of a new repository: nobody clears up branches, or waits for CI, by hand.
SETTINGS: Mapping[str, bool] = {"delete_branch_on_merge": True, "allow_auto_merge": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedCommit:
    """One commit of the history."""

    #: Name of author and committer.
    author: str
    #: Their e-mail address.
    email: str
    #: When it was made.
    committed_at: datetime
    #: The whole message.
    message: str
    #: New contents by path; what is not named stays as it was.
    files: Mapping[str, bytes]


def _contents(*names: str) -> dict[str, bytes]:
    return {name: (HANDBOOK / name).read_bytes() for name in names}


def _documents(*names: str) -> dict[str, bytes]:
    return _contents(*(f"docs/{name}.md" for name in names))


def _first_faq() -> bytes:
    whole = _contents("docs/FAQ.md")["docs/FAQ.md"]
    return whole[: whole.index(b"\n## Notes and data")]


def _ana(day: int, message: str, files: Mapping[str, bytes]) -> SeedCommit:
    at = datetime(2026, 3, day, 9, 30, tzinfo=UTC)
    return SeedCommit(
        author="Ana Okafor", email="ana@lumen.example", committed_at=at, message=message, files=files
    )


def _jonas(day: int, message: str, files: Mapping[str, bytes]) -> SeedCommit:
    at = datetime(2026, 3, day, 15, 10, tzinfo=UTC)
    return SeedCommit(
        author="Jonas Weil", email="jonas@lumen.example", committed_at=at, message=message, files=files
    )


_PRODUCT = ("search", "mobile-app", "offline", "keyboard-shortcuts", "roles", "integrations", "data-export")
_RUNNING = ("sso", "retention", "incidents", "status-page")
_CHECKS = ("checks/lint.py", "checks/smoke.py", "checks/openapi.py", ".github/workflows/faq-ci.yml")


def seed_commits() -> tuple[SeedCommit, ...]:
    """Return the history of the handbook, oldest first; the first commit has no parent."""
    plans = _documents("plans")["docs/plans.md"]
    first_plans = {"docs/plans.md": plans.replace("| 6 €".encode(), "| 5 €".encode())}
    start = _contents("README.md", "CONTRIBUTING.md") | _documents(
        "getting-started", "billing", "support", "security"
    )
    api = _documents("api-keys", "webhooks") | _contents("openapi.json")
    raised = "Raise the Team plan to 6 euros\n\nAgreed with sales on 13 March."
    return (
        _ana(2, "Start the handbook", start | first_plans),
        _ana(4, "Describe what people do with Lumen all day", _documents(*_PRODUCT)),
        _jonas(5, "Document the API for developers", api),
        _jonas(9, "Say how we run it, and how companies sign in", _documents(*_RUNNING)),
        _ana(11, "Answer what customers ask most", {"docs/FAQ.md": _first_faq()}),
        _jonas(12, "Check every pull request", _contents(*_CHECKS)),
        _ana(16, raised, {"docs/plans.md": plans}),
        _ana(18, "Answer questions about notes, data and keys", _contents("docs/FAQ.md")),
    )
