"""What clients are told that is about records alone."""

from __future__ import annotations

from roomkeeper.platform.errors import Forbidden, InvalidParameter, MatrixError, NotFound


class ReasonRequired(Forbidden):
    """Here one must say why one looks: state it in the header X-Reason. It stands in the audit log."""

    def __init__(self) -> None:
        super().__init__(**{"org.roomkeeper.reason": "reason_required"})


class NoSuchRecord(NotFound):
    """There is no such record, or you may not see it."""


class LinkEnded(NotFound):
    """This link does not exist, has expired, or was revoked."""


class OnHold(MatrixError):
    """This is on legal hold: nothing of it is removed until the hold is released."""

    errcode, status = "M_FORBIDDEN", 409


class WrongOffset(InvalidParameter):
    """The upload goes on elsewhere: see `offset`."""

    errcode, status = "M_INVALID_PARAM", 409
