"""Errors that a client can see. One subclass for each errcode and meaning; its docstring is the default message.

spec: client-server §Standard error response
"""

from __future__ import annotations

import inspect
from typing import Any, ClassVar


class MatrixError(Exception):
    """The server could not do this."""

    errcode: ClassVar[str] = "M_UNKNOWN"
    status: ClassVar[int] = 500

    def __init__(self, message: str | None = None, **data: Any) -> None:
        """``data`` are further members of the error object, such as ``retry_after_ms``."""
        super().__init__(message or inspect.cleandoc(type(self).__doc__ or ""))
        self.data = data

    @property
    def body(self) -> dict[str, Any]:
        """The standard error object."""
        return {"errcode": self.errcode, "error": str(self), **self.data}


class Forbidden(MatrixError):
    """You are not allowed to do this."""

    errcode, status = "M_FORBIDDEN", 403


class WrongPassword(Forbidden):
    """The user name or the password is wrong."""


class MissingToken(MatrixError):
    """This needs an access token: send it as "Authorization: Bearer …"."""

    errcode, status = "M_MISSING_TOKEN", 401


class UnknownToken(MatrixError):
    """This access token is not known, or no longer valid: sign in again."""

    errcode, status = "M_UNKNOWN_TOKEN", 401


class UserLocked(MatrixError):
    """This account is locked. Ask your administrator."""

    errcode, status = "M_USER_LOCKED", 401


class UserSuspended(MatrixError):
    """Your account is suspended: you can read, leave and redact your own messages. Ask your administrator."""

    errcode, status = "M_USER_SUSPENDED", 403


class UserDeactivated(MatrixError):
    """This account has been deactivated."""

    errcode, status = "M_USER_DEACTIVATED", 403


class BadJson(MatrixError):
    """The body is JSON, but not of the shape that this needs."""

    errcode, status = "M_BAD_JSON", 400


class NotJson(MatrixError):
    """The body is not valid JSON."""

    errcode, status = "M_NOT_JSON", 400


class NotFound(MatrixError):
    """There is nothing here, or nothing that you may see."""

    errcode, status = "M_NOT_FOUND", 404


class Unrecognized(MatrixError):
    """This server has no such endpoint."""

    errcode, status = "M_UNRECOGNIZED", 404


class MethodNotAllowed(MatrixError):
    """This endpoint does not take that method."""

    errcode, status = "M_UNRECOGNIZED", 405


class LimitExceeded(MatrixError):
    """Too many requests. Wait a moment and try again."""

    errcode, status = "M_LIMIT_EXCEEDED", 429

    def __init__(self, retry_after_ms: int) -> None:
        """``retry_after_ms``: milliseconds until the same request would be let through."""
        super().__init__(retry_after_ms=retry_after_ms)
        self.retry_after_ms = retry_after_ms


class MissingParameter(MatrixError):
    """A required parameter is missing."""

    errcode, status = "M_MISSING_PARAM", 400


class InvalidParameter(MatrixError):
    """A parameter has a value that cannot be used."""

    errcode, status = "M_INVALID_PARAM", 400


class InvalidSignature(MatrixError):
    """A signature does not match what it signs."""

    errcode, status = "M_INVALID_SIGNATURE", 400


class WrongRoomKeysVersion(MatrixError):
    """This is not the current version of the backup."""

    errcode, status = "M_WRONG_ROOM_KEYS_VERSION", 403


class TooLarge(MatrixError):
    """This is larger than the server accepts."""

    errcode, status = "M_TOO_LARGE", 413


class Interrupted(MatrixError):
    """The body did not arrive whole. Nothing was stored; send it again."""

    errcode, status = "M_UNKNOWN", 400


class Exclusive(MatrixError):
    """This name is reserved for an application service, such as a bridge: choose another."""

    errcode, status = "M_EXCLUSIVE", 400


