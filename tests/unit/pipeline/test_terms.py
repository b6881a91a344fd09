import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks_app.pipeline.terms import count_words, is_measure, terms


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
    ("words", "stem"),
    [
        ("company companies", "compani"),
        ("fly flies", "fli"),
        ("tie ties", "tie"),
        ("movie movies", "movi"),
        ("pay pays paying paid", "pai"),
        ("day days", "dai"),
        ("bee bees", "bee"),
        ("v2class", "v2class"),
        ("note notes noting", "not"),
        ("sing sings", "sing"),
        ("stop stopped", "stop"),
    ],
)
def test_endings_are_cut_down_to_the_stem(words, stem):
    assert set(terms(words)) == {stem}


@pytest.mark.parametrize(
    ("term", "is_one"),
    [("dai", True), ("week", True), ("5", True), ("٥", True), ("zebra", False), ("v2", False)],
)
def test_measures_and_numbers_only_say_how_much(term, is_one):
    assert is_measure(term) is is_one


MEASURES = (
    *(
        "amounts",
        "days",
        "doubled",
        "dozen",
        "eight",
        "five",
        "four",
        "half",
        "hours",
        "hundred",
        "minutes",
        "months",
    ),
    *(
        "nine",
        "number",
        "percent",
        "seconds",
        "seven",
        "six",
        "ten",
        "thousand",
        "three",
        "times",
        "twelve",
        "twice",
    ),
    *("two", "weeks", "years"),
)


@pytest.mark.parametrize("word", MEASURES)
def test_every_measure_is_known_by_its_stem(word):
    (term,) = terms(word)
    assert is_measure(term)


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
        ("db x", ["db"]),
        ("é e-mail", ["é", "email"]),
        ("家庭x保管", ["家庭", "保管", "x"]),
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
