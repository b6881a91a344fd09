import unicodedata

import pytest
from hypothesis import given

from tasks_app.pipeline.question import MAX_LENGTH, QuestionError, clean, fingerprint
from tests.unit.pipeline.samples import HOSTILE, QUESTIONS


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("", "empty"),
        (" \n\t\u00a0\u3000", "empty"),
        ("\u200b\u202e\ufeff\u2060", "empty"),
        ("a\0b", "nul"),
        ("a\ud800b", "surrogate"),
        ("x" * 2001, "too_long"),
        (" " * 10_001, "too_long"),
        ("\ufb2c" * 700, "too_long"),
    ],
)
def test_a_bad_question_is_refused_with_its_code_and_advice(question, code):
    with pytest.raises(QuestionError) as caught:
        clean(question)
    assert caught.value.code == code
    assert str(caught.value).startswith(("Write", "Remove", "Send", "Shorten"))


@pytest.mark.parametrize(
    ("question", "length"), [("x" * 2001, 2001), (" " * 10_001, 10_001), ("\ufb2c" * 700, 2100)]
)
def test_who_wrote_too_much_is_told_how_much(question, length):
    with pytest.raises(QuestionError) as caught:
        clean(question)
    assert str(caught.value) == f"Shorten the question to 2000 characters; it has {length}."


@pytest.mark.parametrize(
    ("question", "cleaned"),
    [
        ("  How\r\ndo\tI\u2028pay? ", "How do I pay?"),
        ("cafe\u0301", "café"),
        ("a\x07\u202eb", "ab"),
        ("x" * MAX_LENGTH + " \n", "x" * MAX_LENGTH),
        ("می‌خواهم 👩‍👧", "می‌خواهم 👩‍👧"),
        ("😀" * MAX_LENGTH, "😀" * MAX_LENGTH),
        (" " * 9_999 + "x", "x"),
    ],
)
def test_a_question_becomes_one_visible_line(question, cleaned):
    assert clean(question) == cleaned


@given(QUESTIONS)
def test_cleaning_twice_changes_nothing(question):
    try:
        once = clean(question)
    except QuestionError as error:
        assert error.code in {"empty", "nul"}  # noqa: PT017 -- most texts are fine, these two may come up
        return
    assert clean(once) == once
    assert fingerprint(clean(once)) == fingerprint(once)


@pytest.mark.parametrize("question", HOSTILE)
def test_every_hostile_question_can_be_taken(question):
    assert clean(question)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I PAY?", "how  do i\npay?"),
        ("STRASSE", "straße"),
        ("café", "cafe\u0301"),
        ("İstanbul", "i̇stanbul"),
        ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
    ],
)
def test_the_same_question_has_the_same_fingerprint(one, other):
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(
    ("one", "other"), [("How do I pay?", "How do I pay"), ("İ", "i"), ("a b", "ab"), ("é", "e")]
)
def test_another_question_has_another_fingerprint(one, other):
    assert fingerprint(one) != fingerprint(other)


def test_a_fingerprint_is_the_sha256_of_the_folded_text():
    assert fingerprint("A  B") == "c8687a08aa5d6ed2044328fa6a697ab8e96dc34291e8c2034ae8c38e6fcc6d65"


@given(QUESTIONS)
def test_the_normal_form_of_the_input_does_not_matter(question):
    assert fingerprint(unicodedata.normalize("NFD", question)) == fingerprint(question)
