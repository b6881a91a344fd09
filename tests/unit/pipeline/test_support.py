from __future__ import annotations

from pathlib import Path

import pytest

from tasks_app.pipeline.extract import best_passages
from tasks_app.pipeline.passages import Document

HANDBOOK = Path(__file__).parents[3] / "sandbox" / "seed" / "handbook"


@pytest.fixture(scope="module")
def documents():
    pages = sorted(HANDBOOK.rglob("*.md"))
    return tuple(
        Document(path=str(page.relative_to(HANDBOOK)), text=page.read_text("utf-8"))
        for page in pages
        if page.name != "FAQ.md"
    )


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ("Can I get a refund after two weeks?", "docs/billing.md"),
        ("Can I log in with Okta?", "docs/sso.md"),
        ("Who can see a private note?", "docs/roles.md"),
        ("How do I verify webhook signatures?", "docs/webhooks.md"),
    ],
)
def test_what_a_question_is_about_outweighs_its_measures(documents, question, path):
    assert best_passages(question, documents)[0].path == path


@pytest.mark.parametrize(
    "question",
    ["Is there a phone number for support?", "What is the capital of France?", "How do I make pancakes?"],
)
def test_one_shared_word_is_no_support(documents, question):
    assert best_passages(question, documents) == []
