"""Path and branch patterns as GitHub Actions reads them.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

_WILD = re.compile(r"\*\*/|\*\*|\*|[?+]|\[[^\]]+\]|.", re.DOTALL)
_MEANING = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "?", "+": "+"}


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = (
        _MEANING.get(part) or (part if part[0] == "[" else re.escape(part)) for part in _WILD.findall(pattern)
    )
    return re.compile("".join(parts), re.DOTALL)


def is_match(patterns: Sequence[str], name: str) -> bool:
    """Return whether the last pattern that fits `name` is not a negated one (`!…`)."""
    verdict = False
    for pattern in patterns:
        if _compiled(pattern.removeprefix("!")).fullmatch(name):
            verdict = not pattern.startswith("!")
    return verdict


def is_any_match(patterns: Sequence[str], names: Iterable[str]) -> bool:
    """Return whether one of the names fits the patterns."""
    return any(is_match(patterns, name) for name in names)
