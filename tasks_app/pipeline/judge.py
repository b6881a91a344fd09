"""Whether a draft may be published, by deterministic checks, with the reason and the figures behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tasks_app.pipeline.extract import MAX_WORDS
from tasks_app.pipeline.faq import find_answer
from tasks_app.pipeline.terms import count_words, terms
from tasks_app.pipeline.unsafe import Harm, findings

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tasks_app.pipeline.faq_entry import FaqDraft
    from tasks_app.pipeline.passages import Passage

#: Share of an answer's terms that the documents must have, below which it is not theirs.
MIN_SUPPORT = 0.5
_FIGURE = re.compile(r"\d+")
_STEP_NUMBER = re.compile(r"^\s*\d{1,9}[.)]\s", re.MULTILINE)
_HARMS = {
    Harm.SECRET: "a secret such as a password or key",
    Harm.PERSONAL_DATA: "personal data",
    Harm.ABUSE: "a threat",
}


class DeclineCode(StrEnum):
    """Why a task ends without publishing."""

    UNSAFE = "unsafe"
    ALREADY_ANSWERED = "already_answered"
    NO_SOURCE = "no_source"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """Nothing speaks against it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """It must not, or need not, be published."""

    code: DeclineCode
    #: For the asker; never repeats what is harmful.
    reason: str
    #: `#anchor` of the answer that is there already, else empty.
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Figures of a draft, kept for later layers of review."""

    #: Share of the answer's terms that stand in the passages, 0 to 1.
    support: float
    #: Share of the question's terms that stand in the answer or passages, 0 to 1.
    coverage: float
    #: Words of the answer.
    words: int
    #: Whether the answer keeps to MAX_WORDS.
    length_ok: bool
    #: Figures of the answer that neither the passages nor the question have.
    new_figures: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict, and the scores if there was a draft to weigh."""

    verdict: Publish | Declined
    scores: Scores | None


def judge(
    question: str,
    draft: FaqDraft | None,
    faq_markdown: str,
    passages: Sequence[Passage],
    *,
    allowed_emails: Collection[str] = (),
) -> Judgement:
    """Judge a cleaned question and its draft (None: the documents or the model gave no answer).

    In this order: harm in the question, an answer that is there already, harm in the answer, missing support.
    Personal data that the passages or the FAQ already publish is no harm; a secret always is.
    """
    scores = _scores(question, draft, passages) if draft else None
    public = "\n".join([faq_markdown, *(passage.text for passage in passages)])
    verdict = (
        _harm("question", question, public, allowed_emails)
        or _already_answered(question, faq_markdown)
        or (_harm("answer", draft.answer, public, allowed_emails) if draft else None)
        or _missing_support(draft, scores, passages)
    )
    return Judgement(verdict=verdict or Publish(), scores=scores)


def _harm(what: str, text: str, public: str, allowed_emails: Collection[str]) -> Declined | None:
    for finding in findings(text, allowed_emails=allowed_emails):
        start, end = finding.span
        if finding.code != Harm.PERSONAL_DATA or text[start:end] not in public:
            reason = f"The {what} holds {_HARMS[finding.code]} ({finding.kind}); it is not published."
            return Declined(code=DeclineCode.UNSAFE, reason=reason, link="")
    return None


def _already_answered(question: str, faq_markdown: str) -> Declined | None:
    entry = find_answer(faq_markdown, question)
    if not entry:
        return None
    return Declined(
        code=DeclineCode.ALREADY_ANSWERED, reason="The FAQ answers this question.", link=f"#{entry.anchor}"
    )


def _missing_support(
    draft: FaqDraft | None, scores: Scores | None, passages: Sequence[Passage]
) -> Declined | None:
    if not passages or not draft or not scores or not draft.sources:
        reason = "Nothing in the documents supports an answer."
    elif not {passage.path for passage in passages}.issuperset(draft.sources):
        reason = "The answer names a document that does not speak about the question."
    elif scores.support < MIN_SUPPORT:
        reason = "The answer says what the documents do not."
    elif scores.new_figures:
        reason = f"The answer has figures that the documents do not: {', '.join(scores.new_figures)}."
    elif not scores.length_ok:
        reason = f"The answer has {scores.words} words; {MAX_WORDS} are allowed."
    else:
        return None
    return Declined(code=DeclineCode.NO_SOURCE, reason=reason, link="")


def _scores(question: str, draft: FaqDraft, passages: Sequence[Passage]) -> Scores:
    text = "\n".join(f"{passage.heading}\n{passage.text}" for passage in passages)
    known, said, asked = set(terms(text)), terms(draft.answer), set(terms(question))
    figures = set(_FIGURE.findall(f"{question}\n{text}"))
    claimed = dict.fromkeys(_FIGURE.findall(_STEP_NUMBER.sub("", draft.answer)))
    words = count_words(draft.answer)
    return Scores(
        support=_share(sum(term in known for term in said), len(said)),
        coverage=_share(len(asked & (known | set(said))), len(asked)),
        words=words,
        length_ok=words <= MAX_WORDS,
        new_figures=tuple(figure for figure in claimed if figure not in figures),
    )


def _share(part: int, whole: int) -> float:
    return round(part / whole, 3) if whole else 0.0
