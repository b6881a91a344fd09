from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tasks_app.pipeline.faq import (
    Conflict,
    FaqError,
    apply,
    entries,
    remove,
    sections,
    visible_text,
)
from tasks_app.pipeline.faq_document import outline_of
from tasks_app.pipeline.faq_proof import validate
from tasks_app.pipeline.text import one_line
from tests.unit.pipeline.faq_samples import FAQ, OPERATION, apply_all, operation, taken_out
from tests.unit.pipeline.markdown_render import rendered
from tests.unit.pipeline.samples import HOSTILE

SEED = Path(__file__).parents[3] / "sandbox" / "seed" / "handbook" / "docs" / "FAQ.md"


def test_an_entry_is_added_at_the_end_of_its_section():
    applied = apply(FAQ, replace(OPERATION, degraded=True))
    assert applied.text == FAQ.replace(
        "Yes.\n",
        "Yes.\n\n### How do I pay #1?\n\nBy card.\n\n- Visa\n- Mastercard\n\n"
        "Sources: `docs/billing.md` (drafted from the documentation without the model)\n\n"
        "[//]: # (closedloop:trace-1)\n",
    )
    assert applied.anchor == "how-do-i-pay-1"
    assert applied.added_lines[:3] == ("", "### How do I pay #1?", "")


def test_the_mark_is_not_seen_on_the_page():
    page = rendered(apply(FAQ, operation()).text)
    assert (page.comments, page.attributes) == ([], [])
    assert "closedloop" not in page.text
    assert "Mastercard Sources: docs/billing.md General" in page.text


@pytest.mark.parametrize(
    ("section", "behind"),
    [("billing ", "Yes."), ("BILLING", "Yes."), ("Nowhere", "A thing."), ("", "A thing.")],
)
def test_the_section_is_found_by_name_or_is_the_general_one(section, behind):
    assert f"{behind}\n\n### How do I pay #1?" in apply(FAQ, operation(section=section)).text


TWO = (
    "# FAQ\n\n## Billing\n\nIntro.\n\n### Can I pay?\n\nYes.\n\n### How?\n\nBy card.\n\n"
    "## Other\n\n### What?\n\nThat.\n"
)


@pytest.mark.parametrize(
    ("in_front_of", "behind"), [(0, "By card."), (1, "Yes."), (2, "Intro."), (3, "Intro.")]
)
def test_an_entry_steps_aside_for_the_last_ones_of_its_section(in_front_of, behind):
    text = apply(TWO, OPERATION, in_front_of=in_front_of).text
    assert f"{behind}\n\n### How do I pay #1?" in text
    assert taken_out(text, OPERATION) == TWO


def test_it_steps_aside_for_a_question_that_has_no_answer_yet():
    asked = "# FAQ\n\n## Billing\n\nIntro.\n\n### Can I pay?\n\nYes.\n\n### How?\n"
    assert "Yes.\n\n### How do I pay #1?" in apply(asked, OPERATION, in_front_of=1).text


def test_where_there_is_nobody_to_step_aside_for_it_stands_at_the_end():
    bare = "# FAQ\n\n## Billing\n\nIntro.\n\n## Other\n\n### What?\n\nThat.\n"
    assert apply(bare, OPERATION, in_front_of=1) == apply(bare, OPERATION)


def test_those_who_step_aside_together_keep_their_order():
    text = TWO
    for number in (1, 2):
        text = apply(text, operation(number), in_front_of=1).text
    asked = [entry.question for entry in entries(text)]
    assert asked == ["Can I pay?", "How do I pay #1?", "How do I pay #2?", "How?", "What?"]


def test_a_general_section_is_made_once_at_the_end_and_goes_with_its_last_entry():
    bare = "# FAQ\n\n## Billing\n\n### Can I pay?\n\nYes.\n\n---\n\nfooter\n"
    first, second = operation(1, section="X"), operation(2, section="Y")
    text = apply_all(bare, [first, second])
    assert sections(text) == ["Billing", "General"]
    assert text.index("Yes.") < text.index("## General") < text.index("footer")
    assert taken_out(text, first) == apply(bare, second).text
    assert taken_out(taken_out(text, first), second) == bare


def test_a_made_section_stays_when_a_person_wrote_into_it():
    bare = "# FAQ\n"
    text = apply(bare, operation()).text + "\n### Mine?\n\nYes.\n"
    assert "## General" in taken_out(text, operation())


@pytest.mark.parametrize("blank", ["", "\n", "\n\n", "\ufeff", "\ufeff\n"])
def test_a_blank_document_gets_a_title_and_loses_it_again(blank):
    text = apply(blank, operation()).text
    start = f"{blank}# Frequently asked questions\n\n## General\n\n"
    assert text.startswith(start)
    assert text.endswith("(closedloop:trace-1)\n")
    assert taken_out(text, operation()) == blank


def test_a_made_document_keeps_what_came_later():
    text = apply("", operation()).text + "\n### Mine?\n\nYes.\n"
    assert [entry.question for entry in entries(taken_out(text, operation()))] == ["Mine?"]


def test_a_title_written_by_a_person_is_never_taken_for_ours():
    title = "# Frequently asked questions\n"
    assert taken_out(apply(title, operation()).text, operation()) == title


