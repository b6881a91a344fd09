"""Text to the words it is searched by."""

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"\w+", re.UNICODE)
#: Scripts written without blanks: Han, Kana, Hangul, Thai. Searched by pairs of characters.
_UNSPACED = re.compile("[\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_STOP_TEXT = (
    "a about all am an and any are as at be been but by can could did do does doing for from get had "
    "has have how i if in into is it its let long many may me much my need of often on one or our "
    "please should so some that the their them there they this to us use using want was we were what "
    "when where which while who whom whose why will with work would you your"
)
_STOP = frozenset(re.findall(r"\w+", _STOP_TEXT))
#: Words of everyday English that ask for the same; the first of a group stands for all.
_SAME = (
    "price cost charge fee expensive",
    "mobile phone smartphone android iphone",
    "delete erase remove trash",
    "cancel terminate unsubscribe",
    "undo undone revert",
    "sign-in login signin logon",
    "two-factor 2fa mfa",
    "sso single-sign-on",
    "school student education university",
    "language languages translation",
    "offline disconnected",
    "edit modify",
    "invite invitation",
    "buy purchase",
)
_ENDINGS = (
    "ations",
    "ation",
    "ingly",
    "ings",
    "ing",
    "ments",
    "ment",
    "ies",
    "ers",
    "ed",
    "er",
    "es",
    "ly",
    "s",
    "e",
    "y",
)
_SHORTEST_STEM = 3


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Cut an English ending, so that `deleted`, `deletes` and `delete` are one word."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            cut = word[: -len(ending)]
            # `cancelled` and `stopping` double the last letter.
            return (
                cut[:-1]
                if len(cut) > _SHORTEST_STEM and cut[-1] == cut[-2] and cut[-1] not in "aeiou"
                else cut
            )
    return word


_STANDS_FOR = {stem(word): stem(group.split(" ")[0]) for group in _SAME for word in group.split(" ")}


def _pairs(run: str) -> list[str]:
    return [run[index : index + 2] for index in range(max(1, len(run) - 1))]


def words(text: str) -> list[str]:
    """Return the words of a text that carry meaning, as stems, in order."""
    found: list[str] = []
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
        if _UNSPACED.search(word):
            for run in _UNSPACED.findall(word):
                found += _pairs(run)
        elif word not in _STOP:
            found.append(_STANDS_FOR.get(stem(word), stem(word)))
    return found
