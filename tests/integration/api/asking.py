"""How tests ask, and what every problem must look like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

QUESTION = "How do I export my data?"


def ask(client: Client, question: object = QUESTION, **headers: str) -> Any:
    """Post a question as JSON."""
    body = {"question": question}
    return client.post("/api/agent/faq", body, content_type="application/json", headers=headers)


def ask_raw(client: Client, body: bytes, content_type: str = "application/json") -> Any:
    """Post bytes."""
    return client.generic("POST", "/api/agent/faq", body, content_type=content_type)


def assert_problem(answer: HttpResponse, status: int, code: str, **more: object) -> dict[str, Any]:
    """The answer is a complete problem document of this status and code, with these further members."""
    problem: dict[str, Any] = answer.json()  # type: ignore[attr-defined] # the test client adds it
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert set(problem) == {"type", "title", "status", "code", "detail", "trace_id", *more}
    assert {name: problem[name] for name in more} == more
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["detail"]
    assert problem["trace_id"]
    return problem
