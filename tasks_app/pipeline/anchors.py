"""The fragment under which GitHub links to a heading."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections import Counter


def anchor_of(text: str, taken: Counter[str]) -> str:
    """GitHub's way: lower case, only word characters, hyphens and blanks, numbered from the second on."""
    slug = wanted = "".join(filter(_is_in_anchor, text.lower())).replace(" ", "-")
    while slug in taken:
        taken[wanted] += 1
        slug = f"{wanted}-{taken[wanted]}"
    taken[slug] = 0
    return slug


def _is_in_anchor(char: str) -> bool:
    category = unicodedata.category(char)
    return char in "- " or category == "Pc" or category[0] in "LMN"
