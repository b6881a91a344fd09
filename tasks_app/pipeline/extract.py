"""What the documents say to a question: the best passages, and an answer made of their own sentences.

BM25 is written out here: for some hundred passages it takes milliseconds, while importing bm25s with numpy
costs 160 ms and 22 MB in every process. Limit: words are matched, not meanings, so a question in another
language than the documents finds nothing.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from tasks_app.pipeline.faq_entry import FaqDraft
from tasks_app.pipeline.passages import CODE_INDENT, Document, Passage, passages_of
from tasks_app.pipeline.terms import count_words, is_measure, terms

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

#: Words of an answer.
MAX_WORDS = 100
#: Share of a question's terms, weighted by their rarity, that a passage must speak about.
MIN_SUPPORT = 0.55
#: An extracted answer is filled up to about so many words with what stands around its best sentence.
_ENOUGH_WORDS = 75
#: What a term weighs in a sentence if the heading above has it too.
_HEADING_SHARE = 0.5
#: Share of a question that one of its subjects must make up to stand for all of them.
_NEARLY_ALL = 0.7
#: What "two" and "weeks" weigh beside what they are about.
_MEASURE_SHARE = 0.15
#: BM25's damping of repeated terms, and of long passages.
_K1, _B = 1.4, 0.6
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[^a-z\s])|(?<=[。！？])\s*(?=\S)|(?<=[।۔؟])\s+")
_LIST_LINE = re.compile(r"(?:-|\d{1,9}\.) ")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Index:
    passages: tuple[Passage, ...]
    #: Terms of each passage, its nearest heading counted twice.
    counts: tuple[Counter[str], ...]
    #: In how many passages a term is.
    spread: Counter[str]
    #: Terms of a passage, on average.
    mean_length: float

    def weight(self, term: str) -> float:
        """Rarity of a term; one that no passage holds weighs as much as one that a single passage holds."""
        holding = max(1, self.spread[term])
        rarity = math.log(1 + (len(self.passages) - holding + 0.5) / (holding + 0.5))
        return rarity * _MEASURE_SHARE if is_measure(term) else rarity

    def score(self, asked: Iterable[str], counts: Counter[str]) -> float:
        """BM25 of one passage."""
        damping = _K1 * (1 - _B + _B * counts.total() / self.mean_length)
        return sum(
            self.weight(term) * counts[term] * (_K1 + 1) / (counts[term] + damping) for term in sorted(asked)
        )

    def support(self, asked: Collection[str], counts: Counter[str]) -> float:
        """Share of the asked terms, weighted by rarity, that a passage holds.

        None at all where it shares one subject of several and that is not nearly all of the question:
        "phone" alone says nothing of a phone number for support.
        """
        weights = {term: self.weight(term) for term in asked}
        share = sum(weight for term, weight in weights.items() if counts[term]) / sum(weights.values())
        subjects = [term for term in asked if not is_measure(term)]
        is_one_of_several = len(subjects) > 1 and sum(1 for term in subjects if counts[term]) == 1
        return 0.0 if is_one_of_several and share < _NEARLY_ALL else share


def best_passages(question: str, documents: Sequence[Document], limit: int = 4) -> list[Passage]:
    """Return the passages that speak about the question, the best first; none if the documents do not."""
    asked = set(terms(question))
    index = _index_of(tuple(documents))
    if not asked or not index.passages:
        return []
    found = [
        replace(passage, score=index.score(asked, counts) * support)
        for passage, counts in zip(index.passages, index.counts, strict=True)
        if (support := index.support(asked, counts)) >= MIN_SUPPORT
    ]
    return sorted(found, key=lambda passage: -passage.score)[:limit]


def extractive_answer(
    question: str, documents: Sequence[Document], sections: Sequence[str] = ()
) -> FaqDraft | None:
    """Answer in at most 100 words of the best passage's own sentences; None if no passage supports one.

    Of `sections` the one is wished for whose name shares most words with the question and the passage.
    """
    index = _index_of(tuple(documents))
    for passage in best_passages(question, documents):
        if units := _units(passage.text):
            answer = _chosen(units, [_unit_score(index, question, passage, unit) for unit in units])
            section = _section_for(f"{question} {passage.heading} {passage.path}", passage.text, sections)
            return FaqDraft(section=section, answer=answer, sources=(passage.path,))
    return None


def shortened(text: str, limit: int = MAX_WORDS) -> str:
    """Keep the whole sentences and list lines that fit into `limit` words, which may be none."""
    kept: list[str] = []
    for line in text.splitlines():
        for number, sentence in enumerate(_SENTENCE_END.split(line)):
            candidate = [*kept[:-1], f"{kept[-1]} {sentence}"] if number else [*kept, sentence]
            if count_words(" ".join(candidate)) > limit:
                return "\n".join(kept).strip()
            kept = candidate
    return "\n".join(kept).strip()


@lru_cache(maxsize=4)
def _index_of(documents: tuple[Document, ...]) -> _Index:
    passages = tuple(passage for document in documents for passage in passages_of(document))
    counts = tuple(
        Counter(terms(f"{passage.heading} {_nearest(passage)}\n{passage.text}")) for passage in passages
    )
    return _Index(
        passages=passages,
        counts=counts,
        spread=Counter(term for counted in counts for term in counted),
        mean_length=sum(counted.total() for counted in counts) / max(1, len(counts)) or 1,
    )


def _nearest(passage: Passage) -> str:
    return passage.heading.rpartition(" › ")[2]


def _units(text: str) -> list[str]:
    """Cut a passage into what can stand in an answer: sentences, and lists as a whole; code is left out."""
    units: list[str] = []
    was_list = False
    for line in text.splitlines():
        is_list = bool(_LIST_LINE.match(line))
        if is_list and was_list:
            units[-1] += f"\n{line}"
        elif not line.startswith(CODE_INDENT):
            units += [line] if is_list else _SENTENCE_END.split(line)
        was_list = is_list
    return [unit for unit in map(shortened, units) if unit]


def _unit_score(index: _Index, question: str, passage: Passage, unit: str) -> float:
    above = set(terms(passage.heading))
    shared = set(terms(question)) & set(terms(unit))
    return sum(index.weight(term) * (_HEADING_SHARE if term in above else 1) for term in sorted(shared))


def _chosen(units: Sequence[str], scores: Sequence[float]) -> str:
    """Join the best unit with its followers, then with what goes before it, while the answer stays short."""
    best = max(range(len(units)), key=lambda number: (scores[number], -number))
    first, last = best, best + 1
    while last < len(units) and count_words(_joined(units[first : last + 1])) <= _ENOUGH_WORDS:
        last += 1
    while first and count_words(_joined(units[first - 1 : last])) <= _ENOUGH_WORDS:
        first -= 1
    return _joined(units[first:last])


def _joined(units: Sequence[str]) -> str:
    answer = units[0]
    for before, unit in itertools.pairwise(units):
        is_list = _LIST_LINE.match(before) or _LIST_LINE.match(unit)
        answer += f"\n{unit}" if is_list else f" {unit}"
    return answer


def _section_for(strong: str, weak: str, sections: Sequence[str]) -> str:
    """Return the section whose name shares most terms, or nothing if none shares any."""
    near, far = set(terms(strong)), set(terms(weak))
    points = {name: 3 * len(near & set(terms(name))) + len(far & set(terms(name))) for name in sections}
    best = max(points, key=lambda name: points[name], default="")
    return best if points.get(best) else ""
