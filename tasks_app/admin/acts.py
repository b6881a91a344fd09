"""Buttons: what an operator may do to rows, always asked for a reason, always written down.

1. A button is shown only where the row's state table knows the event, to people who have its permission.
2. Pressing it shows a page that says what will happen and asks for a reason (GET changes nothing).
3. Sending that page (POST, CSRF) calls the service; a refusal becomes a message.
4. The service leaves its own event with name and reason in the same transaction; beside it the admin's log
   gets an entry, so that the list of a person's acts is complete.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget

from tasks_app.pipeline.machine import IllegalEvent
from tasks_app.services.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from closedloop.wiring import Ports

#: What a rollback's reason may hold; the shortest of the columns that reasons are written to.
_REASON_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """One press of a button."""

    #: The operator's user name.
    actor: str
    reason: str
    ports: Ports


def _one_by_one(rows: Sequence[Any]) -> list[list[Any]]:
    return [[row] for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that an operator may do."""

    #: In addresses and in the list's menu.
    name: str
    #: On the button.
    label: str
    #: What will happen, in a sentence or two.
    explanation: str
    #: What the log says was done.
    done: str
    #: `app.codename`.
    permission: str
    icon: str
    #: danger | plain
    tone: str
    #: Whether the row's state allows it.
    is_possible: Callable[[Any], bool]
    #: Does it to rows that go together; raises `ServiceError` when it cannot be done.
    do: Callable[[Sequence[Any], Press], object]
    #: Which rows go together.
    batches: Callable[[Sequence[Any]], list[list[Any]]] = _one_by_one


class ReasonForm(forms.Form):
    """Why it is done."""

    reason = forms.CharField(
        max_length=_REASON_LENGTH,
        label="Reason",
        help_text="Kept with the task for good, together with your name.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "autofocus": True}),
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of pressing a button for several rows."""

    done: list[Any] = field(default_factory=list)
    #: Why nothing was changed, one line per batch.
    refusals: list[str] = field(default_factory=list)


def press_all(act: Act, rows: Sequence[Any], press: Press) -> Outcome:
    """Do it to every row; one refusal does not stop the others."""
    outcome = Outcome()
    for batch in act.batches(rows):
        try:
            act.do(batch, press)
        except ServiceError as error:
            outcome.refusals.append(error.detail)
        except IllegalEvent as error:
            outcome.refusals.append(str(error))
        else:
            outcome.done.extend(batch)
    return outcome
