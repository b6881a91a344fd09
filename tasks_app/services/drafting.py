"""Drafting an answer: documents → passages → the model, or an extract when the model is out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from closedloop.ports.errors import BadReply
from closedloop.ports.llm import ChatReply, ChatRequest
from tasks_app.pipeline import extract, faq, judge, prompt
from tasks_app.pipeline.faq import FaqDraft
from tasks_app.pipeline.passages import Document, Passage
from tasks_app.services import answer_cache
from tasks_app.services.heads import recent_head

if TYPE_CHECKING:
    from closedloop.wiring import Ports
    from tasks_app.models import Task

#: RFC: answers have at most 100 words.
_MAX_TOKENS = 300
_TEMPERATURE = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What an answer may be drawn from."""

    documents: tuple[Document, ...]
    #: The FAQ page as it is now; empty when there is none yet.
    page: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A drafted answer and what it cost."""

    content: FaqDraft
    is_degraded: bool
    model: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0


def gather(question: str, ports: Ports) -> Material:
    """Read the target repository's documents at the head of its base branch. Raises PortErrors."""
    content = ports.content()
    sha = recent_head(settings.GITHUB_BASE_BRANCH, ports)
    if sha is None:
        raise BadReply(
            f"{settings.GITHUB_REPO} has no branch {settings.GITHUB_BASE_BRANCH}: check GITHUB_BASE_BRANCH"
        )
    found = content.documents_at(sha, settings.DOCS_PREFIX)
    page = next((doc.text for doc in found if doc.path == settings.FAQ_PATH), "")
    documents = tuple(
        Document(path=doc.path, text=doc.text) for doc in found if doc.path != settings.FAQ_PATH
    )
    return Material(
        documents=documents, page=page, passages=tuple(extract.best_passages(question, documents))
    )


def request_for(task: Task, material: Material) -> ChatRequest:
    """What the model is asked."""
    return ChatRequest(
        messages=prompt.build_messages(task.question, faq.sections(material.page), material.passages),
        schema=prompt.RESPONSE_SCHEMA["schema"],
        max_tokens=_MAX_TOKENS,
        temperature=_TEMPERATURE,
        trace_id=str(task.pk),
    )


def recall_answer(request: ChatRequest, material: Material, ports: Ports) -> Draft | None:
    """The draft that the model gave to the same request before; it costs nothing."""
    known = answer_cache.recall(request, now=ports.clock())
    read = _read(known.reply, material) if known else None
    if known is None or not isinstance(read, FaqDraft):
        return None
    return Draft(content=read, is_degraded=False, model=known.model)


def ask_model(
    task: Task, request: ChatRequest, material: Material, ports: Ports
) -> Draft | prompt.ReplyRejected:
    """One try at the model. Raises PortErrors; a reply that cannot be used is returned as rejected."""
    reply: ChatReply = ports.model().complete(request)
    read = _read(reply.content, material)
    if isinstance(read, prompt.ReplyRejected):
        return read
    answer_cache.keep(request, reply, task.pk, now=ports.clock())
    return Draft(
        content=read,
        is_degraded=False,
        model=reply.model,
        prompt_tokens=reply.prompt_tokens,
        completion_tokens=reply.completion_tokens,
    )


def _read(reply: str, material: Material) -> FaqDraft | prompt.ReplyRejected:
    return prompt.parse_reply(reply, {passage.path for passage in material.passages})


def extract_answer(task: Task, material: Material) -> Draft | None:
    """The degraded answer, straight from the documents; None when they hold none."""
    found = extract.extractive_answer(task.question, material.documents, faq.sections(material.page))
    return Draft(content=found, is_degraded=True) if found else None


def decline_early(question: str, material: Material) -> judge.Declined | None:
    """Why the model need not be asked at all; None when it should be."""
    verdict = judge_draft(question, None, material).verdict
    if not isinstance(verdict, judge.Declined):
        return None
    is_for_want_of_a_draft = verdict.code is judge.DeclineCode.NO_SOURCE and material.passages
    return None if is_for_want_of_a_draft else verdict


def judge_draft(question: str, draft: FaqDraft | None, material: Material) -> judge.Judgement:
    """The deterministic judgement of a question and its draft."""
    return judge.judge(
        question, draft, material.page, material.passages, allowed_emails=settings.SUPPORT_EMAILS
    )
