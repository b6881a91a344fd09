"""The shapes of a submission and its answer, as the OpenAPI description shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework import serializers

from tasks_app.pipeline.question import MAX_LENGTH
from tasks_app.pipeline.states import State, Status

if TYPE_CHECKING:
    from datetime import datetime

#: Named in the settings, so that the description calls them by one name everywhere.
STATUSES = [(status.value, status.value) for status in Status]
STATES = [(state.value, state.value) for state in State]
PULL_WORDS = [(word, word) for word in ("open", "merged", "closed")]


#: Of every `eta`.
ETA_HELP = (
    "When it is expected to be done, or rolled back; changes as things go. Null once it is settled, while it "
    "waits for a person, and when nobody can tell."
)


def in_words(moment: datetime | None) -> str | None:
    """A time as serializers write it."""
    return moment.isoformat().replace("+00:00", "Z") if moment else None


class QuestionSerializer(serializers.Serializer[dict[str, object]]):
    """A question to be answered in the FAQ."""

    question = serializers.CharField(max_length=MAX_LENGTH)


class ReceiptSerializer(serializers.Serializer[dict[str, object]]):
    """What was stored, or is already there."""

    task_id = serializers.UUIDField()
    trace_id = serializers.UUIDField(help_text="Equal to task_id: one id finds everything.")
    status = serializers.ChoiceField(STATUSES)
    status_url = serializers.URLField()
    eta = serializers.DateTimeField(allow_null=True, help_text=ETA_HELP)
    stored = serializers.ChoiceField(
        ["spool"], required=False, help_text="Given while it waits for the database to come back."
    )
