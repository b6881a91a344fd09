from hypothesis import assume, given, reject
from hypothesis import strategies as st

from tasks_app.pipeline.faq import FaqError, FaqOperation, entries
from tasks_app.pipeline.text import one_line
from tests.unit.pipeline.faq_samples import DOCUMENTS, OPERATIONS, apply_all, taken_out


def try_apply(text: str, operations: list[FaqOperation]) -> str:
    try:
        return apply_all(text, operations)
    except FaqError:
        reject()  # a document without a place has its own test


@given(DOCUMENTS, OPERATIONS, st.randoms(use_true_random=False))
def test_entries_come_out_in_any_order_and_leave_the_very_bytes(text, operations, random):
    full = try_apply(text, operations)
    assert apply_all(full, operations) == full
    order = random.sample(operations, len(operations))
    for index, each in enumerate(order):
        full = taken_out(full, each)
        rest = [other for other in operations if other not in order[: index + 1]]
        assert full == apply_all(text, rest)
    assert full == text


@given(DOCUMENTS, OPERATIONS)
def test_only_lines_of_the_entries_are_added(text, operations):
    assume(text.strip("\ufeff").strip())
    full = try_apply(text, operations)
    page = [entry for entry in entries(full) if entry.marker]
    assert {(e.marker, e.question) for e in page} == {(o.trace_id, one_line(o.question)) for o in operations}
    known = {(e.question, e.section) for e in entries(text)}
    assert known <= {(e.question, e.section) for e in entries(full)}
    lines = iter(full.splitlines())
    assert all(line in lines for line in text.splitlines())
