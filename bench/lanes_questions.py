"""As many questions as wanted, each about a fact of its own in a document that is pushed before. Pure."""

from __future__ import annotations

#: Words that no two facts share, and that are no word of another language's stop list.
_SYLLABLES = ("ba", "de", "fi", "go", "lu", "ma", "ne", "pi")
_LENGTH = 3
#: How many names there are.
MOST = len(_SYLLABLES) ** _LENGTH

DOCUMENT = "docs/windows.md"


def name(number: int) -> str:
    """A word of its own for each number below `MOST`."""
    digits = (number // len(_SYLLABLES) ** place % len(_SYLLABLES) for place in range(_LENGTH))
    return "".join(_SYLLABLES[digit] for digit in digits) + "x"


def question(number: int) -> str:
    """What is asked about it."""
    return f"How many rows per page does the {name(number)} window show?"


def document(count: int) -> str:
    """The facts, a section for each."""
    parts = [f"## {name(n)}\n\nThe {name(n)} window shows {n + 10} rows per page.\n" for n in range(count)]
    return "# Windows\n\n" + "\n".join(parts)
