import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks_app.pipeline.terms import count_words, terms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("refund", "refunds refunded refunding"),
        ("price", "prices pricing cost costs fees"),
        ("company", "companies"),
        ("delete", "deletes deleted deleting deletion remove erased"),
        ("cancel", "cancels cancelled canceling cancellation"),
        ("e-mail", "email e-mails Emails"),
        ("key", "keys"),
        ("enable", "enabled activate activation switch"),
        ("kept", "keep keeps keeping"),
        ("access", "access"),
    ],
)
def test_forms_of_a_word_are_one_term(one, other):
    assert set(terms(other)) == set(terms(one))
    assert len(terms(one)) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How do I use the API v2?", ["api", "v2"]),
        ("Straße ＡＢＣ", ["stras", "abc"]),
        ("データを保管", ["デー", "ータ", "保管"]),
        ("どこで", ["どこ", "こで"]),
        ("家", ["家"]),
        ("데이터 보관", ["데이", "이터", "보관"]),
        ("क्षत्रिय है", ["क्षत्रिय", "है"]),
        ("API家庭x", ["家庭", "api", "x"]),
        ("?! — 👩‍👧", []),
        ("bus 5 a", ["bus", "5"]),
    ],
)
def test_terms_are_found_in_any_script(text, expected):
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("one two\nthree", 3), ("家庭", 1), ("データを保管 する", 4), ("家", 1)]
)
def test_words_are_counted_as_a_reader_would(text, count):
    assert count_words(text) == count


@given(st.text())
def test_any_text_has_terms_without_blanks(text):
    assert all(term and not any(char.isspace() for char in term) for term in terms(text))
