"""A small FAQ, operations on it, and strategies for documents as people leave them."""

from dataclasses import replace

from hypothesis import strategies as st

from tasks_app.pipeline.faq import FaqOperation, Removed, apply, remove
from tasks_app.pipeline.text import one_line
from tests.unit.pipeline.samples import QUESTIONS

FAQ = "# FAQ\n\n## Billing\n\n### Can I pay?\n\nYes.\n\n## General\n\n### What is it?\n\nA thing.\n"
OPERATION = FaqOperation(
    section="Billing",
    question="How do I pay #1?",
    answer="By card.\n\n- Visa\n- Mastercard",
    sources=("docs/billing.md",),
    trace_id="trace-1",
    degraded=False,
)


def operation(number: int = 1, *, section: str = "Billing", question: str = "") -> FaqOperation:
    question = question or f"How do I pay #{number}?"
    return replace(OPERATION, section=section, question=question, trace_id=f"trace-{number}")


def apply_all(text: str, operations: list[FaqOperation]) -> str:
    for each in operations:
        text = apply(text, each).text
    return text


def taken_out(text: str, op: FaqOperation) -> str:
    result = remove(text, op)
    assert isinstance(result, Removed), result
    return result.text


PIECES = st.sampled_from(
    ["## Billing", "## General", "## Other", "# Title", "### What?", "text", "- item", "```", "~~~", "---",
     "***", "Setext\n---", "> quote", "    code", "<div>", "<!-- c -->", "|a|\n|-|", "[//]: # (note)",
     "[x]: y", "", "", "", "  ", "\ufeff", "## Is it so?", "1. one", "&nbsp;"]
)  # fmt: skip
DOCUMENTS = st.builds(
    lambda pieces, end, last: end.join(pieces).replace("\n", end) + last * end,
    st.lists(PIECES, max_size=14),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.integers(0, 2),
)
OPERATIONS = st.lists(
    st.builds(
        FaqOperation,
        section=st.sampled_from(["Billing", "other", "", "Nowhere"]),
        question=QUESTIONS.filter(one_line),
        answer=QUESTIONS.filter(one_line),
        sources=st.lists(st.sampled_from(["docs/a.md", "b`c.md", "docs/ü.md"]), max_size=2).map(tuple),
        trace_id=st.just("trace"),
        degraded=st.booleans(),
    ),
    min_size=1,
    max_size=4,
).map(lambda found: [replace(each, trace_id=f"trace-{n}") for n, each in enumerate(found)])
