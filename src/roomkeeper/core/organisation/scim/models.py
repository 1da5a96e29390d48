"""Tokens for provisioning, filters as they were parsed, and what is kept of people for other systems."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

CORE = "urn:ietf:params:scim:schemas:core:2.0:"
USER = f"{CORE}User"
GROUP = f"{CORE}Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"

Operator = Literal["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]
Resource = dict[str, Any]
"""A SCIM resource as JSON has it."""


class Compare(msgspec.Struct, frozen=True):
    """``path op value``. Paths are in lower case, such as ``name.familyname``, ``enterprise:manager.value``."""

    path: str
    op: Operator
    value: Any


class Present(msgspec.Struct, frozen=True):
    """``path pr``."""

    path: str


class Negation(msgspec.Struct, frozen=True):
    """``not (…)``."""

    of: Filter


class Junction(msgspec.Struct, frozen=True):
    """``… and …``, or ``… or …``."""

    is_and: bool
    of: tuple[Filter, ...]


class Within(msgspec.Struct, frozen=True):
    """``path[…]``: one value of the attribute has all that."""

    path: str
    of: Filter


Filter = Compare | Present | Negation | Junction | Within


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is asked for; see RFC 7644 §3.4.2. `start_index` counts from 1."""

    filter: Filter | None = None
    start_index: int = 1
    count: int = 100
    sort_by: str = ""
    descending: bool = False
    attributes: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


class Found(msgspec.Struct, frozen=True):
    """A page of a list, and how many there are in all."""

    total: int
    resources: list[Resource]


class Details(msgspec.Struct, frozen=True):
    """What of a user is kept as it came: attributes that are no part of a person. Keys are without regard to case."""

    content: Resource
    emails: tuple[str, ...] = ()
    given_name: str = ""
    family_name: str = ""
    formatted_name: str = ""
    employee_number: str = ""


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token for provisioning, without its secret. Times are in milliseconds."""

    name: str
    created_ts: int
    created_by: str
    expires_ts: int | None = None
    last_used_ts: int | None = None
    last_used_ip: str | None = None
