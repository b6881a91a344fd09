from tasks_app.models.budget import CachedAnswer, ModelSlot, ModelWaiter, WriteBudget, WriteCharge
from tasks_app.models.claimable import Claimable
from tasks_app.models.duration import DurationSample
from tasks_app.models.effect import Effect
from tasks_app.models.lane import Lane, PullRequest
from tasks_app.models.mail import InboxDelivery, OutboxJob, SweepLease
from tasks_app.models.notification import Notification
from tasks_app.models.suspects import SuspectPart
from tasks_app.models.task import IdempotencyKey, QuestionKey, Task, TaskAlias, TaskEvent

__all__ = [
    "CachedAnswer",
    "Claimable",
    "DurationSample",
    "Effect",
    "IdempotencyKey",
    "InboxDelivery",
    "Lane",
    "ModelSlot",
    "ModelWaiter",
    "Notification",
    "OutboxJob",
    "PullRequest",
    "QuestionKey",
    "SuspectPart",
    "SweepLease",
    "Task",
    "TaskAlias",
    "TaskEvent",
    "WriteBudget",
    "WriteCharge",
]
