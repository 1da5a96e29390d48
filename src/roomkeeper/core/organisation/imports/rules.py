"""Pure decisions: what a row says of a person."""

from __future__ import annotations

import re
from collections.abc import Mapping

from roomkeeper.core.organisation.imports.models import Candidate, Options, Row, RowError
from roomkeeper.core.organisation.models import KINDS, State
from roomkeeper.core.organisation.people import Draft
from roomkeeper.core.organisation.rules import MOST_DEPARTMENTS, MOST_SKILLS, Tree
from roomkeeper.platform.errors import InvalidParameter

LONGEST = 200
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
STATES: Mapping[str, State] = {
    "": "active",
    "active": "active",
    "true": "active",
    "yes": "active",
    "1": "active",
    "enabled": "active",
    "on_leave": "on_leave",
    "on leave": "on_leave",
    "departed": "departed",
    "inactive": "departed",
    "false": "departed",
    "no": "departed",
    "0": "departed",
    "disabled": "departed",
}


def candidate_of(row: Row, options: Options) -> Candidate | RowError:
    """A row, understood, or what is wrong with it."""
    name = row.values.get("user_name") or row.values.get("localpart") or ""
    try:
        return _candidate(row, name, options)
    except InvalidParameter as error:
        return RowError(row.line, name[:LONGEST], str(error))


def _candidate(row: Row, name: str, options: Options) -> Candidate:
    values = row.values
    for field, value in values.items():
        if field not in ("departments", "skills") and (len(value) > LONGEST or CONTROL.search(value)):
            raise InvalidParameter(f"{field} must be a line of {LONGEST} characters at most.")
    if not name:
        raise InvalidParameter("The user name is missing.")
    draft: dict[str, object] = {field: values[field] for field in ("email", "title") if field in values}
    display_name = values.get("display_name") or " ".join(
        part for part in (values.get("given_name"), values.get("family_name")) if part
    )
    if display_name or "display_name" in values:
        draft["display_name"] = display_name
    if values.get("user_name"):
        draft["user_name"] = values["user_name"]
    if "external_id" in values:
        draft["external_id"] = values["external_id"] or None
    draft |= _understood(values, options)
    departments = None if "departments" not in values else _listed("departments", values["departments"])
    return Candidate(
        row.line, name, values.get("user_name") or None, values.get("localpart") or None, Draft(**draft), departments
    )


def _understood(values: Mapping[str, str], options: Options) -> dict[str, object]:
    """The fields that are more than text. Raises `InvalidParameter`."""
    found: dict[str, object] = {}
    if "language" in values:
        language = values["language"].replace("_", "-")
        if language and not (len(language) <= 35 and LANGUAGE.fullmatch(language)):
            raise InvalidParameter(f"language must be a tag such as en or de-AT, not {language!r}.")
        found["language"] = language
    if "skills" in values:
        found["skills"] = _listed("skills", values["skills"])
    if "session_limit" in values:
        found["session_limit"] = _limit(values["session_limit"])
    if "state" in values:
        state = STATES.get(values["state"].lower())
        if state is None:
            raise InvalidParameter(f"state must be active, on_leave or departed, not {values['state']!r}.")
        found["state"] = state
    if values.get("kind"):
        kind = values["kind"].lower()
        if kind not in KINDS or kind == "customer":
            raise InvalidParameter(f"kind must be staff, organisation or bot, not {kind!r}.")
        found["kind"] = kind
    elif options.kind != "staff":
        found["kind"] = options.kind
    return found


def _limit(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 8 and int(text) <= 1_000_000):
        raise InvalidParameter("session_limit must be a number from 0 to 1000000.")
    return int(text)


def _listed(field: str, text: str) -> tuple[str, ...]:
    """Several values in one: ``a; b``."""
    values = tuple(dict.fromkeys(part.strip() for part in text.split(";") if part.strip()))
    most = MOST_SKILLS if field == "skills" else MOST_DEPARTMENTS
    longest = 100 if field == "skills" else LONGEST * 20
    if len(values) > most or any(len(value) > longest or CONTROL.search(value) for value in values):
        raise InvalidParameter(f"{field} are {most} at most, with a semicolon between them, {longest} characters each.")
    return values


def parts_of(path: str) -> list[str]:
    """The names in ``Sales/North``. Raises `InvalidParameter`."""
    parts = [part.strip() for part in path.split("/")]
    if not all(parts) or any(len(part) > LONGEST for part in parts):
        raise InvalidParameter(f"{path!r} is no path of departments such as Sales/North.")
    return parts


def found_in(tree: Tree, path: str) -> tuple[str | None, list[str]]:
    """The department that a path leads to as far as it is there (`None`: nowhere), and the names that are not there."""
    parent: str | None = None
    parts = parts_of(path)
    for number, name in enumerate(parts):
        key = name.casefold()
        children = (tree.departments[each] for each in tree.children(parent))
        child = next((each.department_id for each in children if each.name.casefold() == key), None)
        if child is None:
            return parent, parts[number:]
        parent = child
    return parent, []
