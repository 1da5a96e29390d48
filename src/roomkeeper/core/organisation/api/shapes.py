"""What the endpoints of the organisation take and answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from roomkeeper.core.organisation.models import Contact, Department, Grant, Kind, Note, PeopleOrder, Person, Role, State
from roomkeeper.core.organisation.rules import Scope
from roomkeeper.platform.audit import AuditEntry

MOST = 500
PLAIN = r"\A[^\x00-\x1f\x7f]*\Z"

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=PLAIN)]
Text = Annotated[str, Meta(max_length=200, pattern=PLAIN)]
Reason = Annotated[str, Meta(max_length=500, pattern=PLAIN)]
Language = Annotated[str, Meta(max_length=35, pattern=r"\A([A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*)?\Z")]
Skills = Annotated[list[Annotated[str, Meta(min_length=1, max_length=100, pattern=PLAIN)]], Meta(max_length=50)]
Ids = Annotated[list[Text], Meta(max_length=50)]
SessionLimit = Annotated[int, Meta(ge=0, le=1_000_000)]
Limit = Annotated[int, Meta(ge=1, le=MOST, description="How many at most.")]
From = Annotated[str, Meta(max_length=2000, description="The next_batch of the page before.")]


class PageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which page of a list."""

    from_: From = msgspec.field(default="", name="from")
    limit: Limit = 100


class DepartmentBody(msgspec.Struct, frozen=True, kw_only=True):
    """A new department."""

    name: Name
    parent_id: Text | None = None
    external_id: Name | None = None


class DepartmentChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change of a department; `parent_id` null makes it one of the top."""

    name: Name | None = None
    parent_id: Text | msgspec.UnsetType | None = msgspec.UNSET
    external_id: Name | msgspec.UnsetType | None = msgspec.UNSET


class Departments(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of departments."""

    departments: list[Department]
    next_batch: str | None = None


class Members(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of the people in a department."""

    people: list[Person]
    next_batch: str | None = None


class PeopleQuery(PageQuery, frozen=True, kw_only=True):
    """Which people: those to whom all that is given applies."""

    kind: Kind | None = None
    state: State | None = None
    department: Annotated[Text, Meta(description="Those in it and in those under it.")] | None = None
    search: Annotated[Text, Meta(description="Words in name, id, user name, e-mail address or title.")] = ""
    sort: PeopleOrder = "user_id"
    total: Annotated[bool, Meta(description="Also say how many there are in all.")] = False


class PersonChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change of a person; what is not there stays. `version`: refuse where they have another."""

    kind: Kind | msgspec.UnsetType = msgspec.UNSET
    state: State | msgspec.UnsetType = msgspec.UNSET
    user_name: Name | msgspec.UnsetType | None = msgspec.UNSET
    display_name: Text | msgspec.UnsetType = msgspec.UNSET
    email: Text | msgspec.UnsetType = msgspec.UNSET
    title: Text | msgspec.UnsetType = msgspec.UNSET
    language: Language | msgspec.UnsetType = msgspec.UNSET
    skills: Skills | msgspec.UnsetType = msgspec.UNSET
    session_limit: SessionLimit | msgspec.UnsetType | None = msgspec.UNSET
    external_id: Name | msgspec.UnsetType | None = msgspec.UNSET
    departments: Ids | msgspec.UnsetType = msgspec.UNSET
    version: int | None = None


class NewPerson(PersonChange, frozen=True, kw_only=True):
    """Somebody new; `localpart` is the part of their Matrix user id before the colon."""

    localpart: Annotated[str, Meta(min_length=1, max_length=200)]
    password: str | None = None


class People(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of people; `total` are all whom the query finds, where it was asked for."""

    people: list[Person]
    next_batch: str | None = None
    total: int | None = None


class NamesBody(msgspec.Struct, frozen=True, kw_only=True):
    """Whose names are wanted."""

    user_ids: Annotated[list[Annotated[str, Meta(max_length=255, pattern=PLAIN)]], Meta(max_length=MOST)]


class Names(msgspec.Struct, frozen=True):
    """Display names by user id, of those who have one."""

    names: dict[str, str]


class GrantsQuery(PageQuery, frozen=True, kw_only=True):
    """Which roles that were given; `department` empty: those for the whole organisation."""

    role: Role | None = None
    department: Text | None = None


class Grants(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of roles that were given."""

    roles: list[Grant]
    next_batch: str | None = None


class RoleQuery(msgspec.Struct, frozen=True, kw_only=True):
    """For which department a role is; empty: the whole organisation."""

    department: Text = ""


class Held(msgspec.Struct, frozen=True):
    """Where somebody has a permission."""

    everywhere: bool
    departments: list[str]


class Own(msgspec.Struct, frozen=True):
    """Who the requester is, and what they may do."""

    person: Person
    roles: list[dict[str, str]]
    permissions: dict[str, Held]


class HeldRole(msgspec.Struct, frozen=True):
    """A role that somebody has; no department: everywhere."""

    role: Role
    department_id: str


class Page(msgspec.Struct, frozen=True):
    """A page of the console, and the permissions of which one is needed for it."""

    id: str
    permissions: list[str]


class Console(msgspec.Struct, frozen=True):
    """Who the requester is at the console, what they may do, and the pages that they may see: customers none."""

    person: Person
    server_name: str
    roles: list[HeldRole]
    permissions: dict[str, Held]
    pages: list[Page]


def held(scopes: Mapping[str, Scope]) -> dict[str, Held]:
    """Permissions with where they are held, as they are answered."""
    return {name: Held(scope.is_everywhere, sorted(scope.departments)) for name, scope in scopes.items()}


class Declared(msgspec.Struct, frozen=True):
    """A permission, and the roles that permit it."""

    description: str
    roles: list[Role]


class ContactsQuery(PageQuery, frozen=True, kw_only=True):
    """Which contacts."""

    past: Annotated[bool, Meta(description="Also those that have ended.")] = False


class Contacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of contacts."""

    contacts: list[Contact]
    next_batch: str | None = None


class ContactBody(msgspec.Struct, frozen=True, kw_only=True):
    """Why two people become contacts, or no longer are."""

    reason: Reason = ""


class AuditEntries(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of the audit log, newest first."""

    entries: list[AuditEntry]
    next_batch: str | None = None


class NoteBody(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be noted: a text, which may have several lines."""

    body: Annotated[str, Meta(min_length=1, max_length=5000, pattern=r"\A[^\x00]*\Z")]


class Notes(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of notes about a customer, the newest first."""

    notes: list[Note]
    next_batch: str | None = None
