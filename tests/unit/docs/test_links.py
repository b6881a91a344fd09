"""Nothing that the documents point at is missing."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]+)?(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
#: Paths named in code spans; a star or a brace makes a pattern of it.
PATH = re.compile(
    r"`((?:closedloop|tasks_app|rollback_app|metrics_app|sandbox|scripts|bench|tests)/[\w./-]+)`"
)


def documents():
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "*.md", "docs/*.md"],
        capture_output=True,
        text=True,
        check=True,
    )
    ours = (line for line in listed.stdout.splitlines() if not line.startswith(("sandbox/seed", "tests")))
    return [ROOT / line for line in ours if (ROOT / line).is_file()]


def prose(path):
    return FENCE.sub("", path.read_text(encoding="utf-8"))


def anchors(path):
    """The fragments of the headings, as GitHub makes them."""
    plain = (re.sub(r"[`*]", "", heading).lower() for heading in HEADING.findall(prose(path)))
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


def broken_links(path):
    for target, fragment in LINK.findall(prose(path)):
        file = (path.parent / target).resolve() if target else path
        if not file.exists():
            yield target
        elif fragment and file.suffix == ".md" and fragment not in anchors(file):
            yield f"{target}#{fragment}"


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path):
    assert list(broken_links(path)) == []


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_is_named_exists(path):
    named = {match.rstrip("/.") for match in PATH.findall(prose(path))}
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_every_decision_is_listed():
    pages = {page.name for page in (ROOT / "docs/adr").glob("0*.md")}
    listed = set(re.findall(r"\]\((0\d{3}-[\w-]+\.md)\)", prose(ROOT / "docs/adr/README.md")))
    assert listed == pages
