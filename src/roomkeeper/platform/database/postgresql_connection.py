"""Connections to PostgreSQL: how they are made, how they fail, and how text travels.

PostgreSQL's text cannot hold the character NUL, which Matrix allows in state keys, event types, transaction ids and
more. It travels escaped, and comes back as it was: ``SUB 0`` stands for NUL, ``SUB 1`` for SUB (U+001A) itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import asyncpg

from roomkeeper.platform.database.models import DatabaseError, Row

CONNECT_SECONDS = 10
STATEMENTS = 500
"""Prepared statements that a connection keeps."""
NUL, SUB = "\x00", "\x1a"

ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)
"""Everything that a statement can fail with."""
GOODBYES = (
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.PostgresConnectionError,
    OSError,
    TimeoutError,
)
"""After these a connection is of no use any more."""
SETTINGS = {
    "timezone": "UTC",
    "jit": "off",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "10min",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}


async def connect(url: str, settings: Mapping[str, str]) -> Any:
    """A new connection. Raises `DatabaseError` with a plain reason."""
    try:
        return await asyncpg.connect(
            url,
            timeout=CONNECT_SECONDS,
            statement_cache_size=STATEMENTS,
            max_cached_statement_lifetime=0,
            server_settings={**SETTINGS, **settings},
        )
    except (*ERRORS, ValueError) as error:
        raise DatabaseError(f"cannot connect to PostgreSQL: {str(error) or type(error).__name__}") from error


def is_lost(connection: Any, error: BaseException) -> bool:
    """Whether the connection is of no use after this error."""
    return connection.is_closed() or isinstance(error, GOODBYES)


def encoded(parameters: Sequence[Any]) -> Sequence[Any]:
    """The parameters as they travel."""
    for value in parameters:
        if type(value) is list or (type(value) is str and (NUL in value or SUB in value)):
            return [_encoded(value) for value in parameters]
    return parameters


def decoded(record: Iterable[Any]) -> Row:
    """A row as it was stored."""
    row = tuple(record)
    for value in row:
        if type(value) is str and SUB in value:
            return tuple([_decoded(value) if isinstance(value, str) else value for value in row])
    return row


def _encoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_encoded(item) for item in value]
    return value.replace(SUB, SUB + "1").replace(NUL, SUB + "0") if isinstance(value, str) else value


def _decoded(text: str) -> str:
    return text.replace(SUB + "0", NUL).replace(SUB + "1", SUB)
