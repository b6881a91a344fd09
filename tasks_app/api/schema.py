"""The shapes of a submission and its answer, as the OpenAPI description shows them."""

from __future__ import annotations

from rest_framework import serializers

from tasks_app.pipeline.question import MAX_LENGTH
from tasks_app.pipeline.states import State, Status

#: Named in the settings, so that the description calls them by one name everywhere.
STATUSES = [(status.value, status.value) for status in Status]
STATES = [(state.value, state.value) for state in State]
PULL_WORDS = [(word, word) for word in ("open", "merged", "closed")]


class QuestionSerializer(serializers.Serializer[dict[str, object]]):
    """A question to be answered in the FAQ."""

    question = serializers.CharField(max_length=MAX_LENGTH)


class ReceiptSerializer(serializers.Serializer[dict[str, object]]):
    """What was stored, or is already there."""

    task_id = serializers.UUIDField()
    trace_id = serializers.UUIDField(help_text="Equal to task_id: one id finds everything.")
    status = serializers.ChoiceField(STATUSES)
    status_url = serializers.URLField()
    stored = serializers.ChoiceField(
        ["spool"], required=False, help_text="Given while it waits for the database to come back."
    )
