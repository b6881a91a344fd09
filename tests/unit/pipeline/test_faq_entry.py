from dataclasses import replace

import pytest

from tasks_app.pipeline.faq import apply, find_answer
from tests.unit.pipeline.faq_samples import FAQ, OPERATION, operation


@pytest.mark.parametrize("trace_id", ["a b", "", "section", "document", "x)"])
def test_an_operation_without_a_mark_of_its_own_is_refused(trace_id):
    with pytest.raises(ValueError, match=r"^a trace id holds only letters, digits and single hyphens$"):
        replace(OPERATION, trace_id=trace_id)


@pytest.mark.parametrize("changes", [{"question": " \u200b"}, {"answer": "\n"}])
def test_an_operation_without_anything_to_read_is_refused(changes):
    with pytest.raises(ValueError, match=r"^an entry needs a question and an answer with visible text$"):
        replace(OPERATION, **changes)


@pytest.mark.parametrize(
    "question",
    [
        "How do I reset my password?",
        "how can I reset  MY password",
        "Hello, how to reset my password?!",
        "Please, how do we reset my password…",
        "How reset my password?",
    ],
)
def test_the_same_question_is_found(question):
    found = find_answer("## A\n\n### How do I reset my password?\n\nYes.\n", question)
    assert found is not None
    assert found.anchor == "how-do-i-reset-my-password"


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        ("Can I pay by card?", "Can't I pay by card?"),
        ("Does A replace B?", "Does B replace A?"),
        ("What is C?", "What is C#?"),
        ("How do I enable it?", "How do I disable it?"),
        ("???", "!!!"),
        ("😀", "😡"),
    ],
)
def test_another_question_is_not_found(asked, known):
    assert find_answer(f"### {known}\n\nYes.\n", asked) is None


@pytest.mark.parametrize("question", ["???", "😀?", "パスワードを再設定するには", "كيف أغيّر كلمة المرور؟"])
def test_a_question_in_any_script_is_found_again(question):
    assert find_answer(apply(FAQ, operation(question=question)).text, question) is not None
    assert find_answer("# nothing\n", question) is None
