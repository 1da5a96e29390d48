"""Pure decisions: which role permits what, and what a tree of departments and a person may look like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from roomkeeper.core.organisation.models import EVERYWHERE, Contact, Department, Grant, Person, Role
from roomkeeper.platform.errors import InvalidParameter, NotFound

MOST_LEVELS = 20
"""How deep departments may lie."""
MOST_SKILLS = 50
MOST_DEPARTMENTS = 50
"""Departments that one person belongs to."""
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


class Permission(msgspec.Struct, frozen=True):
    """Something that not everybody may do: what it is, and the roles that permit it. The owner may do everything."""

    description: str
    roles: frozenset[Role]


class Scope(msgspec.Struct, frozen=True):
    """Where somebody has a permission: everywhere, or in some departments."""

    is_everywhere: bool
    departments: frozenset[str]

    def __bool__(self) -> bool:
        return self.is_everywhere or bool(self.departments)

    def includes(self, department_ids: Iterable[str]) -> bool:
        """Whether one of these departments is in it; who belongs to none is only found everywhere."""
        return self.is_everywhere or not self.departments.isdisjoint(department_ids)


NOWHERE = Scope(False, frozenset())
ALL = Scope(True, frozenset())


def permission(description: str, *roles: Role) -> Permission:
    """A permission of these roles, and of the owner."""
    return Permission(description, frozenset({"owner", *roles}))


PERMISSIONS: Mapping[str, Permission] = {
    "departments.read": permission("See the departments.", "supervisor", "staff"),
    "departments.write": permission("Make, change and remove departments."),
    "people.read": permission("See people and their departments.", "supervisor", "staff", "records_officer"),
    "people.write": permission("Make and change people, and who belongs to which department."),
    "people.import": permission("Make and change people with a file."),
    "roles.read": permission("See who has which role.", "supervisor"),
    "roles.write": permission("Give and take roles."),
    "contacts.read": permission("See who is whose contact, also in the past.", "supervisor"),
    "contacts.write": permission("Make people contacts, and end that.", "supervisor"),
    "provisioning.read": permission("See the tokens with which other systems provision people."),
    "provisioning.write": permission("Make and revoke these."),
    "sessions.read": permission("See the sessions of customers with others.", "supervisor", "records_officer"),
    "sessions.write": permission(
        "Give sessions to somebody, close and reopen them; make links to departments and people.", "supervisor"
    ),
    "routing.read": permission("See whom customers are sent to, and how queues are given out.", "supervisor"),
    "routing.write": permission("Say how queues are given out; everywhere: whom customers are sent to.", "supervisor"),
    "settings.read": permission("See the settings that the server runs with."),
    "health.read": permission("See how the server is, and its figures.", "support_engineer"),
    "overview.read": permission(
        "See the overview of the console, with what one may see of each part.",
        "supervisor",
        "moderator",
        "records_officer",
        "safety_officer",
        "support_engineer",
    ),
    "audit.read": permission("Read the audit log.", "records_officer"),
    "accounts.read": permission("See the accounts of this server."),
    "accounts.write": permission("Make, lock, suspend and close accounts, and set passwords."),
    "registration_tokens.read": permission("See the tokens with which accounts can be made."),
    "registration_tokens.write": permission("Make and revoke these."),
    "reports.read": permission("Read what users have reported.", "moderator"),
    "notices.send": permission("Send server notices."),
    "jobs.read": permission("See what long jobs there are and how far they are.", "supervisor"),
    "jobs.write": permission("Pause, resume and cancel jobs."),
    "retention.read": permission("See how long messages are kept.", "records_officer"),
    "retention.write": permission("Say how long messages are kept.", "records_officer"),
    "rooms.purge": permission("Remove rooms with all that was said in them."),
    "media.cleanup": permission("Have files removed that nothing refers to."),
    "appservices.read": permission("See the bridges and how they are."),
    "appservices.write": permission("Have a bridge asked again at once."),
}
"""The permissions of the core; capabilities add theirs."""


class Tree:
    """The departments, as they lie under one another."""

    def __init__(self, departments: Iterable[Department]) -> None:
        self.departments = {department.department_id: department for department in departments}
        self._children: dict[str | None, list[str]] = {}
        for department in self.departments.values():
            self._children.setdefault(department.parent_id, []).append(department.department_id)

    def get(self, department_id: str) -> Department:
        """One department. Raises `NotFound`."""
        try:
            return self.departments[department_id]
        except KeyError:
            raise NotFound(f"There is no department {department_id}.") from None

    def children(self, department_id: str | None) -> list[str]:
        """The departments directly under one."""
        return self._children.get(department_id, [])

    def under(self, department_id: str) -> set[str]:
        """A department with all that lie under it."""
        found, waiting = set(), [department_id]
        while waiting:
            each = waiting.pop()
            found.add(each)
            waiting += self._children.get(each, ())
        return found

    def above(self, department_id: str) -> list[str]:
        """A department with all above it, the nearest first."""
        found = []
        each: str | None = department_id
        while each is not None:
            found.append(each)
            each = self.departments[each].parent_id
        return found

    def height(self, department_id: str) -> int:
        """How many levels a department has, itself included."""
        return 1 + max((self.height(child) for child in self.children(department_id)), default=0)

    def check_move(self, department_id: str | None, parent_id: str | None) -> None:
        """Whether a department (`None`: a new one) may lie under another. Raises `NotFound`, `InvalidParameter`."""
        if parent_id is None:
            return
        self.get(parent_id)
        if department_id is not None and parent_id in self.under(department_id):
            raise InvalidParameter("A department cannot lie under itself.")
        levels = 1 if department_id is None else self.height(department_id)
        if len(self.above(parent_id)) + levels > MOST_LEVELS:
            raise InvalidParameter(f"Departments can lie {MOST_LEVELS} levels deep at most.")


def roles_of(person: Person, grants: Iterable[Grant]) -> list[tuple[Role, str]]:
    """The roles of somebody, each with its department. Who has left has none; a customer cannot have been given any."""
    if person.state == "departed":
        return []
    if person.kind == "customer":
        return [("customer", EVERYWHERE)]
    own: list[tuple[Role, str]] = [("staff", EVERYWHERE)] if person.kind == "staff" else []
    return own + [(grant.role, grant.department_id) for grant in grants]


def scope_of(wanted: Permission, roles: Iterable[tuple[Role, str]], tree: Tree) -> Scope:
    """Where these roles permit something."""
    departments: set[str] = set()
    for role, department_id in roles:
        if role not in wanted.roles:
            continue
        if department_id == EVERYWHERE:
            return ALL
        if department_id in tree.departments:
            departments |= tree.under(department_id)
    return Scope(False, frozenset(departments))


def check_person(person: Person) -> None:
    """Whether what is said of a person can be. Raises `InvalidParameter`."""
    if person.email and not EMAIL.fullmatch(person.email):
        raise InvalidParameter(f"{person.email!r} is no e-mail address.")
    if person.kind == "customer" and (person.departments or person.state != "active"):
        raise InvalidParameter("A customer belongs to no department, is not on leave, and does not depart.")
    if len(person.skills) > MOST_SKILLS or len(person.departments) > MOST_DEPARTMENTS:
        raise InvalidParameter(f"At most {MOST_SKILLS} skills and {MOST_DEPARTMENTS} departments.")


def availability(person: Person) -> tuple[object, ...]:
    """What decides which sessions somebody gets, besides whether they are there."""
    return person.kind, person.session_limit, person.departments, person.language


def search_text(person: Person) -> str:
    """What people are found by, in one form for upper and lower case."""
    parts = (person.user_id, person.display_name, person.user_name or "", person.email, person.title)
    return " ".join(part.casefold() for part in parts if part)


def cursor_of(contact: Contact, user_id: str) -> tuple[str, int]:
    """Where a contact stands in the list of one of the two: the other's user id, and since when."""
    other = contact.staff_id if contact.customer_id == user_id else contact.customer_id
    return other, contact.since_ts
