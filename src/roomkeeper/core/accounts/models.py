"""What accounts are made of."""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

UserState = Literal["active", "locked", "deactivated"]


class User(msgspec.Struct, frozen=True):
    """An account. `password_hash` is `None` where nobody can sign in with a password; `created_ts` in milliseconds.

    `erased_position`: where the stream was when the user had what they wrote erased.
    """

    user_id: str
    password_hash: str | None
    created_ts: int
    is_admin: bool
    state: UserState
    is_guest: bool = False
    is_suspended: bool = False
    erased_position: int | None = None


class Device(msgspec.Struct, omit_defaults=True):
    """A device in the form in which clients see it. `last_seen_ts` in milliseconds."""

    device_id: str
    display_name: str | None = None
    last_seen_ip: str | None = None
    last_seen_ts: int | None = None


class SeenDevice(NamedTuple):
    """A device with when and from where it was last seen; `ts` in milliseconds."""

    device_id: str
    ts: int | None
    ip: str | None
    user_agent: str | None


class LastSeen(msgspec.Struct, frozen=True):
    """When a device last asked for something, and from where."""

    ts: int
    ip: str
    user_agent: str


class DeviceWish(msgspec.Struct, frozen=True):
    """What a client asks for when it signs in."""

    device_id: str | None = None
    display_name: str | None = None
    refreshable: bool = False


class SignedIn(msgspec.Struct, omit_defaults=True):
    """The answer to a login or a registration. spec: client-server §Legacy API"""

    user_id: str
    access_token: str = ""
    device_id: str = ""
    refresh_token: str | None = None
    expires_in_ms: int | None = None


class AccessToken(msgspec.Struct, frozen=True):
    """An access token as it is stored, with the state of its user.

    `generation` counts the refreshes of a device's session; a token is `confirmed` once it was used, which revokes the
    tokens of earlier generations. `expires_ts` in milliseconds, `None`: never.
    """

    user_id: str
    device_id: str
    generation: int
    expires_ts: int | None
    confirmed: bool
    state: UserState
    is_guest: bool = False
    is_suspended: bool = False


class RefreshToken(msgspec.Struct, frozen=True):
    """A refresh token as it is stored, with the state of its user."""

    user_id: str
    device_id: str
    generation: int
    state: UserState


class PolicyDocument(NamedTuple):
    """One translation of a document that new users must accept."""

    policy: str
    version: str
    language: str
    url: str
    name: str


class RegistrationToken(msgspec.Struct, frozen=True):
    """A token that lets people register. `expiry_time` in milliseconds; `None`: no limit of that kind.

    `pending` registrations have shown the token and are not complete yet.
    """

    token: str
    uses_allowed: int | None
    completed: int
    expiry_time: int | None
    pending: int = 0


class UserSummary(msgspec.Struct, frozen=True):
    """An account in the operator's list. `created_ts` in milliseconds."""

    user_id: str
    created_ts: int
    is_admin: bool
    state: UserState
    devices: int
    is_guest: bool = False
    is_suspended: bool = False
