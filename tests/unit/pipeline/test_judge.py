from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tasks_app.pipeline.extract import best_passages, extractive_answer
from tasks_app.pipeline.faq_entry import FaqDraft
from tasks_app.pipeline.judge import DeclineCode, Declined, Publish, Scores, judge
from tasks_app.pipeline.passages import Passage
from tests.unit.pipeline.documents import DOCUMENTS

QUESTION = "How do I get a refund?"
PASSAGES = best_passages(QUESTION, DOCUMENTS)
FAQ = "# FAQ\n\n## Billing\n\n### Can I pay by card?\n\nYes. Write to help@lumen.example.\n"
DRAFT = FaqDraft(
    section="Billing",
    answer="A monthly plan is refunded within 14 days of the charge.",
    sources=("docs/billing.md",),
)


def verdict(question: str = QUESTION, *, passages: Sequence[Passage] = PASSAGES, **changes: Any) -> object:
    return judge(question, replace(DRAFT, **changes), FAQ, passages).verdict


def test_a_supported_answer_is_published_with_its_scores_kept():
    judgement = judge(QUESTION, DRAFT, FAQ, PASSAGES)
    assert judgement.verdict == Publish()
    assert judgement.scores == Scores(support=1.0, coverage=1.0, words=11, length_ok=True, new_figures=())


def test_an_extracted_answer_passes_its_own_judge():
    draft = extractive_answer(QUESTION, DOCUMENTS)
    assert judge(QUESTION, draft, FAQ, PASSAGES).verdict == Publish()


@pytest.mark.parametrize(
    ("question", "what"),
    [
        ("My password is Hunter2-hunter2, is it safe?", "a secret such as a password or key (named_secret)"),
        ("Is jane@other.example a customer?", "personal data (email)"),
        ("I will kill you?", "a threat (threat)"),
    ],
)
def test_a_harmful_question_is_unsafe_and_not_repeated(question, what):
    reason = f"The question holds {what}; it is not published."
    assert verdict(question) == Declined(code=DeclineCode.UNSAFE, reason=reason, link="")


def test_a_harmful_answer_is_unsafe():
    reason = "The answer holds personal data (phone); it is not published."
    answer = "Refunded within 14 days, call +49 30 12345678 of the monthly plan."
    assert verdict(answer=answer) == Declined(code=DeclineCode.UNSAFE, reason=reason, link="")


def test_what_the_documents_publish_already_is_no_harm():
    assert verdict(answer="A monthly plan is refunded: write to billing@lumen.example.") == Publish()
    assert verdict("Is a refund asked for at help@lumen.example?") == Publish()


def test_allowed_addresses_are_no_harm():
    question = "Is a refund asked for at jane@other.example?"
    assert judge(question, DRAFT, FAQ, PASSAGES, allowed_emails=["@other.example"]).verdict == Publish()


def test_an_answer_that_is_there_already_is_linked():
    assert verdict("can I pay by CARD") == Declined(
        code=DeclineCode.ALREADY_ANSWERED, reason="The FAQ answers this question.", link="#can-i-pay-by-card"
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"passages": []}, "Nothing in the documents supports an answer."),
        ({"sources": ()}, "Nothing in the documents supports an answer."),
        (
            {"sources": ("docs/billing.md", "docs/other.md")},
            "The answer names a document that does not speak about the question.",
        ),
        ({"answer": "Bananas grow in warm countries."}, "The answer says what the documents do not."),
        ({"answer": "…"}, "The answer says what the documents do not."),
        (
            {"answer": "A monthly plan is refunded within 45 days, or 46."},
            "The answer has figures that the documents do not: 45, 46.",
        ),
        ({"answer": "plan charge " * 50 + "plan"}, "The answer has 101 words; 100 are allowed."),
    ],
)
def test_an_unsupported_answer_has_no_source(changes, reason):
    assert verdict(**changes) == Declined(code=DeclineCode.NO_SOURCE, reason=reason, link="")


@pytest.mark.parametrize("answer", ["A monthly plan bananas apples", "plan charge " * 50])
def test_half_of_the_words_and_a_hundred_are_just_enough(answer):
    assert verdict(answer=answer) == Publish()


def test_shares_are_kept_to_three_digits():
    scores = judge(
        "Is a refund a banana or an apple?", replace(DRAFT, answer="plan or pear or fig"), FAQ, PASSAGES
    ).scores
    assert scores is not None
    assert (scores.support, scores.coverage) == (0.333, 0.333)


def test_words_at_the_edges_of_passages_count():
    edges = [Passage(path="docs/billing.md", heading=heading, text=text, score=0.0)
             for heading, text in (("Zebra", "about lions"), ("Tigers", "about bears"))]  # fmt: skip
    scores = judge("Zebra?", replace(DRAFT, answer="Zebra lion tiger bear"), FAQ, edges).scores
    assert scores is not None
    assert scores.support == 1.0


def test_without_a_draft_there_is_no_source_and_no_score():
    judgement = judge(QUESTION, None, FAQ, PASSAGES)
    assert isinstance(judgement.verdict, Declined)
    assert (judgement.verdict.code, judgement.scores) == (DeclineCode.NO_SOURCE, None)


def test_numbers_of_steps_are_no_figures():
    assert verdict(answer="1. Charge a monthly plan.\n2. Refunded within 14 days.") == Publish()


def test_harm_comes_before_everything_else():
    judgement = judge("can I pay by card, mail jane@other.example", None, FAQ, [])
    assert isinstance(judgement.verdict, Declined)
    assert judgement.verdict.code == DeclineCode.UNSAFE
