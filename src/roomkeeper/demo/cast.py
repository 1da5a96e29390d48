"""Who is there: departments, staff, customers. They are called by what they do."""

from __future__ import annotations

import msgspec

SALES, SHOP, SUPPORT = "Sales", "Online shop", "Support"
CHINESE = (5, 8, 11, 14, 16, 19, 21)
"""Customers who write Chinese."""
CUSTOMERS = 24


class Department(msgspec.Struct, frozen=True):
    """A department, the one above it, and how it gives out its sessions."""

    name: str
    parent: str = ""
    strategy: str = "least_loaded"


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the organisation. `limit`: sessions that they take."""

    user: str
    name: str
    title: str = ""
    kind: str = "staff"
    language: str = "en"
    departments: tuple[str, ...] = ()
    limit: int | None = None
    roles: tuple[str, ...] = ()


class Customer(msgspec.Struct, frozen=True):
    """A customer."""

    user: str
    name: str
    language: str


DEPARTMENTS = (
    Department(SALES, strategy="language"),
    Department(SHOP, parent=SALES),
    Department(SUPPORT, strategy="round_robin"),
)


def _sales(number: int, limit: int, language: str = "en", *more: str) -> Member:
    return Member(
        user=f"desk{number}",
        name=f"Sales desk {number}",
        title="Sales",
        language=language,
        departments=(SALES, *more),
        limit=limit,
    )


def _support(number: int, limit: int, language: str = "en") -> Member:
    return Member(
        user=f"help{number}",
        name=f"Support desk {number}",
        title="Support",
        language=language,
        departments=(SUPPORT,),
        limit=limit,
    )


STAFF = (
    Member(user="owner", name="Owner", title="Owns this server", roles=("owner",)),
    Member(user="supervisor", name="Supervisor", title="Head of sales and support", roles=("supervisor",)),
    Member(user="moderator", name="Moderator", title="Reads reports", roles=("moderator",)),
    Member(user="officer", name="Safety officer", title="Safety", roles=("safety_officer",)),
    Member(user="records", name="Records officer", title="Records", roles=("records_officer",)),
    Member(user="engineer", name="Support engineer", title="Repairs what is broken", roles=("support_engineer",)),
    Member(user="example", name="Example organisation", kind="organisation"),
    _sales(1, 3),
    _sales(2, 3),
    _sales(3, 12, "en", SHOP),
    _sales(4, 4, "zh"),
    _sales(5, 3),
    _support(1, 2),
    _support(2, 2),
    _support(3, 1, "zh"),
    _support(4, 1),
)
DEPARTED, ON_LEAVE = "desk2", "desk5"


def _customer(number: int) -> Customer:
    if number in CHINESE:
        return Customer(f"customer{number}", f"客户 {number}", "zh")
    return Customer(f"customer{number}", f"Customer {number}", "en")


PEOPLE = tuple(_customer(number) for number in range(1, CUSTOMERS + 1))
SIGN_INS = (
    ("owner", "owner: everything there is"),
    ("supervisor", "supervisor: sessions and queues of all departments"),
    ("desk3", "staff: Sales desk 3, answers the online shop"),
    ("officer", "safety officer: the event that is under way"),
    ("customer12", "customer, in a session with Sales desk 3"),
    ("customer6", "customer whose Sales desk 2 has left: asked whom to go on with"),
)
"""Those whom visitors of the demo are invited to be; the others have the same password."""
