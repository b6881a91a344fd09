"""What a service refuses, in words a caller can act on."""

from __future__ import annotations


class ServiceError(Exception):
    """The request cannot be carried out as things stand; nothing was changed."""

    code = "not_possible"

    def __init__(self, detail: str, *, code: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code


class NotPossible(ServiceError):  # noqa: N818
    """The task's present state does not allow this."""


class UnknownTask(ServiceError):  # noqa: N818
    """There is no task with this id."""

    code = "unknown_task"


class KeyReused(ServiceError):  # noqa: N818
    """The Idempotency-Key was used with another body."""

    code = "idempotency_key_reused"


class QueueFull(ServiceError):  # noqa: N818
    """Too many tasks are waiting; try again later."""

    code = "queue_full"

    def __init__(self, detail: str, *, waiting: int | None = None, retry_after_s: int | None = None) -> None:
        super().__init__(detail)
        #: Tasks without a pull request, and when there will be room again; None when neither was measured.
        self.waiting = waiting
        self.retry_after_s = retry_after_s


class StoresAway(ServiceError):  # noqa: N818
    """Neither the database nor the spool could take it; the same may be sent again."""

    code = "database_unavailable"
