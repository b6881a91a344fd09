"""Finds the passage that answers a question, or none.

Passages are ranked by Okapi BM25 over headings and sentences (Robertson & Zaragoza 2009, "The Probabilistic
Relevance Framework"), with headings counted twice, and by their best sentence. A passage supports an answer
only if it holds enough of what is asked: the words of the question weighed by how rare they are, where a word
that no document knows weighs most.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sandbox.chat.passages import Block, Passage
from sandbox.chat.words import words

_K1, _B = 1.4, 0.6
_HEADING_WEIGHT = 2
#: Share of the question's weight that a passage must hold.
ENOUGH = 0.5
#: A block is added to the best one if it is worth at least this share of it.
_ALSO = 0.5
#: What stands right below a title introduces a subject and seldom answers anything.
_INTRODUCTION = 0.75
_LONGEST_WORDS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """An answer taken from one passage."""

    #: Sentences in the order of the document.
    sentences: tuple[str, ...]
    #: Where they stand.
    passage: Passage


def _counts(passage: Passage) -> Counter[str]:
    counts = Counter(word for block in passage.blocks for sentence in block.words for word in sentence)
    for word in passage.heading_words:
        counts[word] += _HEADING_WEIGHT
    return counts


class Index:
    """Passages that can be searched."""

    def __init__(self, found: Iterable[Passage], known: Iterable[Passage] = ()) -> None:
        """Take the passages to search, and others that only tell how rare a word is."""
        self._passages = [(passage, _counts(passage)) for passage in found]
        everything = [*(counts for _, counts in self._passages), *map(_counts, known)]
        self._seen_in = Counter(word for counts in everything for word in counts)
        self._count = len(everything)
        self._mean = sum(counts.total() for counts in everything) / (len(everything) or 1)

    def weight(self, word: str) -> float:
        """Return how much a word tells: the rarer, the more."""
        seen = self._seen_in[word]
        return math.log(1 + (self._count - seen + 0.5) / (seen + 0.5))

    def support(self, held: Iterable[str], asked: Sequence[str]) -> float:
        """Return the share of the question's weight that these words hold, 0 to 1."""
        weights = {word: self.weight(word) for word in asked}
        return sum(weights[word] for word in weights.keys() & set(held)) / (sum(weights.values()) or 1.0)

    def answer(self, question: str) -> Extract | None:
        """Return the sentences that answer a question, or None where no passage supports an answer."""
        asked = words(question)
        fit = [pair for pair in self._passages if asked and self.support(pair[1], asked) >= ENOUGH]
        if not fit:
            return None
        best, _ = max(fit, key=lambda pair: self._score(pair[0], pair[1], asked))
        return Extract(sentences=self._choose(best, asked), passage=best)

    def _score(self, passage: Passage, counts: Counter[str], asked: Sequence[str]) -> float:
        norm = _K1 * (1 - _B + _B * counts.total() / self._mean)
        rank = sum(
            self.weight(word) * counts[word] * (_K1 + 1) / (counts[word] + norm) for word in set(asked)
        )
        rank *= 1.0 if passage.trail else _INTRODUCTION
        return rank * (0.5 + max(self._value(block, asked) for block in passage.blocks))

    def _value(self, block: Block, asked: Sequence[str]) -> float:
        return max((self.support(found, asked) for found in block.words), default=0.0)

    def _choose(self, passage: Passage, asked: Sequence[str]) -> tuple[str, ...]:
        """Take the blocks nearest to the question, as much as an answer may be long."""
        values = [self._value(block, asked) for block in passage.blocks]
        order = sorted(range(len(values)), key=lambda index: (-values[index], index))
        wanted = [index for index in order if values[index] >= _ALSO * values[order[0]]]
        room = _LONGEST_WORDS
        taken: dict[int, list[str]] = {}
        for index in wanted:
            taken[index] = _fitting(passage.blocks[index].sentences, room)
            room -= sum(len(sentence.split()) for sentence in taken[index])
        chosen = tuple(sentence for index in sorted(taken) for sentence in taken[index])
        return chosen or passage.blocks[order[0]].sentences[:1]


def _fitting(sentences: Sequence[str], room: int) -> list[str]:
    taken = []
    for sentence in sentences:
        room -= len(sentence.split())
        if room < 0:
            break
        taken.append(sentence)
    return taken
