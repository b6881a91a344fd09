"""Which passage, which sentence and which section win, and by how much."""

from __future__ import annotations

import pytest

from tasks_app.pipeline.extract import best_passages, extractive_answer
from tasks_app.pipeline.passages import Document

#: Terms with the nearest heading counted twice: 9 (house, lamp ×3, green ×2, zebra ×2, lion), 7 and 3.
ZOO = (
    Document(path="a.md", text="# House\n\n## Lamps\n\n### Green lamps\n\nzebra zebra lion\n"),
    Document(path="b.md", text="# Desks\n\nzebra bear tiger panther wolf\n"),
    Document(path="c.md", text="# Chairs\n\nfox\n"),
)


@pytest.mark.parametrize(
    ("question", "scores"),
    [
        # ln(1 + (3 - 2 + 0.5) / 2.5) × tf × 2.4 / (tf + 1.4 × (0.4 + 0.6 × length / (19 / 3)))
        ("zebra", [("a.md", 0.6010), ("b.md", 0.4533)]),
        # ln(1 + (3 - 1 + 0.5) / 1.5) × 3 × 2.4 / (3 + 1.4 × (0.4 + 0.6 × 9 / (19 / 3)))
        ("lamp", [("a.md", 1.4856)]),
        ("house", [("a.md", 0.8549)]),
        # Times its support: 1 / (1 + 4 × 0.15), because four measures weigh little and say nothing.
        ("lion 5 hours 7 minutes", [("a.md", 0.5343)]),
    ],
)
def test_scores_are_those_of_bm25(question, scores):
    found = [(passage.path, round(passage.score, 4)) for passage in best_passages(question, ZOO)]
    assert found == scores


def test_four_passages_are_found_unless_others_are_asked_for():
    same = [Document(path=f"{n}.md", text="# T\n\nzebra\n") for n in range(9)]
    assert [len(best_passages("zebra", same)), len(best_passages("zebra", same, limit=5))] == [4, 5]


def answer_to(question: str, *sentences: str, heading: str = "Lions") -> str:
    draft = extractive_answer(
        question, [Document(path="a.md", text=f"# {heading}\n\n{' '.join(sentences)}\n")]
    )
    assert draft is not None
    return draft.answer


def words(first: str, count: int) -> str:
    """A sentence of so many words."""
    return " ".join([first, *["bla"] * (count - 1)]) + "."


def test_what_the_heading_says_already_counts_half():
    lions, zebras = words("Lions", 60), words("Zebras", 60)
    assert answer_to("Do lions eat zebras?", lions, zebras) == zebras


def test_two_halves_are_no_more_than_one_whole():
    both = words("Lions bears tigers", 60)
    zebras = words("Zebras", 60)
    heading = "Lions bears tigers"
    assert answer_to("Do lions, bears or tigers eat zebras?", both, zebras, heading=heading) == both


def test_of_equal_sentences_the_first_wins():
    first, second = words("Zebras one", 60), words("Zebras two", 60)
    assert answer_to("zebras", first, second, heading="Animals") == first


@pytest.mark.parametrize(("length", "fits"), [(35, True), (36, False)])
def test_what_follows_is_taken_along_up_to_75_words(length, fits):
    best, after = words("Zebras", 40), words("Then", length)
    assert answer_to("zebras", best, after) == (f"{best} {after}" if fits else best)


@pytest.mark.parametrize(("length", "fits"), [(35, True), (36, False)])
def test_what_goes_before_is_taken_along_up_to_75_words(length, fits):
    before, best = words("First", length), words("Zebras", 40)
    assert answer_to("zebras", before, best) == (f"{before} {best}" if fits else best)


def test_sentences_before_are_taken_one_by_one():
    far, near, best = words("Far", 60), words("Near", 20), words("Zebras", 30)
    assert answer_to("zebras", far, near, best) == f"{near} {best}"


def test_a_list_is_taken_as_a_whole():
    items = [
        f"- {words(name, 11)}" for name in ("One", "Two", "Three", "Four", "Five", "Six", "Seven", "Zebra")
    ]
    assert answer_to("zebra", "\n".join(items)) == "\n".join(items)


def test_an_item_of_two_sentences_stays_one_line():
    text = "- Zebras run. They are fast.\n- Lions sleep."
    assert answer_to("zebra", text) == text


@pytest.mark.parametrize(
    ("sections", "chosen"),
    [
        (["Bears", "Tigers"], ""),
        ([], ""),
        (["Bears", "Stripes"], "Stripes"),  # only the passage speaks about them
        (["Zebra", "Stripes legs tails manes"], "Stripes legs tails manes"),
        (["Zebra", "Stripes legs"], "Zebra"),  # a word of the question counts thrice
    ],
)
def test_the_section_is_the_one_that_shares_most(sections, chosen):
    text = "# Animals\n\nA horse with stripes, legs, tails and manes.\n\n# Zebra\n\n"
    draft = extractive_answer(
        "zebra", [Document(path="a.md", text=text + "Stripes, legs, tails, manes.\n")], sections
    )
    assert draft is not None
    assert draft.section == chosen
