"""The words of a text in a form in which two texts can be compared, in any script."""

from __future__ import annotations

import re
import unicodedata

#: English words that say nothing about a question's subject.
_STOP_WORDS = frozenset(
    """
    a able about add after all allow allowed also am an and any anything are as at be been before
    being between big but by can could did do does doing during else fast find for from get gets
    getting give gives go got had happen happens has have having he her his how i if in into is it
    its just know let like long made make makes many may me might much must my need needs no not of
    off offer offers often on one or our ours per please possible provide provides quickly see she
    should since so some something soon such take takes tell than that the their them then there
    these they thing things this those to too until up us use used uses using want wants was way we
    were what when where whether which while who whom whose why will with within work works would
    yes you your yours
    """.split()  # noqa: SIM905 -- words are read more easily without quotes
)
#: Stems that are read as another: irregular forms, and what questions call otherwise than documents do.
_SAME = {
    "log": "sign", "login": "sign",
    "kept": "keep", "lost": "los", "paid": "pai", "pay": "pai", "sent": "send", "undon": "undo",
    "cost": "pric", "fee": "pric", "enabl": "switch", "activat": "switch", "activ": "switch",
    "eras": "delet", "remov": "delet", "modifi": "chang", "guarante": "commitment",
}  # fmt: skip
#: Stems that measure a subject and are none: alone they say little about what a text is about.
_MEASURES = frozenset(
    """
    amount dai doubl dozen eight fiv four half hour hundr minut month nin number percent second
    seven six ten thousand thre tim twelv twic two week year
    """.split()  # noqa: SIM905 -- words are read more easily without quotes
)
_ASCII_WORD = re.compile(r"[a-z0-9]+")
#: Scripts without spaces between words, and Hangul, which glues particles on: read as pairs of characters.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)
#: Writes the particles and endings of Japanese, which say nothing about the subject.
_HIRAGANA = re.compile("[\u3041-\u309f]")
_ENDINGS = ("ations", "ation", "ions", "ion", "ings", "ing", "ed", "e")
_SHORTEST_STEM = 3


def terms(text: str) -> list[str]:
    """Return the words that carry meaning, case-folded, English endings cut, in their order."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("e-mail", "email")
    if folded.isascii():
        words = _ASCII_WORD.findall(folded)
    else:
        words = "".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in folded).split()
    return [term for word in words for term in _terms_of(word)]


def is_measure(term: str) -> bool:
    """Whether a term only says how much or how long."""
    return term in _MEASURES or term.isdecimal()


def count_words(text: str) -> int:
    """Count words as a reader would; in scripts without spaces two characters count as one word."""
    total = 0
    for word in text.split():
        unspaced = sum(len(run) for run in _UNSPACED.findall(word))
        total += max(1, (unspaced + 1) // 2)
    return total


def _terms_of(word: str) -> list[str]:
    if word.isascii():
        is_empty = word in _STOP_WORDS or (len(word) == 1 and word.isalpha())
        return [] if is_empty else [_stem(word)]
    found: list[str] = []
    for run in _UNSPACED.findall(word):
        pairs = [run[at : at + 2] for at in range(max(1, len(run) - 1))]
        found += [pair for pair in pairs if not _HIRAGANA.search(pair)] or pairs
    return found + _UNSPACED.sub(" ", word).split()


def _stem(word: str) -> str:
    """Cut English endings: "refunds", "refunded" and "refund" are one. Crude, but the same for all."""
    if word.endswith("s") and not word.endswith("ss") and len(word) > _SHORTEST_STEM:
        word = word[:-1]
    ending = next((end for end in _ENDINGS if word.endswith(end)), "")
    if len(word) - len(ending) >= _SHORTEST_STEM:
        word = word.removesuffix(ending)
    if word.endswith("y") and len(word) >= _SHORTEST_STEM:
        word = word[:-1] + "i"
    is_doubled = len(word) > _SHORTEST_STEM and word[-1] == word[-2] and word.isalpha()
    stem = word[:-1] if is_doubled else word
    return _SAME.get(stem, stem)
