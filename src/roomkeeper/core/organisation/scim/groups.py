"""Groups: departments, with the people who belong to each itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote

import msgspec

from roomkeeper.core.organisation.departments import Departments
from roomkeeper.core.organisation.models import Department, Person
from roomkeeper.core.organisation.people import People
from roomkeeper.core.organisation.scim import models, rules
from roomkeeper.core.organisation.scim.errors import Refused, too_many
from roomkeeper.core.organisation.scim.models import Filter, Found, Resource, Search
from roomkeeper.core.organisation.store import departments as departments_store
from roomkeeper.platform.application import Application

MOST_MEMBERS = 20_000
"""Members that one answer has: more are not asked for without excludedAttributes=members."""
BATCH = 500
MEMBERS = frozenset({"members", "members.value"})
SORTED = ("", "id", "displayname", "externalid", "meta.created", "meta.lastmodified")


class Groups:
    """The groups of SCIM."""

    def __init__(self, app: Application, departments: Departments, people: People, base: str) -> None:
        self._app = app
        self._departments = departments
        self._people = people
        self._base = base

    # ------------------------------------------------------------ reading

    async def get(self, department_id: str, *, members: bool = True) -> Resource:
        """One group, with its members where they are asked for. Raises `NotFound`, `Refused`."""
        department = (await self._departments.tree()).get(department_id)
        resource = rules.group_resource(department, self._base)
        if members:
            await self._add_members([resource])
        return resource

    async def search(self, search: Search, *, members: bool) -> Found:
        """A page of groups. Raises `Refused`."""
        tree = await self._departments.tree()
        resources = [rules.group_resource(each, self._base) for each in tree.departments.values()]
        if search.filter is not None:
            await self._add_compared(resources, search.filter)
            resources = [resource for resource in resources if rules.matches(resource, search.filter)]
        if search.sort_by not in SORTED:
            raise Refused(f"Groups are sorted by one of: {', '.join(SORTED[1:])}.", "invalidValue")
        resources.sort(key=lambda resource: _sort_key(resource, search.sort_by), reverse=search.descending)
        start = search.start_index - 1
        shown = resources[start : start + search.count]
        for resource in shown:
            resource.pop("members", None)
        if members:
            await self._add_members(shown)
        return Found(len(resources), shown)

    async def _add_compared(self, resources: Sequence[Resource], found: Filter) -> None:
        """Give groups those members that a filter compares with, so that it can be asked."""
        for user_id in sorted(rules.compared_values(found, MEMBERS)):
            belongs = (await departments_store.departments_of(self._app.driver, [user_id])).get(user_id, ())
            for resource in resources:
                if resource["id"] in belongs:
                    resource.setdefault("members", []).append({"value": user_id})

    async def _add_members(self, resources: Sequence[Resource]) -> None:
        left = MOST_MEMBERS
        for resource in resources:
            ids = list(await self._departments.members(resource["id"], "", left + 1))
            left -= len(ids)
            if left < 0:
                raise too_many(f"These are more than {MOST_MEMBERS} members: ask with excludedAttributes=members.")
            people: dict[str, Person] = {}
            for start in range(0, len(ids), BATCH):
                people |= await self._people.find_several(ids[start : start + BATCH])
            shown = [people[user_id] for user_id in ids if user_id in people]
            members = [rules.member(person, self._base) for person in shown if person.user_name is not None]
            if members:
                resource["members"] = members
            resource["meta"]["version"] = group_etag(resource)

    # ------------------------------------------------------------ writing

    async def create(self, resource: Resource) -> Resource:
        """A new group, at the top of the tree. Raises `Refused`, `DepartmentInUse`, `InvalidParameter`."""
        name, external_id, wanted = _name_of(resource), _external_id_of(resource), _members_of(resource)
        await self._check_members(wanted)
        made = await self._departments.create(name, None, external_id)
        await self._departments.change_members(made.department_id, wanted, set())
        return await self.get(made.department_id)

    async def replace(self, department_id: str, resource: Resource, version: Callable[[str], None]) -> Resource:
        """Make a group what a resource says; members that it does not name belong to it no more."""
        before = await self.get(department_id)
        version(before["meta"]["version"])
        wanted = _members_of(resource)
        await self._check_members(wanted)
        await self._rename(department_id, resource)
        await self._departments.change_members(department_id, wanted, _members_of(before) - wanted)
        return await self.get(department_id)

    async def patch(
        self,
        department_id: str,
        operations: Sequence[Resource],
        patched: Callable[[Resource, list[Resource]], Resource],
        parsed: Callable[[str], Filter],
        version: Callable[[str], None] | None,
    ) -> None:
        """Do the operations of a PATCH; `patched` those that are not about members.

        Those are done without reading all of them: a group may be large.
        """
        before = await self.get(department_id, members=version is not None)
        if version is not None:
            version(before["meta"]["version"])
        before.pop("members", None)
        change, others = MemberChange(), []
        for operation in operations:
            rest = change.take(operation, parsed)
            if rest is not None:
                others.append(rest)
        await self._check_members(change.add)
        if others:
            await self._rename(department_id, patched(before, others))
        remove = change.remove
        if change.all_go:
            remove = remove | set(await self._departments.all_members(department_id, MOST_MEMBERS))
        if change.add or remove:
            await self._departments.change_members(department_id, change.add, remove - change.add)

    async def _rename(self, department_id: str, resource: Resource) -> Department:
        name, external_id = _name_of(resource), _external_id_of(resource)
        return await self._departments.change(department_id, name=name, external_id=external_id)

    async def _check_members(self, user_ids: set[str]) -> None:
        """Before anything is done. Raises `Refused`."""
        wanted = sorted(user_ids)
        for start in range(0, len(wanted), BATCH):
            known = await self._people.find_several(wanted[start : start + BATCH])
            for user_id in wanted[start : start + BATCH]:
                if user_id not in known or known[user_id].kind == "customer":
                    raise Refused(f"There is no user {user_id}.", "invalidValue")

    async def delete(self, department_id: str, version: Callable[[str], None] | None) -> None:
        """Remove a group; its people stay. Raises `NotFound`, `InvalidParameter`."""
        if version is not None:
            version((await self.get(department_id))["meta"]["version"])
        await self._departments.delete(department_id)


class MemberChange:
    """What operations do to the members of a group, taken one after the other."""

    def __init__(self) -> None:
        self.add: set[str] = set()
        self.remove: set[str] = set()
        self.all_go = False

    def take(self, operation: Resource, parsed: Callable[[str], Filter]) -> Resource | None:
        """Take an operation; what of it is not about members is given back. Raises `Refused`."""
        path, value = operation.get("path"), operation.get("value")
        if not path:
            if not isinstance(value, dict):
                return operation
            about = [name for name in value if name.lower() == "members"]
            for name in about:
                self._apply(operation["op"], value[name])
            rest = {name: each for name, each in value.items() if name not in about}
            return {**operation, "value": rest} if rest or not about else None
        lowered = str(path).lower().removeprefix(f"{models.GROUP.lower()}:")
        if lowered == "members":
            self._apply(operation["op"], value)
        elif lowered.startswith("members["):
            self._select(operation, str(path), parsed)
        elif lowered.startswith("members."):
            raise Refused("A member cannot be changed: remove it, and add another.", "mutability")
        else:
            return operation
        return None

    def _apply(self, op: str, value: Any) -> None:
        named = ids_of(value)
        if op == "remove" and not named:
            self.all_go, self.add, self.remove = True, set(), set()
        elif op == "remove":
            self.remove, self.add = self.remove | named, self.add - named
        elif op == "replace":
            self.all_go, self.add, self.remove = True, named, set()
        else:
            self.add, self.remove = self.add | named, self.remove - named

    def _select(self, operation: Resource, path: str, parsed: Callable[[str], Filter]) -> None:
        """``members[value eq "…"]``."""
        found = parsed(path)
        named = rules.compared_values(found, frozenset({"members"}))
        if operation["op"] != "remove" or not _is_choice(found):
            raise Refused('Members are chosen by members[value eq "…"], to remove them.', "invalidPath")
        self._apply("remove", [{"value": user_id} for user_id in named])


def _is_choice(found: Filter) -> bool:
    """Whether a filter says no more than which ids."""
    if not isinstance(found, models.Within):
        return False
    terms = found.of.of if isinstance(found.of, models.Junction) and not found.of.is_and else (found.of,)
    return all(isinstance(term, models.Compare) and (term.path, term.op) == ("value", "eq") for term in terms)


def ids_of(value: Any) -> set[str]:
    """The user ids that a value of ``members`` names. Raises `Refused`."""
    values = value if isinstance(value, list) else [] if value is None else [value]
    found = set()
    for each in values:
        identifier = each.get("value") if isinstance(each, dict) else each
        if not isinstance(identifier, str):
            raise Refused("Each member needs a value: the id of a user.", "invalidValue")
        found.add(unquote(identifier))
    return found


def group_etag(resource: Resource) -> str:
    """The version of a group, of which all is there."""
    seen = [resource["displayName"], resource.get("externalId"), resource["meta"]["lastModified"]]
    seen.append([each["value"] for each in resource.get("members", ())])
    return f'W/"{hashlib.sha256(msgspec.json.encode(seen)).hexdigest()[:20]}"'


def _name_of(resource: Resource) -> str:
    name = rules.check_text("displayName", resource.get("displayName", ""))
    if not name.strip():
        raise Refused("displayName must not be empty.", "invalidValue")
    return name


def _external_id_of(resource: Resource) -> str | None:
    external_id = resource.get("externalId")
    return None if external_id is None else rules.check_text("externalId", external_id)


def _members_of(resource: Resource) -> set[str]:
    return ids_of(resource.get("members"))


def _sort_key(resource: Resource, path: str) -> tuple[str, str]:
    values = list(rules.values_at(resource, path or "id"))
    return str(values[0]).casefold() if values else "", resource["id"]
