import pytest

from tasks_app.pipeline.faq_document import FaqEntry, last_line, outline_of, parse, seen_text

DOCUMENT = """---
title: not a heading
---

# FAQ

## One

### First *question* with `code`?

Text

```
## no heading
```

> ## quoted

[//]: # (closedloop:abc-1)

### First question with code?

[//]: # (a person's remark)

Setext section
--------------

### Second &amp; ![third](x.png) a
<!-- ## nor this -->

#### Deeper

[//]: # (closedloop:abc-2)

## Is this one lone?

text
"""


def test_headings_are_what_a_parser_takes_for_headings():
    outline = outline_of(DOCUMENT)
    assert [(h.level, h.text, h.anchor) for h in outline.headings] == [
        (1, "FAQ", "faq"),
        (2, "One", "one"),
        (3, "First question with code?", "first-question-with-code"),
        (3, "First question with code?", "first-question-with-code-1"),
        (2, "Setext section", "setext-section"),
        (3, "Second & third a", "second--third-a"),
        (4, "Deeper", "deeper"),
        (2, "Is this one lone?", "is-this-one-lone"),
    ]
    assert outline.lines[outline.headings[4].line] == "Setext section\n"


@pytest.fixture(autouse=True)
def _read_anew():
    """Each test reads for itself: a mutant is tried on the tests that pass through it."""
    outline_of.cache_clear()


def test_entries_know_their_section_and_mark():
    found = [(e.question, e.section, e.marker, e.line) for e in outline_of(DOCUMENT).entries]
    assert found == [
        ("First question with code?", "One", "abc-1", 8),
        ("First question with code?", "One", None, 20),
        ("Second & third a", "Setext section", "abc-2", 27),
        ("Is this one lone?", "", None, 34),
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_line_ends_and_a_byte_order_mark_do_not_change_the_reading(line_end, bom):
    text = bom + DOCUMENT.replace("\n", line_end)
    outline = outline_of(text)
    assert bom + "".join(outline.lines) == text
    assert outline.entries == outline_of(DOCUMENT).entries


@pytest.mark.parametrize(
    "text",
    [
        "```\n[//]: # (closedloop:x)\n```\n",
        "> [//]: # (closedloop:x)\n",
        "- a\n\n  [//]: # (closedloop:x)\n",
        "a paragraph\n[//]: # (closedloop:x)\n",
        "<!--\n[//]: # (closedloop:x)\n-->\n",
        "\\[//]: # (closedloop:x)\n",
        "[other]: # (closedloop:x)\n",
        "[//]: # (closedloop:x y)\n",
    ],
)
def test_what_only_looks_like_a_mark_is_none(text):
    assert outline_of(text).marks == ()


def test_a_copied_mark_is_seen_twice():
    text = "### q\n\n[//]: # (closedloop:x)\n\n### q\n\n[//]: # (closedloop:x)\n"
    assert outline_of(text).mark_lines("x") == [2, 6]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("## S\n\ntext\n\n## T\n\nmore\n", 2),
        ("## S\n", 0),
        ("## S\n\n### q\n\ntext\n\n---\n\nfooter\n", 4),
        ("## S\n\ntext\n\n---\n\n### q\n\nmore\n", 8),
        ("## S\n\ntext\n\n***\n\n## T\n", 2),
        ("", -1),
        ("no heading\n\n---\n\nmore\n", 4),
    ],
)
def test_a_section_ends_before_the_next_one_or_its_footer(text, line):
    assert last_line(outline_of(text), 0) == line


@pytest.mark.parametrize("text", ["---\ntitle: x\n\n# H\n", "---\n\n# H\n"])
def test_what_is_never_closed_is_no_front_matter(text):
    assert [h.text for h in outline_of(text).headings if h.level == 1] == ["H"]


def test_seen_text_joins_lines():
    assert seen_text(parse("\ufeffa *b*\nc\\\nd")[1].children or []) == "a b c d"


def test_anchors_never_collide():
    text = "# a\n\n# a-1\n\n# a\n\n# a\n\n# हिन्दी, क्षत्रिय!\n"
    assert [h.anchor for h in outline_of(text).headings] == ["a", "a-1", "a-2", "a-3", "हिन्दी-क्षत्रिय"]


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        ("### q\n\n## Is it?\n", ["q", "Is it?"]),
        ("## What?\n\n### q\n", ["q"]),
        ("## Is it?\n\n## S\n\n### q\n", ["Is it?", "q"]),
        ("## Is it?\n\n## S\n", ["Is it?"]),
        ("## S\n", []),
    ],
)
def test_a_section_that_asks_and_holds_no_questions_is_one(text, questions):
    assert [entry.question for entry in outline_of(text).entries] == questions


def test_a_question_before_any_section_stands_in_none():
    (entry,) = outline_of("### q\n\ntext\n").entries
    assert entry == FaqEntry(question="q", section="", anchor="q", marker=None, line=0)


def test_a_link_by_reference_is_seen_as_its_text():
    (heading,) = outline_of("## See [the_guide][g]\n\n[g]: https://x.example\n").headings
    assert (heading.text, heading.anchor) == ("See the_guide", "see-the_guide")


@pytest.mark.parametrize("closing", ["---", "...", "---  "])
def test_front_matter_says_nothing_and_lines_keep_their_numbers(closing):
    text = f"---\na: b\nc: d\n{closing}\n# H\n\n---\n\ntext\n"
    outline = outline_of(text)
    assert [(heading.text, heading.line) for heading in outline.headings] == [("H", 4)]
    assert (outline.rules, "".join(outline.lines)) == ((6,), text)
    assert [seen_text(token.children or []) for token in parse(text) if token.type == "inline"] == [
        "H",
        "text",
    ]


def test_escapes_and_entities_are_seen_as_what_they_stand_for():
    assert seen_text(parse("a \\* &amp; \\`b\\`")[1].children or []) == "a * & `b`"
