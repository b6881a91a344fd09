"""Tasks as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tasks_app import selectors
from tasks_app.api.schema import PULL_WORDS, STATES
from tasks_app.models import Task, TaskEvent
from tasks_app.services.projection import pull_word

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from rest_framework.request import Request


class LinksSerializer(serializers.Serializer[dict[str, str | None]]):
    """Where to read on; null while there is nothing to see."""

    self = serializers.URLField()
    pull_request = serializers.URLField(allow_null=True)
    page = serializers.URLField(allow_null=True, help_text="The page that shows the answer, once it is live.")


class StageSerializer(serializers.Serializer[selectors.Stage]):
    """A stay in one state."""

    state = serializers.CharField()
    entered_at = serializers.DateTimeField()
    left_at = serializers.DateTimeField(allow_null=True)
    seconds = serializers.FloatField(help_text="Up to now while the task is still in it.")


class EventSerializer(serializers.ModelSerializer[TaskEvent]):
    """One thing that happened."""

    actor = serializers.SerializerMethodField(help_text="A worker, `policy`, an operator, or `client`.")

    class Meta:
        model = TaskEvent
        fields = ["at", "event", "from_state", "to_state", "code", "detail", "actor"]

    def get_actor(self, event: TaskEvent) -> str:
        """Who did it; the address of who asked stays with the operators."""
        return event.actor if event.from_state else "client"


class TaskSerializer(serializers.ModelSerializer[Task]):
    """A task in a list."""

    state = serializers.SerializerMethodField(
        help_text="State of the pull request; null before there is one."
    )
    task_state = serializers.ChoiceField(STATES, source="state", help_text="State of the task.")
    version = serializers.IntegerField(source="fence", help_text="Grows with every change.")
    links = serializers.SerializerMethodField()

    class Meta:
        model = Task
        fields = [
            "task_id", "trace_id", "job_id", "kind", "priority", "question", "status", "task_state",
            "state", "code", "error_msg", "pr_url", "is_degraded", "created_at", "updated_at", "started_at",
            "merged_at", "finished_at", "worker_instance", "worker_version", "version", "links",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(PULL_WORDS, allow_null=True))
    def get_state(self, task: Task) -> str | None:
        """The RFC's `state`: that of the pull request."""
        return pull_word(task.pull) or None

    @extend_schema_field(LinksSerializer)
    def get_links(self, task: Task) -> dict[str, str | None]:
        """Addresses of the task itself, its pull request and its page."""
        page = settings.FAQ_PAGE_URL if task.status == "done" else ""
        return _links(self.context["request"], task.pk, pr_url=task.pr_url, page=page)


class TaskDetailSerializer(TaskSerializer):
    """One task with everything that happened to it."""

    stages = serializers.SerializerMethodField()
    timeline = serializers.SerializerMethodField()
    source = serializers.SerializerMethodField(  # type: ignore[assignment] # a declared field, no attribute
        help_text="`database`, or `cache` while that is away."
    )

    class Meta(TaskSerializer.Meta):
        fields = [
            *TaskSerializer.Meta.fields,
            "section", "answer", "sources", "model", "commit_sha", "merge_sha", "stages", "timeline",
            "source",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(StageSerializer(many=True))
    def get_stages(self, _task: Task) -> Any:
        """The stays in each state with their length."""
        stays = selectors.stages(self.context["events"], now=self.context["now"])
        return [StageSerializer(stay).data for stay in stays]

    @extend_schema_field(EventSerializer(many=True))
    def get_timeline(self, _task: Task) -> Any:
        """Every event, oldest first."""
        return EventSerializer(self.context["events"], many=True).data

    @extend_schema_field(serializers.ChoiceField(["database", "cache"]))
    def get_source(self, _task: Task) -> str:
        """Where this answer comes from."""
        return "database"

    @classmethod
    def from_copy(cls, task_id: UUID, copy: Mapping[str, str], request: Request) -> dict[str, Any]:
        """The same fields from a copy on the board; what it does not hold is null."""
        answer: dict[str, Any] = dict.fromkeys(cls.Meta.fields)
        answer |= {name: copy[name] or None for name in copy if name in answer}
        for text in ("code", "error_msg", "pr_url", "job_id", "worker_instance", "worker_version"):
            answer[text] = copy.get(text, "")
        answer["links"] = _links(request, task_id, pr_url=copy.get("pr_url", ""), page="")
        return answer | {"task_id": str(task_id), "stages": [], "timeline": [], "source": "cache"}


def _links(request: Request, task_id: UUID, *, pr_url: str, page: str) -> dict[str, str | None]:
    address = request.build_absolute_uri(f"/api/agent/tasks/{task_id}")
    return {"self": address, "pull_request": pr_url or None, "page": page or None}
