"""Pure decisions: which Matrix name a user name gets, what of a resource is a person's, what a filter lets through."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec

from roomkeeper.core.organisation.models import Department, Person
from roomkeeper.core.organisation.people import Draft
from roomkeeper.core.organisation.rules import Tree
from roomkeeper.core.organisation.scim import models
from roomkeeper.core.organisation.scim.errors import Refused
from roomkeeper.core.organisation.scim.models import ENTERPRISE, GROUP, USER, Details, Filter, Resource
from roomkeeper.platform.errors import InvalidParameter

MOST_TEXT = 200
MOST_CONTENT = 64 * 1024
"""Bytes of what is kept of a user besides what is a person's."""
MOST_EMAILS = 50
LONGEST_LOCALPART = 64
NOT_IN_LOCALPART = re.compile(r"[^a-z0-9._-]+")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
OWN = frozenset({"schemas", "id", "meta", "groups", "userName", "title", "active", "externalId", "password"})
"""Attributes of a user that are a person's: they are not kept a second time."""
ALWAYS = frozenset({"schemas", "id"})
HIDDEN = "activeIsUnset"
"""Kept with the details where a client has taken ``active`` away: it is not told, and stays what it is."""
DERIVED = "derivedName"
"""Kept with the details: the name that was made of its parts, where no display name was given."""


# ------------------------------------------------------------ names


def localpart_of(user_name: str) -> str:
    """The part of a Matrix user id that a user name gets.

    What stands before the last ``@``; accents are taken off, letters made small, and all but ``a-z 0-9 . _ -`` becomes
    one hyphen. What nothing is left of is called ``user``. (Where that is taken, a number follows.)
    """
    name = user_name.rpartition("@")[0] or user_name
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    found = NOT_IN_LOCALPART.sub("-", plain).strip("-._")[:LONGEST_LOCALPART].rstrip("-._")
    return found or "user"


def check_text(name: str, value: Any) -> str:
    """A line of text. Raises `Refused`."""
    if not isinstance(value, str) or len(value) > MOST_TEXT or CONTROL.search(value):
        raise Refused(f"{name} must be a line of {MOST_TEXT} characters at most.", "invalidValue")
    return value


def location(base: str, kind: str, identifier: str) -> str:
    """Where a resource is."""
    return f"{base}/{kind}s/{quote(identifier, safe='@:')}"


