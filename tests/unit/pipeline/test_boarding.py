from __future__ import annotations

import pytest

from tasks_app.pipeline import faq
from tasks_app.pipeline.boarding import Fit, Fitness, fit

PAGE = "# Questions\n\n## General\n\n### What is Lumen?\n\nA notebook.\n"


def operation(question="How large is a note?", trace_id="4a0c3b9e-0000-4000-8000-000000000001"):
    return faq.FaqOperation(
        section="General",
        question=question,
        answer="A megabyte.",
        sources=(),
        trace_id=trace_id,
        degraded=False,
    )


OURS = operation()
WITH_OURS = faq.apply(PAGE, OURS).text


def test_an_entry_that_has_a_place_is_put_there():
    assert fit(PAGE, PAGE, OURS) == Fit(fitness=Fitness.FITS, page=WITH_OURS)


@pytest.mark.parametrize(
    ("merged", "page", "asked", "fitness"),
    [
        (PAGE, PAGE, operation("What is Lumen?"), Fitness.ANSWERED),
        (WITH_OURS, WITH_OURS, OURS, Fitness.ANSWERED),
        (PAGE, WITH_OURS, operation(trace_id="4a0c3b9e-0000-4000-8000-000000000002"), Fitness.WAITS),
        ("", PAGE, operation("What is Lumen?"), Fitness.WAITS),
    ],
)
def test_whoever_is_answered_says_where(merged, page, asked, fitness):
    found = fit(merged, page, asked)
    assert (found.fitness, found.page, found.detail[:1]) == (fitness, page, "#")


def test_an_entry_that_people_edited_asks_an_operator():
    page = WITH_OURS.replace("A megabyte.", "Two megabytes.")
    found = fit(page, page, OURS)
    assert (found.fitness, found.page, found.detail) == (
        Fitness.CHANGED,
        page,
        "Somebody edited the entry after it was published.",
    )


def test_a_page_without_a_place_for_it_asks_an_operator():
    page = "```\nnever closed\n"
    found = fit(page, page, OURS)
    assert (found.fitness, found.page) == (Fitness.REFUSED, page)
    assert "no place" in found.detail
