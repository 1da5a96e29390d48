"""Departments, people, roles, contacts: the organisation as it is stored and shown."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

Kind = Literal["customer", "staff", "organisation", "bot"]
"""What somebody is to the organisation. An account that nothing is known of is a customer's."""
State = Literal["active", "on_leave", "departed"]
Role = Literal[
    "owner", "supervisor", "moderator", "records_officer", "safety_officer", "support_engineer", "staff", "customer"
]
GRANTED: tuple[Role, ...] = (
    "owner",
    "supervisor",
    "moderator",
    "records_officer",
    "safety_officer",
    "support_engineer",
)
"""Roles that somebody must be given. `staff` and `customer` come with what somebody is."""
KINDS: tuple[Kind, ...] = get_args(Kind)
STATES: tuple[State, ...] = get_args(State)
EVERYWHERE = ""
"""Instead of a department id: the whole organisation."""


class Department(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the organisation; `parent_id` is that of the department above it. Times are in milliseconds."""

    department_id: str
    name: str
    parent_id: str | None = None
    external_id: str | None = None
    created_ts: int
    updated_ts: int


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody, known by their Matrix user id.

    `user_name` is what another system that provisions calls them, without regard to case; `session_limit` how many
    sessions with customers they take (`None`: any number). Times are in milliseconds; `version` counts changes.
    """

    user_id: str
    kind: Kind = "customer"
    state: State = "active"
    user_name: str | None = None
    display_name: str = ""
    email: str = ""
    title: str = ""
    language: str = ""
    skills: tuple[str, ...] = ()
    session_limit: int | None = None
    external_id: str | None = None
    departments: tuple[str, ...] = ()
    created_ts: int
    updated_ts: int
    version: int = 1

    @property
    def is_present(self) -> bool:
        """Whether they belong to the organisation and have not left."""
        return self.kind != "customer" and self.state != "departed"


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A role that somebody has, in a department and those under it, or everywhere. Times are in milliseconds."""

    user_id: str
    role: Role
    department_id: str = EVERYWHERE
    granted_by: str
    granted_ts: int


class Contact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That a customer and somebody of the staff are each other's contacts, or were, until `until_ts` (milliseconds)."""

    customer_id: str
    staff_id: str
    since_ts: int
    until_ts: int | None = None
    reason: str = ""
    end_reason: str = ""


PeopleOrder = Literal["user_id", "name", "-name", "updated", "-updated"]
"""How a list of people is sorted; with a minus the other way round."""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody of the staff has written down about a customer. Times are in milliseconds."""

    note_id: str
    customer_id: str
    author_id: str
    body: str
    created_ts: int


class PeopleQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which people are asked for; `None` lets all through. `within` are departments."""

    kind: Kind | None = None
    state: State | None = None
    within: frozenset[str] | None = None
    text: str = ""


class GrantsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which roles that were given are asked for; `None` lets all through. `department_id` empty: those everywhere."""

    role: Role | None = None
    department_id: str | None = None