def test_applying_twice_changes_nothing():
    once = apply(FAQ, operation())
    twice = apply(once.text, operation(question="Other words?"))
    assert (twice.text, twice.anchor, twice.added_lines) == (once.text, once.anchor, ())


def test_an_entry_whose_heading_was_taken_away_has_no_anchor():
    assert apply("text\n\n[//]: # (closedloop:trace-1)\n", operation()).anchor == ""


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("tail", ["", "\n", "\n\n\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_line_ends_final_newline_and_byte_order_mark_are_kept(line_end, tail, bom):
    text = bom + (FAQ.rstrip("\n") + tail).replace("\n", line_end)
    for section in ("Billing", "General"):
        result = apply(text, operation(section=section)).text
        assert not {"\r", "\n", "\ufeff"} & set(result.removeprefix(bom).replace(line_end, ""))
        assert taken_out(result, operation(section=section)) == text


def test_a_heading_inside_code_is_no_section():
    text = "# FAQ\n\n## General\n\n```\n## Billing\n```\n"
    assert apply(text, operation()).text.startswith(f"{text}\n### How")


@pytest.mark.parametrize("opener", ["```", "~~~", "<pre>", "<!--"])
def test_an_entry_is_put_before_what_is_never_closed(opener):
    text = f"## Billing\n{opener}\nnever closed\n"
    result = apply(text, operation()).text
    assert result.startswith("## Billing\n\n### How do I pay #1?")
    assert taken_out(result, operation()) == text


def test_a_document_without_a_place_is_refused():
    with pytest.raises(FaqError, match="may end in an open code block"):
        apply("# FAQ\n\n```\nnever closed\n", operation())


def test_a_setext_heading_right_behind_an_entry_stays_a_heading():
    text = "## Billing\nNext\n----\n\ntext\n"
    assert sections(apply(text, operation()).text) == ["Billing", "Next"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text.replace("By card.", "By cash."), "edited"),
        (lambda text: text.replace("### How", "#### How"), "edited"),
        (lambda text: text.replace("\n\n[//]", "\n\nmore\n\n[//]"), "edited"),
        (lambda text: text.replace("[//]: # (closedloop:trace-1)", ""), "missing"),
        (lambda text: text + text, "copied"),
    ],
)
def test_what_a_person_changed_is_not_taken_out(change, code):
    reasons = {
        "edited": "Somebody edited the entry after it was published.",
        "missing": "The entry's mark is not in the document.",
        "copied": "The entry's mark is in the document more than once.",
    }
    result = remove(change(apply(FAQ, operation()).text), operation())
    assert result == Conflict(code=code, reason=reasons[code])


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_end_as_one_heading_and_one_answer(hostile):
    op = replace(OPERATION, question=hostile, answer=hostile)
    text = apply(FAQ, op).text
    page = rendered(text)
    assert set(page.tags) <= {"h1", "h2", "h3", "p", "ul", "li", "code"}
    assert page.tags.count("h3") == 3
    assert f"{visible_text(one_line(hostile))} {visible_text(hostile)} Sources:" in page.text
    assert [entry.question for entry in entries(text)] == ["Can I pay?", one_line(hostile), "What is it?"]
    assert validate(FAQ, text, [op]) == []


def test_the_handbook_keeps_every_line_and_passes_its_own_lint():
    text = SEED.read_bytes().decode()
    operations = [operation(n, section=section) for n, section in enumerate([*sections(text), "Nowhere"])]
    full = apply_all(text, operations)
    namespace: dict[str, Any] = {"__name__": "lint"}
    exec((SEED.parents[1] / "checks" / "lint.py").read_text("utf-8"), namespace)  # noqa: S102 -- a script, no module
    assert namespace["problems"](full) == []
    assert validate(text, full, operations) == []


def test_a_right_result_has_no_problems_and_a_wrong_one_is_named():
    ops = [operation(1), operation(2, section="General")]
    full = apply_all(FAQ, ops)
    assert validate(FAQ, full, ops) == []
    assert validate(full, full, ops) == []
    assert validate(FAQ, full.replace("Yes.", "No."), ops) == ["Something besides the new entries changed."]
    one = apply(FAQ, ops[0]).text
    assert validate(one, full, ops) == []
    assert validate(apply(FAQ, ops[1]).text, apply(one, ops[1]).text, ops) == []
    assert validate(FAQ, one, ops) == ["trace-2: The entry's mark is not in the document."]
    edited = full.replace("How do I pay #2?", "How do I pay?")
    assert validate(FAQ, edited, ops) == ["trace-2: Somebody edited the entry after it was published."]
    same = operation(3, question="CAN I  pay?")
    assert validate(FAQ, apply(FAQ, same).text, [same]) == ["The question stands there 2 times: can i pay?"]


def test_a_question_that_stood_there_twice_may_go_on_to():
    twice = FAQ + "\n### Can I pay?\n\nStill.\n"
    assert validate(twice, apply(twice, OPERATION).text, [OPERATION]) == []


def test_many_entries_are_proved_right_by_one_reading_of_each_page():
    ops = [operation(n, section="Billing") for n in range(40)]
    full = apply_all(FAQ, ops)
    outline_of.cache_clear()
    assert validate(FAQ, full, ops) == []
    assert outline_of.cache_info().misses == 2
