import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks_app.pipeline.text import (
    Block,
    block_markdown,
    blocks,
    commit_message,
    cut,
    defuse,
    inline_markdown,
    merge_message,
    one_line,
    pull_title,
    strip_unseen,
)
from tests.unit.pipeline.markdown_render import RENDERERS, rendered
from tests.unit.pipeline.samples import HOSTILE, TEXTS

TRACE = "7d1b5f2e-0000-4000-8000-000000000001"
BREAK = "\u200b"


@pytest.mark.parametrize("renderer", RENDERERS)
@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_renders_as_itself_in_a_paragraph_an_item_and_a_heading(text, renderer):
    for frame, tags in (("{}\n", ["p"]), ("- {}\n", ["ul", "li"]), ("### {}\n", ["h3"])):
        page = rendered(frame.format(inline_markdown(text)), renderer)
        assert (page.tags, page.text, page.comments) == (tags, one_line(text), [])


@given(TEXTS, st.sampled_from(RENDERERS))
def test_any_text_renders_as_itself_in_a_heading(text, renderer):
    page = rendered(f"before\n\n### {inline_markdown(text)}\n\nafter\n", renderer)
    assert page.tags == ["p", "h3", "p"]
    assert page.text == " ".join(f"before {one_line(text)} after".split())


@given(TEXTS, st.sampled_from(RENDERERS))
def test_any_text_renders_as_itself_in_a_paragraph_between_others(text, renderer):
    page = rendered(f"before\n\n{inline_markdown(text)}\n\n[//]: # (mark)\n\nafter\n", renderer)
    assert set(page.tags) == {"p"}
    assert page.text == " ".join(f"before {one_line(text)} after".split())


@given(TEXTS, st.sampled_from(RENDERERS))
def test_any_answer_becomes_paragraphs_and_lists_with_its_own_words(text, renderer):
    page = rendered(block_markdown(text), renderer)
    assert set(page.tags) <= {"p", "ul", "li"}
    assert (page.attributes, page.comments) == ([], [])
    assert page.text == " ".join(block.text for block in blocks(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_answer_makes_no_other_tags(text):
    assert set(rendered(block_markdown(text)).tags) <= {"p", "ul", "li"}


def test_an_answer_keeps_paragraphs_lists_and_numbered_steps_apart():
    answer = "First line\nof two.\n\n- one\n- two\n  goes on\n* three\n\nThen:\n1. Open it\n2. Close it\n"
    assert block_markdown(answer) == (
        "First line of two.\n\n- one\n- two goes on\n- three\n\nThen:\n\n1\\. Open it\n\n2\\. Close it"
    )
    assert blocks("- a\nb\n\nc") == [Block(text="a b", is_item=True), Block(text="c", is_item=False)]


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("How do I reset my password?", "How do I reset my password?"),
        ("Set MAX_LENGTH to 5 & save, e.g. today", "Set MAX_LENGTH to 5 & save, e.g. today"),
        ("C# at 9 o'clock (v1.2.3)!", "C# at 9 o'clock (v1.2.3)!"),
        ("Is Node.js free?", "Is Node\\.js free?"),
        ("12. Dezember", "12\\. Dezember"),
        ("1.5 or 2)", "1.5 or 2)"),
        ("3)", "3\\)"),
        ("0.com", "0\\.com"),
        ("-1 or +1", "\\-1 or +1"),
    ],
)
def test_ordinary_text_is_hardly_touched(text, escaped):
    assert inline_markdown(text) == escaped


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("plain", "plain"),
        ("a\u202eb\u2069c\u200bd\u00ade\ufefff\x07", "abcdef"),
        ("tag\U000e0041\U000e007f", "tag"),
        ("\u3164x\u115f\ufdd0\uffff\ud800", "x"),
        ("می‌خواهم", "می‌خواهم"),
        ("👩‍👩‍👧 ❤️‍🔥 1️⃣ #️⃣", "👩‍👩‍👧 ❤️‍🔥 1️⃣ #️⃣"),
        ("PDF\u200cها", "PDF\u200cها"),
        ("pass\u200dword a\ufe0f \u200dé é\u200d", "password a é é"),
        ("❤\ufe0f\ufe0f\U000e0100", "❤\ufe0f"),
        ("é\u200d\u200c\u200dب", "é\u200dب"),
        ("\u06dd\u0600", "\u06dd\u0600"),
        ("e\u200b\u0301", "é"),
    ],
)
def test_only_what_a_reader_sees_is_kept(text, visible):
    assert strip_unseen(text) == visible


