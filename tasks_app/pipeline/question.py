"""A question as it comes in: one line of visible text, or a refusal that says what to do."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from tasks_app.pipeline.text import one_line

#: Characters of a cleaned question.
MAX_LENGTH = 2000
#: Beyond this many characters no cleaning is tried: it could not get below the limit by honest means.
_MAX_RAW_LENGTH = 5 * MAX_LENGTH
_SURROGATE = re.compile("[\ud800-\udfff]")


class QuestionError(ValueError):
    """The question cannot be taken as it is."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        #: `empty`, `too_long`, `nul` or `surrogate`.
        self.code = code


def clean(question: str) -> str:
    """Return the question in NFC on one line: controls and invisible characters removed, blanks collapsed.

    The joiners and variation selectors that scripts and emoji need stay. Cleaning twice changes nothing.
    Raises QuestionError for NUL, lone surrogates, more than MAX_LENGTH characters, or nothing left to read.
    """
    if len(question) > _MAX_RAW_LENGTH:
        raise _too_long(len(question))
    if "\0" in question:
        raise QuestionError("nul", "Remove the NUL character from the question.")
    if _SURROGATE.search(question):
        raise QuestionError(
            "surrogate", "Send the question as valid Unicode: it holds half a surrogate pair."
        )
    cleaned = one_line(question)
    if not cleaned:
        raise QuestionError("empty", "Write a question: nothing readable was sent.")
    if len(cleaned) > MAX_LENGTH:
        raise _too_long(len(cleaned))
    return cleaned


def fingerprint(question: str) -> str:
    """Return the sha256 (hex) of a cleaned question in NFC, case-folded, spaces collapsed.

    Equal means duplicate. Punctuation counts: A2 of the requirements names these three foldings and no other.
    Case-folding is Unicode's full one and knows no language: a Turkish `İ` equals `i̇` with its dot, not `i`.
    """
    folded = unicodedata.normalize("NFC", question).casefold()
    collapsed = unicodedata.normalize("NFC", " ".join(folded.split()))
    return hashlib.sha256(collapsed.encode()).hexdigest()


def _too_long(length: int) -> QuestionError:
    return QuestionError("too_long", f"Shorten the question to {MAX_LENGTH} characters; it has {length}.")
