"""Whether a service can be reached, asked by itself. spec: application-service §Pinging"""

from __future__ import annotations

import time
from typing import ClassVar, Final

import msgspec

from roomkeeper.core.appservices.caller import Caller, is_success
from roomkeeper.platform.errors import MatrixError
from roomkeeper.platform.outgoing import OutgoingError, TimedOut

TIMEOUT_S: Final = 30.0
MAX_SHOWN: Final = 4_096
"""Characters of a wrong answer that are shown."""


class UrlNotSet(MatrixError):
    """The application service has no URL in its registration."""

    errcode: ClassVar[str] = "M_URL_NOT_SET"
    status: ClassVar[int] = 400


class BadStatus(MatrixError):
    """The application service answered with an error."""

    errcode: ClassVar[str] = "M_BAD_STATUS"
    status: ClassVar[int] = 502


class ConnectionRefused(MatrixError):
    """The application service cannot be reached."""

    errcode: ClassVar[str] = "M_CONNECTION_FAILED"
    status: ClassVar[int] = 502


class ConnectionTimeout(MatrixError):
    """The application service did not answer in time."""

    errcode: ClassVar[str] = "M_CONNECTION_TIMEOUT"
    status: ClassVar[int] = 504


async def ping(caller: Caller | None, transaction_id: str | None, seconds: float = TIMEOUT_S) -> int:
    """Milliseconds that the service took. Raises one of the errors above."""
    if caller is None:
        raise UrlNotSet
    body = msgspec.json.encode({} if transaction_id is None else {"transaction_id": transaction_id})
    started = time.perf_counter()
    try:
        answer = await caller.call("POST", "/ping", body=body, seconds=seconds)
    except TimedOut as error:
        raise ConnectionTimeout(f"The application service did not answer: {error}.") from None
    except OutgoingError as error:
        raise ConnectionRefused(f"The application service cannot be reached: {error}.") from None
    if not is_success(answer):
        text = answer.body.decode(errors="replace")[:MAX_SHOWN]
        raise BadStatus(
            f"The application service answered the ping with status {answer.status}.", status=answer.status, body=text
        )
    return int((time.perf_counter() - started) * 1000)