@given(TEXTS | st.text())
def test_stripping_is_stable_and_normalised(text):
    once = strip_unseen(text)
    assert strip_unseen(once) == once
    assert unicodedata.is_normalized("NFC", once)


LIVE = re.compile(
    r"@\w|#\w|GH-\d|://|\[(?:skip|no|ci)|\*\*\*NO_CI|skip-checks\s*:|[\x00-\x1f\u202a-\u202e\u2066-\u2069]",
    re.IGNORECASE,
)


@given(TEXTS)
def test_no_title_holds_anything_live(text):
    title = pull_title(text)
    assert len(title) <= 200
    assert title.startswith("Update FAQ -")
    assert not LIVE.search(title)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_titles_and_commit_messages_are_inert(text):
    message = commit_message(pull_title(text), TRACE)
    assert not LIVE.search(pull_title(text))
    assert message == f"{pull_title(text)}\n\ntrace-id: {TRACE}\n"


def test_a_title_reads_like_the_question():
    assert pull_title("How do I pay?") == "Update FAQ - How do I pay?"
    assert pull_title("Ask @all about #12") == f"Update FAQ - Ask @{BREAK}all about #{BREAK}12"
    assert pull_title("How do I pay?", more=3) == "Update FAQ - How do I pay? (+3 more)"
    assert len(pull_title("x" * 2000, more=99)) == 200


def test_defused_markdown_still_renders_as_itself():
    page = rendered(defuse(inline_markdown("@all [skip ci] fixes #1")))
    assert (page.tags, page.text.replace(BREAK, "")) == (["p"], "@all [skip ci] fixes #1")


@pytest.mark.parametrize("trace_id", ["", "a--b", "x y", "a\nb", "-->", "é", "a" * 65])
def test_an_ill_shaped_trace_id_is_refused(trace_id):
    with pytest.raises(ValueError, match=r"^a trace id holds only letters, digits and single hyphens$"):
        commit_message("subject", TRACE, trace_id)


def test_each_task_has_a_trailer_of_its_own():
    assert commit_message("Two", TRACE, "b-1") == f"Two\n\ntrace-id: {TRACE}\ntrace-id: b-1\n"


def test_only_a_squash_speaks_for_its_tasks():
    assert merge_message([TRACE, "b-1"], is_squash=True) == f"trace-id: {TRACE}\ntrace-id: b-1"
    assert merge_message([TRACE, "b-1"], is_squash=False) == "The commits name their tasks."


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("short", 5, "short"),
        ("longer text", 8, "longer…"),
        ("ae\u0323\u0302z", 3, "a…"),
        ("ab👩\u200d👩\u200d👧", 5, "ab…"),
        ("ab👍🏽c", 4, "ab…"),
        ("🇩🇪🇫🇷xy", 4, "🇩🇪…"),
        ("🇩🇪🇫🇷x", 3, "🇩🇪…"),
        ("\u1100\u1161\u11a8z", 3, "\u1100\u1161…"),
        ("e" + "\u0301" * 9, 4, "e\u0301\u0301…"),
        ("\u0301" * 5, 3, "\u0301\u0301…"),
        ("a🇩xyz", 3, "a🇩…"),  # half a flag is no pair
        ("x🇦🇹yz", 3, "x…"),  # the first and the last letter of flags
        ("x🇹🇦yz", 3, "x…"),
        ("x🇿🇦yz", 3, "x…"),
        ("x🇦🇿yz", 3, "x…"),
        ("x👍🏻yz", 3, "x…"),  # the lightest and the darkest skin
        ("x👍🏿yz", 3, "x…"),
        ("x\u1100\u1160yz", 3, "x…"),  # the first and the last Hangul vowel or final
        ("x\u1100\u11ffyz", 3, "x…"),
    ],
)
def test_a_cut_never_splits_a_character(text, limit, short):
    assert cut(text, limit) == short


@given(st.text(), st.integers(1, 40))
def test_a_cut_keeps_the_limit(text, limit):
    assert len(cut(text, limit)) <= limit
