"""Which tasks a person means by what they typed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from tasks_app import selectors

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from tasks_app.models import Task

_HEX_DIGITS = 32
_PREFIX = re.compile(rf"[0-9a-f]{{1,{_HEX_DIGITS}}}")
#: Fewer digits than this are more likely a word or a number than the beginning of an id.
_LEAST_DIGITS = 4
_NUMBER = re.compile(r"#?(\d{1,9})")
_SHA = re.compile(r"[0-9a-f]{7,64}")


def tasks_beginning_with(prefix: str) -> QuerySet[Task]:
    """Tasks whose trace id begins so, newest first; hyphens and case do not matter."""
    found = selectors.tasks()
    rule = _ids_beginning_with(prefix)
    return found.none() if rule is None else found.filter(rule)


def tasks_meant_by(typed: str, among: QuerySet[Task]) -> QuerySet[Task]:
    """Tasks by a part of the question, a trace id or its beginning, a pull request (`#12`, 12), a commit."""
    words = typed.strip().lower()
    rule = Q(question__icontains=typed.strip())
    if len(words.replace("-", "")) >= _LEAST_DIGITS and (ids := _ids_beginning_with(words)) is not None:
        rule |= ids
    if number := _NUMBER.fullmatch(words):
        rule |= Q(pull__number=int(number[1]))
    if _SHA.fullmatch(words):
        rule |= Q(commit_sha__startswith=words) | Q(merge_sha__startswith=words)
        rule |= Q(pull__head_sha__startswith=words)
    return among.filter(rule)


def _ids_beginning_with(prefix: str) -> Q | None:
    """A range of ids, so that the primary key's index finds them on every database."""
    digits = prefix.strip().lower().replace("-", "")
    if not _PREFIX.fullmatch(digits):
        return None
    first, last = (UUID(digits.ljust(_HEX_DIGITS, filler)) for filler in "0f")
    return Q(pk__gte=first, pk__lte=last)
