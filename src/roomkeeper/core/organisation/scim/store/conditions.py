"""Filters as SQL, as far as there are columns for what they compare."""

from __future__ import annotations

from typing import Any, NamedTuple

from roomkeeper.core.organisation.scim import models
from roomkeeper.core.organisation.scim.errors import Refused
from roomkeeper.core.organisation.scim.models import Filter
from roomkeeper.core.organisation.scim.rules import milliseconds

ORDER = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}


class Column(NamedTuple):
    """Where an attribute is; `folded`: without regard to case."""

    sql: str
    folded: bool = True


COLUMNS = {
    "username": Column("p.user_name_key"),
    "displayname": Column("p.display_name_key"),
    "externalid": Column("p.external_id", folded=False),
    "id": Column("p.user_id", folded=False),
    "name.givenname": Column("d.given_name"),
    "name.familyname": Column("d.family_name"),
    "name.formatted": Column("d.formatted_name"),
    "enterprise:employeenumber": Column("d.employee_number"),
}
TIMES = {"meta.created": "p.created_ts", "meta.lastmodified": "p.updated_ts"}
EMAILS = ("emails", "emails.value")
GROUPS = ("groups", "groups.value")
SORTED_BY = {
    **{path: column.sql for path, column in COLUMNS.items()},
    **TIMES,
    "emails": "p.email_key",
    "emails.value": "p.email_key",
    "active": "p.state",
    "title": "p.title",
    "": "p.user_id",
}


class Condition:
    """A condition with its parameters, the first of which is ``$1``."""

    def __init__(self) -> None:
        self.parameters: list[Any] = []
        self.sql = "1 = 1"
        self.is_whole = True
        """Whether the SQL is all of the filter: what it lets through must else be looked at."""

    @property
    def needs_details(self) -> bool:
        """Whether the table of details is in it."""
        return "d." in self.sql

    def parameter(self, value: Any) -> str:
        """A place for a value."""
        self.parameters.append(value)
        return f"${len(self.parameters)}"


def condition_of(found: Filter | None) -> Condition:
    """The condition of a filter, or of as much of it as narrows what must be looked at. Raises `Refused`."""
    condition = Condition()
    if found is None:
        return condition
    terms = found.of if isinstance(found, models.Junction) and found.is_and else (found,)
    parts = []
    for term in terms:
        mark = len(condition.parameters)
        sql = _translated(term, condition)
        if sql is None:
            del condition.parameters[mark:]
            condition.is_whole = False
        else:
            parts.append(f"({sql})")
    condition.sql = " AND ".join(parts) or "1 = 1"
    return condition


def _translated(found: Filter, condition: Condition) -> str | None:
    """The SQL of a filter; `None` where a part of it has none."""
    if isinstance(found, models.Junction):
        parts = [_translated(each, condition) for each in found.of]
        known = [part for part in parts if part is not None]
        return f" {'AND' if found.is_and else 'OR'} ".join(f"({part})" for part in known) if known == parts else None
    if isinstance(found, models.Negation):
        inner = _translated(found.of, condition)
        return None if inner is None else _not(inner)
    if isinstance(found, models.Within):
        return None
    if isinstance(found, models.Present):
        return _present(found)
    return _compared(found, condition)


def _not(sql: str) -> str:
    return f"NOT COALESCE(({sql}), 1 = 0)"


def _present(found: models.Present) -> str | None:
    if found.path in ("active", "meta.created", "meta.lastmodified", "meta"):
        return "1 = 1"
    if found.path in EMAILS:
        return "p.email_key <> ''"
    column = COLUMNS.get(found.path)
    # A display name may have been made of the parts of the name.
    if column is None or found.path == "displayname":
        return None
    return f"COALESCE({column.sql}, '') <> ''"


def _compared(found: models.Compare, condition: Condition) -> str | None:
    if found.op == "ne":
        inner = _compared(models.Compare(found.path, "eq", found.value), condition)
        return None if inner is None else _not(inner)
    if found.path == "active":
        if found.op != "eq" or not isinstance(found.value, bool):
            raise Refused("active is compared with eq or ne, and true or false.", "invalidFilter")
        return "p.state <> 'departed'" if found.value else "p.state = 'departed'"
    if found.path in TIMES:
        return _time(found, condition)
    if not isinstance(found.value, str):
        return None
    if found.path in EMAILS:
        main = _text(Column("p.email_key"), found, condition)
        return f"{main} OR p.user_id IN (SELECT e.user_id FROM person_emails e WHERE {main.replace('p.', 'e.')})"
    if found.path in GROUPS and found.op == "eq":
        place = condition.parameter(found.value)
        return f"p.user_id IN (SELECT m.user_id FROM department_members m WHERE m.department_id = {place})"
    column = COLUMNS.get(found.path)
    return None if column is None else _text(column, found, condition)


def _time(found: models.Compare, condition: Condition) -> str:
    operator = {"eq": "=", **ORDER}.get(found.op)
    if operator is None:
        raise Refused("A time is compared with eq, ne, gt, ge, lt or le.", "invalidFilter")
    return f"{TIMES[found.path]} {operator} {condition.parameter(milliseconds(found.value))}"


def _text(column: Column, found: models.Compare, condition: Condition) -> str:
    value = found.value.casefold() if column.folded else found.value
    if found.op == "eq":
        return f"{column.sql} = {condition.parameter(value)}"
    if found.op in ORDER:
        return f"{column.sql} {ORDER[found.op]} {condition.parameter(value)}"
    escaped = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = {"co": f"%{escaped}%", "sw": f"{escaped}%", "ew": f"%{escaped}"}[found.op]
    return f"{column.sql} LIKE {condition.parameter(pattern)} ESCAPE '\\'"
