import pytest

from tasks_app.pipeline.passages import MAX_PASSAGE, Document, Passage, passages_of
from tests.unit.pipeline.documents import BILLING, SECURITY


def test_a_document_is_cut_at_its_headings_into_plain_text():
    assert [(p.heading, p.text) for p in passages_of(BILLING)] == [
        ("Billing", "Invoices are sent on the first day of a month."),
        (
            "Billing › Refunds",
            (
                "A monthly plan can be refunded within 14 days of the charge, a yearly plan within 30 days. "
                "Write to billing@lumen.example from the address of an owner."
            ),
        ),
        ("Billing › Plans", "Plan: Team; Price: 6 €.\nPlan: Business; Price: 11 €."),
        ("Billing › Set up payments", "1. Open Settings.\n2. Choose Cards.\n    lumen pay --now"),
    ]


def test_front_matter_and_html_say_nothing():
    assert "hidden" not in "".join(p.text for p in passages_of(SECURITY))
    assert (
        list(passages_of(Document(path="a.md", text="# T\n\n<div>x</div>\n\n<!-- y -->\n\n![](x.png)\n")))
        == []
    )


def test_code_is_kept_apart_by_its_indent():
    text = "# T\n\ntext\n\n    one\n    two\n\n```\nthree\n```\n"
    (found,) = passages_of(Document(path="a.md", text=text))
    assert found.text == "text\n    one\n    two\n    three"


def test_a_long_section_becomes_several_passages_of_bounded_length():
    text = "# T\n\n" + "\n\n".join("word " * 100 for _ in range(9)) + "\n\n" + "x" * 5000
    passages = list(passages_of(Document(path="a.md", text=text)))
    assert {p.heading for p in passages} == {"T"}
    assert all(0 < len(p.text) <= MAX_PASSAGE for p in passages)
    assert sum(p.text.count("word") for p in passages) == 900


def test_passages_begin_without_a_score_and_before_the_first_heading():
    found = list(passages_of(Document(path="a.md", text="one\n\n# A\n\ntwo\n")))
    assert found == [
        Passage(path="a.md", text="one", score=0.0, heading=""),
        Passage(path="a.md", text="two", score=0.0, heading="A"),
    ]


@pytest.mark.parametrize(("last", "lengths"), [(10, [1500]), (11, [1489, 11])])
def test_what_fits_exactly_stays_together_and_nothing_is_lost(last, lengths):
    rows = ["x" * 148] * 10  # with their line ends 1489 characters
    text = "# T\n\n" + "\n\n".join([*rows, "y" * last]) + "\n"
    found = list(passages_of(Document(path="a.md", text=text)))
    assert [len(passage.text) for passage in found] == lengths
    assert sum(passage.text.count("y") for passage in found) == last


def test_a_heading_of_a_higher_level_ends_the_ones_below():
    text = "# A\n\n### C\n\none\n\n## B\n\ntwo\n\n# D\n\nthree\n\n- four\n"
    passages = passages_of(Document(path="a.md", text=text))
    assert [(p.heading, p.text) for p in passages] == [
        ("A › C", "one"),
        ("A › B", "two"),
        ("D", "three\n- four"),
    ]
