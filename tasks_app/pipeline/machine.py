"""A state machine as one table: states, events and where each event leads.

A table maps every state to its events and every event to the states it may lead to. Most events
lead to one state; where several are possible (a retry goes back to the step that failed) the
caller names the target and the table says whether it is allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


class IllegalEvent(Exception):  # noqa: N818 - an event that the table does not know in this state
    """The event is not possible in this state; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Machine(Generic[S, E]):
    """A whole life as data; terminal states are listed with an empty mapping."""

    table: Mapping[S, Mapping[E, frozenset[S]]]

    def target(self, state: S, event: E, to: S | None = None) -> S:
        """Where `event` leads from `state`; `to` chooses where several targets are possible."""
        targets = self.table[state].get(event, frozenset())
        if to is None and len(targets) == 1:
            return next(iter(targets))
        if to is None or to not in targets:
            raise IllegalEvent(f"{event} is not possible in {state}" + (f" towards {to}" if to else ""))
        return to

    def sources(self, event: E) -> frozenset[S]:
        """States in which `event` is possible."""
        return frozenset(state for state, edges in self.table.items() if event in edges)

    @property
    def terminal(self) -> frozenset[S]:
        """States that nothing leaves."""
        return frozenset(state for state, edges in self.table.items() if not edges)
