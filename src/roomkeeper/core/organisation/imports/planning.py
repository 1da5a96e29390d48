"""What rows would do, some hundreds at a time: who is new, who changes, what cannot be."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.organisation import rules as organisation_rules
from roomkeeper.core.organisation.departments import Departments
from roomkeeper.core.organisation.imports import rules
from roomkeeper.core.organisation.imports.models import Candidate, Options, Plan, Row, RowError
from roomkeeper.core.organisation.models import Person
from roomkeeper.core.organisation.people import People
from roomkeeper.core.organisation.scim.rules import localpart_of
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.errors import Exclusive, InvalidParameter, InvalidUsername, MatrixError

NAMES_TRIED = 1000


class Planner:
    """Plans the rows of one file, in order. It remembers which user names it has seen."""

    def __init__(
        self, people: People, departments: Departments, accounts: Accounts, clock: Clock, options: Options
    ) -> None:
        self._people = people
        self._departments = departments
        self._accounts = accounts
        self._clock = clock
        self._options = options
        self._seen: dict[str, int] = {}
        self._paths: dict[str, str] = {}

    def skip(self, rows: Sequence[Row]) -> None:
        """Rows that were taken before."""
        for row in rows:
            candidate = rules.candidate_of(row, self._options)
            if isinstance(candidate, Candidate):
                self._first_line(candidate)

    async def plan(self, rows: Sequence[Row], *, make: bool) -> Plan:
        """What rows do. `make`: departments that are not there are made, where that is wanted."""
        plan, candidates = Plan(), []
        for row in rows:
            candidate = rules.candidate_of(row, self._options)
            if isinstance(candidate, RowError):
                plan.errors.append(candidate)
                continue
            first = self._first_line(candidate)
            if first != candidate.line:
                plan.errors.append(_wrong(candidate, f"Line {first} is about the same person."))
                continue
            candidates.append(candidate)
        named, there, taken = await self._known(candidates)
        for candidate in candidates:
            try:
                await self._take(candidate, plan, named, there, taken, make=make)
            except MatrixError as error:
                plan.errors.append(_wrong(candidate, str(error)))
        plan.errors.sort(key=lambda error: error.line)
        return plan

    def _first_line(self, candidate: Candidate) -> int:
        """The first line about the person of a row."""
        lines = []
        if candidate.user_name is not None:
            lines.append(self._seen.setdefault(f"name {candidate.user_name.casefold()}", candidate.line))
        if candidate.localpart is not None:
            lines.append(self._seen.setdefault(f"localpart {candidate.localpart}", candidate.line))
        return min(lines)

    async def _known(self, candidates: Sequence[Candidate]) -> tuple[dict[str, Person], dict[str, Person], set[str]]:
        """Those who are there: by user name; by user id; and the ids that accounts have."""
        names = [candidate.user_name for candidate in candidates if candidate.user_name is not None]
        named = {(person.user_name or "").casefold(): person for person in await self._people.named(names)}
        ids = [self._id(_localpart(candidate)) for candidate in candidates]
        taken = await self._accounts.users_exist(ids)
        return named, await self._people.find_several(sorted(taken)), taken

    def _id(self, localpart: str) -> str:
        return f"@{localpart}:{self._accounts.server_name}"

    async def _take(
        self,
        candidate: Candidate,
        plan: Plan,
        named: dict[str, Person],
        there: dict[str, Person],
        taken: set[str],
        *,
        make: bool,
    ) -> None:
        before = named.get((candidate.user_name or "").casefold()) if candidate.user_name else None
        if candidate.localpart is not None:
            before = self._at(candidate, before, there, taken)
        draft = candidate.draft
        if candidate.departments is not None:
            ids = await self._ids_of(candidate.departments, plan, make=make)
            draft = msgspec.structs.replace(draft, departments=ids)
        now = self._clock.now_ms()
        if before is None:
            user_id = await self._free_id(candidate, taken)
            person = draft.on(Person(user_id=user_id, kind="staff", created_ts=now, updated_ts=now))
            organisation_rules.check_person(person)
            taken.add(user_id)
            plan.created.append(person)
            return
        after = draft.on(before)
        if after == before:
            plan.unchanged += 1
            return
        if before.kind == "customer":
            raise InvalidParameter(f"{before.user_id} is a customer: make them staff first, if that is meant.")
        organisation_rules.check_person(after)
        after = msgspec.structs.replace(after, version=before.version + 1, updated_ts=now)
        plan.changed.append((before, after))

    def _at(
        self, candidate: Candidate, before: Person | None, there: dict[str, Person], taken: set[str]
    ) -> Person | None:
        """Who has the Matrix name that a row says. Raises `InvalidParameter`."""
        user_id = self._id(candidate.localpart or "")
        if before is not None and before.user_id != user_id:
            raise InvalidParameter(f"The user name {candidate.user_name} belongs to {before.user_id}, not {user_id}.")
        found = there.get(user_id)
        if found is None and user_id in taken:
            raise InvalidParameter(f"{user_id} is a customer's account: make them staff first, if that is meant.")
        if (
            found is not None
            and candidate.user_name is not None
            and found.user_name is not None
            and found.user_name.casefold() != candidate.user_name.casefold()
        ):
            raise InvalidParameter(f"{user_id} has another user name: {found.user_name}.")
        return found

    async def _free_id(self, candidate: Candidate, taken: set[str]) -> str:
        """The id of a new account; where the name was made of the user name, one that is taken gets a number."""
        if candidate.localpart is not None:
            return self._accounts.new_user_id(candidate.localpart)
        wanted = localpart_of(candidate.user_name or "")
        for number in range(1, NAMES_TRIED):
            localpart = wanted if number == 1 else f"{wanted}{number}"
            try:
                user_id = self._accounts.new_user_id(localpart)
            except (Exclusive, InvalidUsername):
                continue
            if user_id not in taken and (number == 1 or not await self._accounts.exists(user_id)):
                return user_id
        raise InvalidParameter(f"All names like {wanted} are taken: say another with a column localpart.")

    async def _ids_of(self, paths: Sequence[str], plan: Plan, *, make: bool) -> tuple[str, ...]:
        found = [self._paths.get(path) or await self._id_of(path, plan, make=make) for path in paths]
        return tuple(sorted(set(found)))

    async def _id_of(self, path: str, plan: Plan, *, make: bool) -> str:
        tree = await self._departments.tree()
        parent, missing = rules.found_in(tree, path)
        if missing and not self._options.create_departments:
            raise InvalidParameter(f"There is no department {path}: make it, or let the import make departments.")
        if missing and not make:
            if path not in plan.new_departments:
                plan.new_departments.append(path)
            self._paths[path] = f"new {path}"
            return self._paths[path]
        for name in missing:
            parent = (await self._departments.create(name, parent)).department_id
        assert parent is not None, "a path has one name at least"
        self._paths[path] = parent
        return parent


def _localpart(candidate: Candidate) -> str:
    return candidate.localpart if candidate.localpart is not None else localpart_of(candidate.user_name or "")


def _wrong(candidate: Candidate, error: str) -> RowError:
    return RowError(candidate.line, candidate.name, error)
