"""An in-process bus of what happens on the forge, named and shaped as GitHub's webhook events.

Kinds and actions that are published (payloads are GitHub's webhook bodies, with `repository` and `sender`):

==================  =========================================================================
push                no action; every accepted change of a branch or tag, by REST, merge or git
create, delete      no action; a branch or tag came or went (beside its `push`)
pull_request        opened, closed, reopened, edited, synchronize, labeled, unlabeled,
                    review_requested, review_request_removed, ready_for_review,
                    auto_merge_enabled, auto_merge_disabled, enqueued, dequeued
merge_group         checks_requested, destroyed
pull_request_review submitted, dismissed
check_run           created, completed, rerequested
check_suite         requested, completed, rerequested
status              no action
deployment          created
deployment_status   created
issues              opened, closed, reopened, edited, labeled, unlabeled
issue_comment       created, edited, deleted
repository          created, edited
==================  =========================================================================

https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened on the forge."""

    #: GitHub's event name, as in the `X-GitHub-Event` header
    kind: str
    #: `owner/name` of the repository
    repo: str
    #: the webhook body
    payload: Mapping[str, Any]

    @property
    def action(self) -> str:
        """The payload's `action`, or an empty string for events that have none."""
        return str(self.payload.get("action", ""))


Subscriber = Callable[[Event], None]

#: subscribe under this name to be given every event
EVERY = "*"


class Bus:
    """Calls subscribers in the order of their subscription, in the thread that publishes.

    A subscriber must return at once: long work belongs into `World.spawn`. What a subscriber
    raises reaches the request that published, so that a broken extension is seen, not hidden.
    """

    def __init__(self) -> None:
        self._subscribers: defaultdict[str, list[Subscriber]] = defaultdict(list)

    def subscribe(self, kind: str, subscriber: Subscriber) -> None:
        """Call `subscriber` for each later event of `kind`, or of every kind for `EVERY`."""
        self._subscribers[kind].append(subscriber)

    def publish(self, event: Event) -> None:
        """Hand `event` to its subscribers before returning."""
        for subscriber in (*self._subscribers[event.kind], *self._subscribers[EVERY]):
            subscriber(event)
