"""Whole documents, byte for byte, where the FAQ has no place for an entry yet."""

from dataclasses import replace

import pytest

from tasks_app.pipeline.faq import apply
from tasks_app.pipeline.faq_entry import entry_lines
from tests.unit.pipeline.faq_samples import OPERATION, taken_out

SMALL = replace(OPERATION, question="How?", answer="So.", sources=())
ENTRY = "### How?\n\nSo.\n\n[//]: # (closedloop:trace-1)"
SECTION = f"## General\n\n[//]: # (closedloop:section)\n\n{ENTRY}"
TITLE = "# Frequently asked questions\n\n## General\n\n[//]: # (closedloop:document)\n\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"{TITLE}{ENTRY}\n"),
        ("one\n\ntwo\n", f"one\n\ntwo\n\n{SECTION}\n"),
        ("### What?\n\nThat.\n", f"### What?\n\nThat.\n\n{SECTION}\n"),
        ("# FAQ", f"# FAQ\n\n{SECTION}"),
        ("# FAQ\n\n## General", f"# FAQ\n\n## General\n\n{ENTRY}"),
    ],
)
def test_a_place_is_made_where_there_is_none(before, after):
    assert apply(before, SMALL).text == after
    assert taken_out(after, SMALL) == before


def test_what_was_added_is_told_line_by_line():
    lines = ("### How?", "", "So.", "", "[//]: # (closedloop:trace-1)")
    made = ("# Frequently asked questions", "", "## General", "", "[//]: # (closedloop:document)", "")
    assert apply("", SMALL).added_lines == (*made, *lines)
    assert apply("## General\n", SMALL).added_lines == ("", *lines)


def test_a_made_section_goes_though_a_heading_follows_at_once():
    after = apply("# FAQ\n", SMALL).text + "## Next\n\ntext\n"
    assert taken_out(after, SMALL) == "# FAQ\n## Next\n\ntext\n"


@pytest.mark.parametrize(
    ("sources", "degraded", "notes"),
    [
        ((), False, []),
        (("docs/a.md",), False, ["", "Sources: `docs/a.md`"]),
        (("docs/a.md", "b.md"), False, ["", "Sources: `docs/a.md`, `b.md`"]),
        ((), True, ["", "(drafted from the documentation without the model)"]),
        (("a`b.md",), True, ["", "Sources: a\\`b\\.md (drafted from the documentation without the model)"]),
    ],
)
def test_an_entry_names_its_sources_and_how_it_was_made(sources, degraded, notes):
    lines = entry_lines(replace(SMALL, sources=sources, degraded=degraded))
    assert lines == ["### How?", "", "So.", *notes, "", "[//]: # (closedloop:trace-1)"]
