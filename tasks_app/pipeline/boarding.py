"""Whether a stored operation can be applied to the page as it is now. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tasks_app.pipeline import faq

#: `faq.apply`, in a caller's own way.
Writing = Callable[[str, faq.FaqOperation], faq.Applied]


class Fitness(StrEnum):
    """What becomes of a task that wants to board."""

    #: It travels; its entry is on `page`.
    FITS = "fits"
    #: The page of the base branch answers the question already, or holds its very entry.
    ANSWERED = "answered"
    #: Somebody who is not merged yet answers the question.
    WAITS = "waits"
    #: People changed its own entry on the page.
    CHANGED = "entry_changed"
    #: The document has no place for it.
    REFUSED = "operation_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How an operation stands to a page."""

    fitness: Fitness
    #: The page, with the entry if it fits.
    page: str
    #: For an operator; an anchor where the question is answered.
    detail: str = ""


def fit(
    merged: str,
    page: str,
    operation: faq.FaqOperation,
    *,
    write: Writing = faq.apply,
) -> Fit:
    """Apply an operation to `page`, which holds the entries of those who go before it.

    `merged` is the page of the base branch, as far as it is known.
    """
    own = faq.remove(page, operation)
    if isinstance(own, faq.Conflict) and own.code != "missing":
        return Fit(fitness=Fitness.CHANGED, page=page, detail=own.reason)
    answer = faq.find_answer(page, operation.question)
    if answer is not None:
        is_merged = faq.find_answer(merged, operation.question) is not None
        fitness = Fitness.ANSWERED if is_merged else Fitness.WAITS
        return Fit(fitness=fitness, page=page, detail=f"#{answer.anchor}")
    try:
        return Fit(fitness=Fitness.FITS, page=write(page, operation).text)
    except faq.FaqError as error:
        return Fit(fitness=Fitness.REFUSED, page=page, detail=str(error))
