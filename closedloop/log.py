"""Structured logs: an event name plus fields, the trace id bound once per job or request."""

from __future__ import annotations

import logging.config
from typing import TYPE_CHECKING, Any

import sentry_sdk
import structlog

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
]


def logging_config(*, log_format: str, level: str) -> dict[str, Any]:
    """A `dictConfig` that renders both structlog's and the standard library's records.

    `log_format` is `json` (machines) or `console` (people).
    """
    renderer: Any = (
        structlog.dev.ConsoleRenderer()
        if log_format == "console"
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        "foreign_pre_chain": _SHARED,
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            name: {"level": "WARNING"} for name in ("httpx2", "httpcore2", "urllib3", "github", "openai")
        },
    }


def configure_logging(config: dict[str, Any]) -> None:
    """Apply the configuration to this process."""
    logging.config.dictConfig(config)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def breadcrumb(**data: str) -> None:
    """Leave a trail in Sentry: one crumb per transition, found by task id."""
    sentry_sdk.add_breadcrumb(category="task", message=f"{data['old']} → {data['new']}", data=data)


def job_context(**fields: str) -> AbstractContextManager[None]:
    """Bind fields to every log line of a job."""
    return structlog.contextvars.bound_contextvars(**fields)