def timestamp(ts: int) -> str:
    """Milliseconds since the epoch as RFC 7643 §2.3.5 has a dateTime."""
    text = datetime.fromtimestamp(ts / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def milliseconds(value: Any) -> int:
    """A dateTime as milliseconds since the epoch. Raises `Refused`."""
    try:
        moment = datetime.fromisoformat(str(value))
        return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise Refused(f"{value!r} is no date with time.", "invalidFilter") from None


def is_match(header: str | None, etag: str) -> bool:
    """Whether an ``If-Match`` or ``If-None-Match`` names this version: weak comparison. RFC 9110 §8.8.3.2"""
    if header is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or etag.removeprefix("W/") in tags


# ------------------------------------------------------------ users


def user_etag(person: Person) -> str:
    """The version of a user."""
    return f'W/"{person.version}"'


def user_resource(person: Person, content: Resource, tree: Tree, base: str) -> Resource:
    """A person as SCIM tells of them."""
    kept = dict(content)
    is_told = not kept.pop(HIDDEN, False)
    derived, language, emails = kept.pop(DERIVED, None), kept.pop("preferredLanguage", None), kept.pop("emails", None)
    found: Resource = {
        "schemas": [USER, ENTERPRISE] if ENTERPRISE in kept else [USER],
        "id": person.user_id,
        "userName": person.user_name,
        **kept,
    }
    if is_told:
        found["active"] = person.state != "departed"
    if person.external_id is not None:
        found["externalId"] = person.external_id
    if person.display_name and person.display_name != derived:
        found["displayName"] = person.display_name
    if person.title:
        found["title"] = person.title
    spoken = language if language is not None and language_of(language) == person.language else person.language
    if spoken:
        found["preferredLanguage"] = spoken
    if emails is not None and main_email(emails) == person.email:
        found["emails"] = emails
    elif person.email:
        found["emails"] = [{"value": person.email, "primary": True}]
    groups = [_group_of(tree.departments[each], base) for each in person.departments if each in tree.departments]
    if groups:
        found["groups"] = groups
    found["meta"] = {
        "resourceType": "User",
        "created": timestamp(person.created_ts),
        "lastModified": timestamp(person.updated_ts),
        "location": location(base, "User", person.user_id),
        "version": user_etag(person),
    }
    return found


def _group_of(department: Department, base: str) -> Resource:
    where = location(base, "Group", department.department_id)
    return {"value": department.department_id, "$ref": where, "display": department.name, "type": "direct"}


def draft_of(resource: Resource, before: Person | None) -> tuple[Draft, Details]:
    """What a resource says of a person, and what else is to be kept. Raises `Refused`."""
    user_name = check_text("userName", resource.get("userName", ""))
    if not user_name.strip():
        raise Refused("userName must not be empty.", "invalidValue")
    content = {name: value for name, value in resource.items() if name not in OWN and name != "displayName"}
    display_name = check_text("displayName", resource.get("displayName", ""))
    if not display_name:
        display_name = _derived(content.get("name") or {})
        if display_name:
            content[DERIVED] = display_name
    if before is not None and resource.get("active") is None:
        content[HIDDEN] = True
    external_id = resource.get("externalId")
    draft = Draft(
        state=_state(resource.get("active"), before),
        user_name=user_name,
        display_name=display_name,
        title=check_text("title", resource.get("title", "")),
        email=check_text("emails.value", main_email(content.get("emails") or [])),
        language=language_of(content.get("preferredLanguage", "")),
        external_id=None if external_id is None else check_text("externalId", external_id),
    )
    return draft, _details(content)


def _state(active: Any, before: Person | None) -> Any:
    """Who is not active has departed; who is stays on leave, and comes back where they had departed."""
    if active is False:
        return "departed"
    if active is None:
        return msgspec.UNSET
    return "active" if before is None or before.state == "departed" else before.state


def _derived(name: Resource) -> str:
    parts = (name.get("givenName"), name.get("familyName"))
    text = name.get("formatted") or " ".join(part for part in parts if part)
    return check_text("name", text)


def _details(content: Resource) -> Details:
    if len(msgspec.json.encode(content)) > MOST_CONTENT:
        raise Refused(f"A user has {MOST_CONTENT} bytes at most.", "invalidValue")
    name, enterprise = content.get("name") or {}, content.get(ENTERPRISE) or {}
    emails = [each["value"] for each in content.get("emails") or [] if each.get("value")]
    if len(emails) > MOST_EMAILS:
        raise Refused(f"A user has {MOST_EMAILS} e-mail addresses at most.", "invalidValue")
    return Details(
        content,
        emails=tuple(sorted({check_text("emails.value", email).casefold() for email in emails})),
        given_name=check_text("name.givenName", name.get("givenName") or "").casefold(),
        family_name=check_text("name.familyName", name.get("familyName") or "").casefold(),
        formatted_name=check_text("name.formatted", name.get("formatted") or "").casefold(),
        employee_number=check_text("employeeNumber", enterprise.get("employeeNumber") or "").casefold(),
    )


def main_email(emails: Sequence[Resource]) -> str:
    """The primary address, or else the first."""
    values = [each for each in emails if each.get("value")]
    chosen = next((each for each in values if each.get("primary")), values[0] if values else {})
    return str(chosen.get("value", ""))


def language_of(text: str) -> str:
    """A preferred language as a language tag; empty where it is none (``en;q=0.5, de``)."""
    tag = text.replace("_", "-")
    return tag if len(tag) <= 35 and LANGUAGE.fullmatch(tag) else ""


# ------------------------------------------------------------ groups


def group_resource(department: Department, base: str) -> Resource:
    """A department as SCIM tells of it, without its members."""
    found: Resource = {
        "schemas": [GROUP],
        "id": department.department_id,
        "displayName": department.name,
        "meta": {
            "resourceType": "Group",
            "created": timestamp(department.created_ts),
            "lastModified": timestamp(department.updated_ts),
            "location": location(base, "Group", department.department_id),
        },
    }
    if department.external_id is not None:
        found["externalId"] = department.external_id
    return found


def member(person: Person, base: str) -> Resource:
    """A person as a member of a group."""
    return {"value": person.user_id, "$ref": location(base, "User", person.user_id), "type": "User"}


# ------------------------------------------------------------ attributes


def projected(resource: Resource, attributes: Sequence[str], excluded: Sequence[str]) -> Resource:
    """What of a resource is asked for. RFC 7644 §3.9"""
    if attributes:
        wanted = _tree_of(attributes)
        return {name: resource[name] for name in ALWAYS if name in resource} | _picked(resource, wanted)
    if excluded:
        return _without(resource, _tree_of(excluded), top=True)
    return resource


def _tree_of(paths: Iterable[str]) -> dict[str, set[str]]:
    """The paths as attributes, each with its sub-attributes; none: all of it."""
    found: dict[str, set[str]] = {}
    for path in paths:
        name, sub = _split(path.strip())
        if name in found and not found[name]:
            continue
        if sub:
            found.setdefault(name, set()).add(sub)
        else:
            found[name] = set()
    return found


def _split(path: str) -> tuple[str, str]:
    lowered = path.lower()
    for schema in (USER.lower(), GROUP.lower()):
        lowered = lowered.removeprefix(f"{schema}:")
    if lowered.startswith(ENTERPRISE.lower()):
        return ENTERPRISE.lower(), lowered[len(ENTERPRISE) :].lstrip(":").partition(".")[0]
    name, _, sub = lowered.partition(".")
    return name, sub


def _picked(resource: Resource, wanted: dict[str, set[str]]) -> Resource:
    found: Resource = {}
    for name, value in resource.items():
        subs = wanted.get(name.lower())
        if subs is None:
            continue
        found[name] = value if not subs else _each(value, lambda inner, subs=subs: _only(inner, subs))
    return found


def _without(resource: Resource, excluded: dict[str, set[str]], *, top: bool) -> Resource:
    found: Resource = {}
    for name, value in resource.items():
        subs = excluded.get(name.lower())
        if subs is None or (top and name in ALWAYS):
            found[name] = value
        elif subs:
            found[name] = _each(value, lambda inner, subs=subs: _but(inner, subs))
    return found


def _only(value: Resource, names: set[str]) -> Resource:
    return {name: each for name, each in value.items() if name.lower() in names}


def _but(value: Resource, names: set[str]) -> Resource:
    return {name: each for name, each in value.items() if name.lower() not in names}


def _each(value: Any, change: Any) -> Any:
    if isinstance(value, list):
        return [change(each) if isinstance(each, dict) else each for each in value]
    return change(value) if isinstance(value, dict) else value


# ------------------------------------------------------------ filters


def matches(resource: Resource, found: Filter) -> bool:
    """Whether a filter lets a resource through. RFC 7644 §3.4.2.2"""
    if isinstance(found, models.Junction):
        together = all if found.is_and else any
        return together(matches(resource, each) for each in found.of)
    if isinstance(found, models.Negation):
        return not matches(resource, found.of)
    if isinstance(found, models.Within):
        return any(isinstance(each, dict) and matches(each, found.of) for each in values_at(resource, found.path))
    if isinstance(found, models.Present):
        return any(value not in (None, "", [], {}) for value in values_at(resource, found.path))
    values = [_plain(value) for value in values_at(resource, found.path)]
    if found.op == "ne":
        return not any(_compares(value, "eq", found) for value in values)
    return any(_compares(value, found.op, found) for value in values)


def values_at(resource: Resource, path: str) -> Iterator[Any]:
    """The values at a path of a filter."""
    if path.startswith("enterprise:"):
        resource, path = resource.get(ENTERPRISE) or {}, path.removeprefix("enterprise:")
    waiting: list[Any] = [resource]
    for name in path.split("."):
        found = [inner for each in waiting if isinstance(each, dict) for inner in _named(each, name)]
        waiting = [inner for each in found for inner in (each if isinstance(each, list) else [each])]
    yield from waiting


def _named(value: Resource, name: str) -> Iterator[Any]:
    for key, inner in value.items():
        if key.lower() == name:
            yield inner


def _plain(value: Any) -> Any:
    """What is compared of a value: of an object with a ``value``, that."""
    return value.get("value") if isinstance(value, dict) else value


EXACT = frozenset({"id", "externalid", "meta.location", "meta.version", "members.value", "groups.value", "members"})


def _compares(value: Any, operator: str, wanted: models.Compare) -> bool:
    other = wanted.value
    if isinstance(value, str) and isinstance(other, str):
        if wanted.path in ("meta.created", "meta.lastmodified"):
            return _ordered(milliseconds(value), operator, milliseconds(other))
        if wanted.path not in EXACT:
            value, other = value.casefold(), other.casefold()
        if operator in ("co", "sw", "ew"):
            return bool({"co": other in value, "sw": value.startswith(other), "ew": value.endswith(other)}[operator])
        return _ordered(value, operator, other)
    if operator == "eq" or isinstance(value, bool) or isinstance(other, bool):
        return operator == "eq" and value == other and type(value) is type(other)
    if isinstance(value, int | float) and isinstance(other, int | float):
        return _ordered(value, operator, other)
    return False


def _ordered(value: Any, operator: str, other: Any) -> bool:
    return bool(
        {
            "eq": value == other,
            "gt": value > other,
            "ge": value >= other,
            "lt": value < other,
            "le": value <= other,
        }.get(operator, False)
    )


def compared_values(found: Filter | None, paths: frozenset[str]) -> set[str]:
    """What a filter compares the values at some paths with."""
    if isinstance(found, models.Junction):
        return {value for each in found.of for value in compared_values(each, paths)}
    if isinstance(found, models.Negation):
        return compared_values(found.of, paths)
    if isinstance(found, models.Within) and found.path in paths:
        return compared_values(found.of, frozenset({"value"}))
    if isinstance(found, models.Compare) and found.path in paths and isinstance(found.value, str):
        return {found.value}
    return set()


def checked_name(name: str) -> str:
    """The name of a token. Raises `InvalidParameter`."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise InvalidParameter("A token's name has 1 to 64 of the characters a-z A-Z 0-9 . _ -")
    return name