class UnknownDevice(MatrixError):
    """The user has no device of that id."""

    errcode, status = "M_UNKNOWN_DEVICE", 400


class NoAnswerInTime(MatrixError):
    """What must be asked about this does not answer. Try again in a moment."""

    errcode, status = "M_UNKNOWN", 408


class UserInUse(MatrixError):
    """This user name is taken."""

    errcode, status = "M_USER_IN_USE", 400


class InvalidUsername(MatrixError):
    """This is not a valid user name: use a-z, 0-9 and . _ = - / +"""

    errcode, status = "M_INVALID_USERNAME", 400


class WeakPassword(MatrixError):
    """This password is too weak."""

    errcode, status = "M_WEAK_PASSWORD", 400


class RoomInUse(MatrixError):
    """This room alias is taken."""

    errcode, status = "M_ROOM_IN_USE", 400


class AliasInUse(MatrixError):
    """This room alias is taken."""

    errcode, status = "M_UNKNOWN", 409


class InvalidRoomState(MatrixError):
    """The initial state of this room contradicts itself."""

    errcode, status = "M_INVALID_ROOM_STATE", 400


class UnsupportedRoomVersion(MatrixError):
    """This server does not know that room version."""

    errcode, status = "M_UNSUPPORTED_ROOM_VERSION", 400


class BadState(MatrixError):
    """The state of the room does not allow this."""

    errcode, status = "M_BAD_STATE", 403


class BadAlias(MatrixError):
    """A room alias in this event does not point to this room."""

    errcode, status = "M_BAD_ALIAS", 400


class DuplicateAnnotation(MatrixError):
    """You have already reacted with this."""

    errcode, status = "M_DUPLICATE_ANNOTATION", 400


class InviteBlocked(MatrixError):
    """This user does not want to be invited to rooms."""

    errcode, status = "M_INVITE_BLOCKED", 403


class CannotLeaveServerNoticeRoom(MatrixError):
    """This invitation cannot be rejected: here the server's administrators tell you what you must know."""

    errcode, status = "M_CANNOT_LEAVE_SERVER_NOTICE_ROOM", 403


class UserLimitExceeded(MatrixError):
    """The server's limit for this has been reached."""

    errcode, status = "M_USER_LIMIT_EXCEEDED", 403


class Unavailable(MatrixError):
    """The server cannot do this right now. Nothing was changed; try again in a moment."""

    errcode, status = "M_UNKNOWN", 503


class StorageFull(Unavailable):
    """The server's disk is full, so that nothing can be stored. Its administrator has to make room; then try again."""


class GuestAccessForbidden(MatrixError):
    """Guests may not do this: register an account."""

    errcode, status = "M_GUEST_ACCESS_FORBIDDEN", 403


class ThreepidDenied(MatrixError):
    """This server keeps no e-mail addresses or phone numbers of its users."""

    errcode, status = "M_THREEPID_DENIED", 403


class ThreepidNotFound(MatrixError):
    """This is not one of your identifiers: this server keeps no e-mail addresses or phone numbers of its users."""

    errcode, status = "M_THREEPID_NOT_FOUND", 400


class ThreepidMediumNotSupported(MatrixError):
    """This server keeps no e-mail addresses or phone numbers of its users."""

    errcode, status = "M_THREEPID_MEDIUM_NOT_SUPPORTED", 400


class UnknownLoginType(MatrixError):
    """This server does not know that way of signing in: use m.login.password, or m.login.token."""

    errcode, status = "M_UNKNOWN", 400


class ProfileTooLarge(MatrixError):
    """A profile may have 64 KiB at most."""

    errcode, status = "M_PROFILE_TOO_LARGE", 400


class KeyTooLarge(MatrixError):
    """The name of a profile field may have 255 bytes at most."""

    errcode, status = "M_KEY_TOO_LARGE", 400


class Unexpected(MatrixError):
    """Something went wrong on the server; give this incident id to its administrator."""
