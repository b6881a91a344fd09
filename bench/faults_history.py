"""What happened twice, by the forge's own history. Pure."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: How a merge names the tasks in it.
TRACE = re.compile(r"^trace-id: ([0-9a-f-]{36})$", re.MULTILINE)


def doubled_in(messages: Iterable[str], heads: Iterable[str]) -> int:
    """How many tasks were merged more than once, and branches had more than one pull request."""
    merges = Counter(trace for text in messages for trace in set(TRACE.findall(text)))
    pulls = Counter(heads)
    return sum(count > 1 for count in (*merges.values(), *pulls.values()))
