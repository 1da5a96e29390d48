"""Users: people as other systems provision them.

A user is a person with a user name who is no customer. What SCIM knows and a person has not (telephone numbers,
parts of the name, …) is kept as it came.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.organisation.models import Person
from roomkeeper.core.organisation.people import Changed, Draft, People
from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.core.organisation.scim import rules
from roomkeeper.core.organisation.scim.errors import Refused, too_many
from roomkeeper.core.organisation.scim.models import Details, Found, Resource, Search
from roomkeeper.core.organisation.scim.store import users as store
from roomkeeper.core.organisation.scim.store.conditions import SORTED_BY, Condition, condition_of
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import Exclusive, InvalidUsername, NotFound, UserInUse

SCANNED = 5000
"""People that are looked at one by one for a filter that no index answers."""
STEP = 250
NAMES_TRIED = 50
RACES = 5

Change = Callable[[Resource], Resource]


class Users:
    """The users of SCIM."""

    def __init__(
        self, app: Application, people: People, permissions: Permissions, accounts: Accounts, base: str
    ) -> None:
        self._app = app
        self._people = people
        self._permissions = permissions
        self._accounts = accounts
        self._base = base

    # ------------------------------------------------------------ reading

    async def get(self, user_id: str) -> Resource:
        """One user. Raises `NotFound`."""
        person = await self.person(user_id)
        return (await self.resources([person.user_id]))[0]

    async def person(self, user_id: str) -> Person:
        """The person of a user. Raises `NotFound`."""
        found = (await self._people.find_several([user_id])).get(user_id)
        if found is None or found.kind == "customer" or found.user_name is None:
            raise NotFound(f"There is no user {user_id}.")
        return found

    async def resources(self, user_ids: Sequence[str]) -> list[Resource]:
        """Those of some people who are there, in their order."""
        people, tree = await self._people.find_several(user_ids), await self._permissions.tree()
        contents = await store.contents_of(self._app.driver, user_ids)
        known = [people[user_id] for user_id in user_ids if user_id in people]
        return [rules.user_resource(person, contents.get(person.user_id, {}), tree, self._base) for person in known]

    async def search(self, search: Search) -> Found:
        """A page of users. Raises `Refused`."""
        condition = condition_of(search.filter)
        order = search.sort_by if search.sort_by != "id" else ""
        if order not in SORTED_BY:
            raise Refused(f"Users cannot be sorted by {order}: {', '.join(filter(None, SORTED_BY))}.", "invalidValue")
        if not condition.is_whole:
            return await self._scan(search, condition, order)
        driver, total = self._app.driver, await store.count(self._app.driver, condition)
        offset = search.start_index - 1
        if not search.count or offset >= total:
            return Found(total, [])
        found = await store.page(driver, condition, order, search.count, offset, descending=search.descending)
        return Found(total, await self.resources(found))

    async def _scan(self, search: Search, condition: Condition, order: str) -> Found:
        """For a filter that is not all SQL: those that the rest of it narrows it to are looked at."""
        assert search.filter is not None
        driver = self._app.driver
        ids = await store.page(driver, condition, order, SCANNED + 1, 0, descending=search.descending)
        if len(ids) > SCANNED:
            raise too_many(
                f"This filter is answered by looking at people one by one, {SCANNED} at most:"
                " narrow it by userName, externalId, emails.value, displayName or the like with `and`."
            )
        found: list[Resource] = []
        for start in range(0, len(ids), STEP):
            resources = await self.resources(ids[start : start + STEP])
            found += [resource for resource in resources if rules.matches(resource, search.filter)]
            await asyncio.sleep(0)  # others' turn
        offset = search.start_index - 1
        return Found(len(found), found[offset : offset + search.count])

    # ------------------------------------------------------------ writing

    async def create(self, resource: Resource) -> Resource:
        """A new user, with an account. Raises `Refused`, `UserInUse`, `WeakPassword`, `InvalidParameter`."""
        draft, details = rules.draft_of(resource, None)
        password = resource.get("password")
        for _ in range(RACES):
            await self._check_name(str(draft.user_name))
            localpart = await self._free_localpart(str(draft.user_name))

            def also(write: Write, localpart: str = localpart) -> None:
                store.put_details(write, f"@{localpart}:{self._accounts.server_name}", details, append=True)

            try:
                person = await self._people.create(localpart, draft, password, also=also)
            except UserInUse:
                continue  # somebody was faster; whether to the user name as well is asked anew
            return await self.get(person.user_id)
        raise UserInUse

    async def _check_name(self, user_name: str) -> None:
        for other in await self._people.find_by("user_name", user_name):
            raise UserInUse(f"{other.user_id} has the user name {user_name} already.")

    async def _free_localpart(self, user_name: str) -> str:
        """The name of a new account: see `rules.localpart_of`; what is taken or reserved gets a number."""
        wanted = rules.localpart_of(user_name)
        for number in range(1, NAMES_TRIED + 1):
            localpart = wanted if number == 1 else f"{wanted}{number}"
            if await self._is_free(localpart):
                return localpart
        return f"{wanted}-{secrets.token_hex(6)}"

    async def _is_free(self, localpart: str) -> bool:
        try:
            await self._accounts.check_available(localpart)
        except (UserInUse, Exclusive, InvalidUsername):
            return False
        return True

    async def change(self, user_id: str, change: Change, version: Callable[[str], None]) -> Resource:
        """Change a user to what `change` makes of it; `version` refuses one that is not meant.

        Raises `NotFound`, `Refused`, `UserInUse`, `WeakPassword`, `InvalidParameter`.
        """
        for _ in range(RACES):
            person = await self.person(user_id)
            version(rules.user_etag(person))
            before = (await self.resources([person.user_id]))[0]
            after = change(before)
            password = after.get("password")
            draft, details = rules.draft_of(after, person)
            if password is not None:
                self._accounts.check_new_password(str(password))
            try:
                await self._put(person, draft, details)
            except Changed:
                continue
            if password is not None:
                await self._accounts.set_password(person.user_id, str(password), log_out=True)
            return await self.get(person.user_id)
        raise Changed

    async def _put(self, person: Person, draft: Draft, details: Details) -> None:
        known = (await store.contents_of(self._app.driver, [person.user_id])).get(person.user_id)

        def also(write: Write) -> None:
            store.put_details(write, person.user_id, details)

        changed = also if known != details.content else None
        await self._people.change(person.user_id, draft, version=person.version, also=changed)

    async def delete(self, user_id: str, version: Callable[[str], None]) -> None:
        """Let somebody depart, and be no user any more. What they wrote stays. Raises `NotFound`, `Refused`."""
        for _ in range(RACES):
            person = await self.person(user_id)
            version(rules.user_etag(person))

            def also(write: Write, user_id: str = person.user_id) -> None:
                store.delete_details(write, user_id)

            gone = Draft(state="departed", user_name=None, external_id=None)
            try:
                await self._people.change(person.user_id, gone, version=person.version, also=also)
            except Changed:
                continue
            return
        raise Changed
