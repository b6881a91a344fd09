"""What must not be published: secrets, personal data, abuse. By shape alone, the same answer every time.

Every pattern is bounded, so the work grows linearly with the text. Texts are taken after `strip_unseen`;
full-width letters and the digits of other scripts are read as their plain forms.

Limits: a secret without a known shape, and a name or postal address without a sign of its own, pass; of abuse
only threats and calls to self-harm in English are seen. Insults are left to reviewers, because word lists hit
the innocent (place names, medicine, quoted rules) more often than the guilty.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator


class Harm(StrEnum):
    """What publishing would do."""

    SECRET = "secret"  # noqa: S105 -- the name of the kind
    PERSONAL_DATA = "personal_data"
    ABUSE = "abuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place that must not be published. Holds no text, so that it can be logged."""

    code: Harm
    #: What it looks like, such as `github_token` or `email`.
    kind: str
    #: Where it stands in the text, as (start, end).
    span: tuple[int, int]


_EDGE = r"(?<![A-Za-z0-9_-])"
_SECRETS = {
    "github_token": r"gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255}",
    "gitlab_token": r"glpat-[A-Za-z0-9_-]{20,64}",
    "aws_key": r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Z0-9])",
    "openai_key": r"sk-[A-Za-z0-9_-]{20,255}",
    "stripe_key": r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,255}",
    "google_key": r"AIza[A-Za-z0-9_-]{35}",
    "slack_token": r"xox[abeoprs]-[A-Za-z0-9-]{10,255}",
    "slack_webhook": r"hooks\.slack\.com/services/[A-Za-z0-9]{5,20}/[A-Za-z0-9]{5,20}/[A-Za-z0-9]{16,40}",
    "package_token": r"npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,255}",
    "private_key": r"-{5}BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-{5}",
    "jwt": r"eyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8,2000}",
    "bearer_token": r"[Bb]earer [A-Za-z0-9._~+/-]{20,2000}",
    "url_password": r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@]{1,100}:[^\s/@]{1,100}@",
}
_THREATS = (
    r"\bkill (?:your ?self|urself)\b|\bkys\b|\bhang yourself\b"
    r"|\b(?:i|we)(?: will| am going to| are going to|['’]?ll|['’]?m going to) (?:kill|murder|shoot|stab|rape)"
    r" (?:you|him|her|your (?:family|children|kids|wife|husband))\b|\byou (?:deserve|ought) to die\b"
)
_NAMED_SECRET = re.compile(
    r"\b(?:pass(?:word|wd|phrase)?|pwd|secret|token|(?:api|access|private|secret)[ _-]?key)"
    r"[\"']?\s{0,3}(?P<sign>=>?|:=?|\bis\b)\s{0,3}[\"']?(?P<value>[^\s\"',;()\[\]{}<>]{8,200})",
    re.IGNORECASE,
)
_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")
#: First digits and lengths of Amex, JCB, Diners, Visa, Mastercard, and Discover with UnionPay.
_CARD_NUMBER = re.compile(
    r"3[47]\d{13}|35\d{14}|3[0689]\d{12}|4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|6\d{15}(?:\d{3})?"
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}", re.IGNORECASE)
#: Length by country, as registered with SWIFT.
_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FI FO GL NL",
        19: "MK SI",
        20: "AT BA EE KZ LT LU XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "PT",
        26: "IS TR",
        27: "FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB PL",
        29: "BR EG PS QA UA",
        30: "JO KW MU",
        31: "MT",
        32: "LC",
    }.items()
    for country in countries.split()
}
_PERSONAL = {
    "email": r"(?<![\w.+-])[\w.+-]{1,64}@(?!\dx\.)(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}",
    "phone": r"(?<![\w+])\+[1-9](?:[ ().-]{0,2}\d){7,14}(?!\d)",
    "us_ssn": r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])",
}
_SHAPES = [
    *((Harm.SECRET, kind, re.compile(_EDGE + f"(?:{shape})")) for kind, shape in _SECRETS.items()),
    *((Harm.PERSONAL_DATA, kind, re.compile(shape)) for kind, shape in _PERSONAL.items()),
    (Harm.ABUSE, "threat", re.compile(_THREATS, re.IGNORECASE)),
]
#: Kinds of characters and bits per character from which a named value is taken for a secret.
_MIXED, _VARIED = 3, 3.8
_LONG = 24


def findings(text: str, *, allowed_emails: Collection[str] = ()) -> list[Finding]:
    """Return every harmful place in the order of the text; nothing if the text may be published.

    `allowed_emails` holds addresses, or domains as `@example.com`, that the product publishes, in any case.
    """
    plain = "".join(map(_plain, text))
    allowed = {address.casefold() for address in allowed_emails}
    found = [
        Finding(code=code, kind=kind, span=match.span())
        for code, kind, pattern in _SHAPES
        for match in pattern.finditer(plain)
        if kind != "email" or not _is_allowed(match[0].casefold(), allowed)
    ]
    found += _checked(plain, _NAMED_SECRET, Harm.SECRET, "named_secret", _is_secret)
    found += _checked(plain, _CARD, Harm.PERSONAL_DATA, "payment_card", _is_card)
    found += _checked(plain, _IBAN, Harm.PERSONAL_DATA, "iban", _is_iban)
    return sorted(found, key=lambda finding: (finding.span, finding.kind))


def _checked(
    text: str, pattern: re.Pattern[str], code: Harm, kind: str, is_real: Callable[[re.Match[str]], bool]
) -> Iterator[Finding]:
    return (
        Finding(code=code, kind=kind, span=match.span()) for match in pattern.finditer(text) if is_real(match)
    )


def _plain(char: str) -> str:
    """Return the plain form of one character, always one character, so that spans stay true."""
    if char.isascii():
        return char
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    plain = unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 else char


def _is_allowed(address: str, allowed: Collection[str]) -> bool:
    return address in allowed or f"@{address.partition('@')[2]}" in allowed


def _is_secret(match: re.Match[str]) -> bool:
    """Whether a value called password, token or the like looks made up by a machine or a careful person."""
    value = match["value"]
    others = re.sub(r"[\w.-]", "", value)
    kinds = [any(map(test, value)) for test in (str.islower, str.isupper, str.isdigit)]
    mixed = sum(kinds) + bool(others)
    if not kinds[2] or mixed < 2 or "://" in value:  # noqa: PLR2004 -- a digit and something else
        return False
    if "=" in match["sign"] or mixed >= _MIXED:
        return True
    return len(value) >= _LONG and _bits(value) >= _VARIED


def _bits(value: str) -> float:
    """Shannon entropy in bits per character."""
    shares = [count / len(value) for count in Counter(value).values()]
    return -sum(share * math.log2(share) for share in shares)


def _is_card(match: re.Match[str]) -> bool:
    """Whether the digits begin like a card's and pass the check of Luhn (ISO/IEC 7812-1)."""
    number = re.sub(r"\D", "", match[0])
    digits = [int(char) for char in number]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return bool(_CARD_NUMBER.fullmatch(number)) and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_iban(match: re.Match[str]) -> bool:
    """Whether the country's length fits and the remainder by 97 is 1 (ISO 13616)."""
    compact = match[0].replace(" ", "").upper()
    number = compact[: _IBAN_LENGTHS.get(compact[:2], 0)]
    if len(number) < _IBAN_LENGTHS.get(compact[:2], 1):
        return False
    digits = "".join(str(int(char, 36)) for char in number[4:] + number[:4])
    return int(digits) % 97 == 1
