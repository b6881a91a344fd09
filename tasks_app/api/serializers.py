"""Tasks as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from closedloop.wiring import ports
from tasks_app import selectors
from tasks_app.api.schema import ETA_HELP, PULL_WORDS, STATES, in_words
from tasks_app.models import Task, TaskEvent
from tasks_app.services import outlook
from tasks_app.services.projection import fields_of_spooled, pull_word

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from rest_framework.request import Request

    from closedloop.ports.spool import Spooled


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
    eta = serializers.SerializerMethodField(help_text=ETA_HELP)
    links = serializers.SerializerMethodField()

    class Meta:
        model = Task
        fields = [
            "task_id", "trace_id", "job_id", "kind", "priority", "question", "status", "task_state",
            "state", "code", "error_msg", "pr_url", "is_degraded", "created_at", "updated_at", "started_at",
            "merged_at", "finished_at", "eta", "worker_instance", "worker_version", "version", "links",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(PULL_WORDS, allow_null=True))
    def get_state(self, task: Task) -> str | None:
        """The RFC's `state`: that of the pull request."""
        return pull_word(task.pull) or None

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_eta(self, task: Task) -> str | None:
        """By the traffic of this second."""
        return in_words(outlook.eta_of(task, now=ports().clock()))

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
    stored = serializers.SerializerMethodField(
        help_text="`database`, or `spool` for what was sent while that was away and waits to be replayed."
    )
    task_id = serializers.SerializerMethodField(help_text="The id that was asked for.")
    alias_of = serializers.SerializerMethodField(
        help_text="When that is another name of a task: the task's own id, equal to trace_id. Else null."
    )

    class Meta(TaskSerializer.Meta):
        fields = [
            *TaskSerializer.Meta.fields,
            "section", "answer", "sources", "model", "commit_sha", "merge_sha", "stages", "timeline",
            "source", "stored", "alias_of",
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

    @extend_schema_field(serializers.ChoiceField(["database", "spool"]))
    def get_stored(self, _task: Task) -> str:
        """Where the task itself is."""
        return "database"

    @extend_schema_field(serializers.UUIDField())
    def get_task_id(self, task: Task) -> str:
        """A client finds the id it was given, also when it is an alias."""
        return str(self.context.get("asked_for", task.pk))

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_alias_of(self, task: Task) -> str | None:
        """The task's own id, when it was asked for by another."""
        return str(task.pk) if self.get_task_id(task) != str(task.pk) else None

    @classmethod
    def from_copy(cls, task_id: UUID, copy: Mapping[str, str], request: Request) -> dict[str, Any]:
        """The same fields from a copy on the board; what it does not hold is null."""
        answer: dict[str, Any] = dict.fromkeys(cls.Meta.fields)
        answer |= {name: copy[name] or None for name in copy if name in answer}
        for text in ("code", "error_msg", "pr_url", "job_id", "worker_instance", "worker_version"):
            answer[text] = copy.get(text, "")
        answer["links"] = _links(request, task_id, pr_url=copy.get("pr_url", ""), page="")
        alias_of = copy["trace_id"] if copy.get("trace_id", str(task_id)) != str(task_id) else None
        answer |= {"task_id": str(task_id), "alias_of": alias_of, "stored": "database"}
        return answer | {"stages": [], "timeline": [], "source": "cache"}

    @classmethod
    def from_spool(cls, spooled: Spooled, request: Request) -> dict[str, Any]:
        """The same fields of a submission that waits for the database."""
        return cls.from_copy(spooled.task_id, fields_of_spooled(spooled), request) | {"stored": "spool"}


def _links(request: Request, task_id: UUID, *, pr_url: str, page: str) -> dict[str, str | None]:
    address = request.build_absolute_uri(f"/api/agent/tasks/{task_id}")
    return {"self": address, "pull_request": pr_url or None, "page": page or None}
