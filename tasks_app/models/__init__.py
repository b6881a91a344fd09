from tasks_app.models.claimable import Claimable
from tasks_app.models.effect import Effect
from tasks_app.models.lane import Lane, PullRequest
from tasks_app.models.mail import InboxDelivery, OutboxJob, SweepLease
from tasks_app.models.notification import Notification
from tasks_app.models.task import IdempotencyKey, QuestionKey, Task, TaskAlias, TaskEvent

__all__ = [
    "Claimable",
    "Effect",
    "IdempotencyKey",
    "InboxDelivery",
    "Lane",
    "Notification",
    "OutboxJob",
    "PullRequest",
    "QuestionKey",
    "SweepLease",
    "Task",
    "TaskAlias",
    "TaskEvent",
]
