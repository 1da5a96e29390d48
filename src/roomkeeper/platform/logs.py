"""Structured logs: one JSON object a line, or coloured text on a terminal; each line of a request carries its id."""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar
from typing import Any

import structlog

request_id: ContextVar[str] = ContextVar("request_id")
"""The id of the request that is being answered; every line that is logged meanwhile carries it."""

SECRET_KEYS = frozenset(
    {"password", "new_password", "access_token", "refresh_token", "token", "secret", "authorization"}
)


def configure(level: str, *, as_json: bool) -> None:
    """Send the log of this process to standard error. `level`: debug, info, warning or error."""
    renderer = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            add_request_id,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _hide_secrets,
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")


def add_request_id(_logger: object, _method: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Put the id of the request that is being answered into a line."""
    current = request_id.get(None)
    if current is not None:
        entry.setdefault("request_id", current)
    return entry


def _hide_secrets(_logger: object, _method: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    for key in SECRET_KEYS.intersection(entry):
        entry[key] = "(hidden)"
    return entry


def get_logger(**values: Any) -> structlog.typing.FilteringBoundLogger:
    """A logger whose every line carries `values`."""
    return structlog.get_logger(**values)  # type: ignore[no-any-return]
