"""People: who somebody is to the organisation, in which departments, whether they are there.

Who is no customer has an account here. A customer needs no record: an account that nothing is known of is one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from roomkeeper.core.account_data import Turns
from roomkeeper.core.accounts import Accounts, Moderation
from roomkeeper.core.organisation import rules
from roomkeeper.core.organisation.facts import AvailabilityChanged, PersonStateChanged
from roomkeeper.core.organisation.models import PeopleOrder, PeopleQuery, Person
from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.core.organisation.store import departments as departments_store
from roomkeeper.core.organisation.store import people as store
from roomkeeper.core.profiles import Profiles
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import InvalidParameter, NotFound, UserInUse

TOLD_AT_ONCE = 50
"""New people of one fact: who handles it holds the others up no longer than that."""
Also = Callable[[Write], None]
"""Adds to the write of a change what another part of the organisation keeps of the person."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What a person is to be; what is `UNSET` stays as it is."""

    kind: Any = msgspec.UNSET
    state: Any = msgspec.UNSET
    user_name: Any = msgspec.UNSET
    display_name: Any = msgspec.UNSET
    email: Any = msgspec.UNSET
    title: Any = msgspec.UNSET
    language: Any = msgspec.UNSET
    skills: Any = msgspec.UNSET
    session_limit: Any = msgspec.UNSET
    external_id: Any = msgspec.UNSET
    departments: Any = msgspec.UNSET

    def on(self, person: Person) -> Person:
        """The person as they are to be."""
        given = {name: value for name, value in msgspec.structs.asdict(self).items() if value is not msgspec.UNSET}
        if "departments" in given:
            given["departments"] = tuple(sorted(set(given["departments"])))
        return msgspec.structs.replace(person, **given)


class People:
    """The people of this organisation."""

    def __init__(
        self, app: Application, permissions: Permissions, accounts: Accounts, profiles: Profiles, turns: Turns
    ) -> None:
        self._app = app
        self._permissions = permissions
        self._accounts = accounts
        self._profiles = profiles
        self._turns = turns
        self._moderation = Moderation(app, accounts)
        self.departed: set[str] = set()
        """Those who have left, from the moment at which their accounts are locked, a little before that is durable."""

    async def load(self) -> None:
        """At the start: who has left."""
        self.departed.update(await store.departed(self._app.driver))

    # ------------------------------------------------------------ looking

    async def find(self, user_id: str) -> Person:
        """Somebody with an account here. Raises `NotFound`."""
        found = await store.find(self._app.driver, user_id)
        if found is not None:
            return found
        user = await self._accounts.user(user_id)
        return Person(user_id=user_id, created_ts=user.created_ts, updated_ts=user.created_ts, version=0)

    async def find_several(self, user_ids: Sequence[str]) -> dict[str, Person]:
        """Those of some people who are known, by user id."""
        return await store.find_several(self._app.driver, user_ids)

    async def find_by(self, column: str, value: str) -> list[Person]:
        """Those with that `user_name` or `external_id`."""
        return await store.find_by(self._app.driver, column, value)

    async def page(self, query: PeopleQuery, after: str, limit: int, *, offset: int = 0) -> Sequence[Person]:
        """People after a user id."""
        return await store.page(self._app.driver, query, after, limit, offset=offset)

    async def sorted_page(
        self, query: PeopleQuery, order: PeopleOrder, after: tuple[str | int, str] | None, limit: int
    ) -> Sequence[tuple[str | int, Person]]:
        """The same in another order, each with what they were sorted by."""
        return await store.sorted_page(self._app.driver, query, order, after, limit)

    async def names(self, user_ids: Sequence[str]) -> dict[str, str]:
        """What those of some users are called who have a name."""
        return await self._profiles.names(user_ids)

    async def count(self, query: PeopleQuery) -> int:
        """How many people a query finds."""
        return await store.count(self._app.driver, query)

    # ------------------------------------------------------------ changing

    async def create(
        self, localpart: str, draft: Draft, password: str | None = None, *, also: Also | None = None
    ) -> Person:
        """Somebody new, with an account; without a password nobody can sign in until one is set.

        Raises `UserInUse`, `InvalidUsername`, `WeakPassword`, `InvalidParameter`, `NotFound`.
        """
        if password is not None:
            self._accounts.check_new_password(password)
        user_id = await self._accounts.check_available(localpart)
        now = self._app.clock.now_ms()
        person = draft.on(Person(user_id=user_id, kind="staff", created_ts=now, updated_ts=now))
        async with self._turns("person", user_id):
            await self._check(person)
            user = await self._accounts.new_user(user_id, password)
            if person.state == "departed":
                user = msgspec.structs.replace(user, state="locked")
            write = Write()
            self._put(write, person, "people.create")
            if person.kind == "staff":
                # Somebody may wait for whoever comes.
                self._app.facts.record(write, AvailabilityChanged(user_id))
            if also is not None:
                also(write)
            await self._accounts.insert(write, user)
            self._permissions.forget(user_id)
        if person.display_name:
            await self._profiles.set_field(user_id, "displayname", person.display_name)
        return person

    async def change(
        self, user_id: str, draft: Draft, *, version: int | None = None, also: Also | None = None
    ) -> Person:
        """Change what is known of somebody; `version` is the one that is to be changed, where it must not be another.

        Who departs is locked at once, in the same write; who comes back is let in again.

        Raises `NotFound`, `InvalidParameter`, `UserInUse`, `Changed`.
        """
        async with self._turns("person", user_id):
            before = await self.find(user_id)
            if version is not None and before.version != version:
                raise Changed
            after = draft.on(before)
            if after == before and also is None:
                return before
            after = msgspec.structs.replace(after, version=before.version + 1, updated_ts=self._app.clock.now_ms())
            await self._check(after)
            write = Write()
            self._put(write, after, "people.change")
            if also is not None:
                also(write)
            await self._submit(write, before, after)
            self._permissions.forget(user_id)
        if after.display_name != before.display_name:
            await self._profiles.set_field(user_id, "displayname", after.display_name)
        return after

    async def _submit(self, write: Write, before: Person, after: Person) -> None:
        self._tell_state(write, before, after)
        locks = locked_by(before, after)
        is_closed = locks is not None and (await self._accounts.user(after.user_id)).state == "deactivated"
        if locks:
            self.departed.add(after.user_id)
        try:
            if locks is None or is_closed:
                await self._app.committer.submit(write)
            else:
                await self._moderation.submit(write, after.user_id, locked=locks)
        except BaseException:
            self._note_departed(before)
            raise
        self._note_departed(after)

    def _note_departed(self, person: Person) -> None:
        (self.departed.add if person.state == "departed" else self.departed.discard)(person.user_id)

    def _tell_state(self, write: Write, before: Person, after: Person) -> None:
        if before.state != after.state:
            fact = PersonStateChanged(after.user_id, before.state, after.state, after.updated_ts)
            self._app.facts.record(write, fact)
        if rules.availability(before) != rules.availability(after):
            self._app.facts.record(write, AvailabilityChanged(after.user_id))

    # ------------------------------------------------------------ many at once

    def add_new(self, write: Write, person: Person, *, actor: str, reason: str) -> None:
        """Make somebody new, with an account that nobody can sign in to yet, part of `write`.

        What `rules.check_person` checks is true, and so is that the user name is free; `write` fails where it is not.
        """
        self._accounts.add_user(write, person.user_id, locked=person.state == "departed")
        store.put(write, person, append=True)
        for department_id in person.departments:
            departments_store.insert_member(write, department_id, person.user_id, append=True)
        if person.display_name:
            self._profiles.name_new_user(write, person.user_id, person.display_name)
        self._app.audit.record(
            write, permission="people.create", target=person.user_id, actor=actor, reason=reason, append=True
        )

    def tell_of_new(self, write: Write, people: Sequence[Person]) -> None:
        """Say in `write` that these are new."""
        named = [person.user_id for person in people if person.display_name]
        for start in range(0, len(named), TOLD_AT_ONCE):
            self._profiles.tell_of_new(write, named[start : start + TOLD_AT_ONCE])

    def add_change(self, write: Write, before: Person, after: Person, *, actor: str, reason: str) -> bool | None:
        """Make a change part of `write`, which fails where they have changed meanwhile.

        What comes back is to be told with `tell_change`, when `write` is durable.
        """
        store.put(write, after)
        if before.departments != after.departments:
            departments_store.delete_members(write, after.user_id)
            for department_id in after.departments:
                departments_store.insert_member(write, department_id, after.user_id)
        self._tell_state(write, before, after)
        self._app.audit.record(write, permission="people.change", target=after.user_id, actor=actor, reason=reason)
        locks = locked_by(before, after)
        if locks is not None:
            self._moderation.add(write, after.user_id, locked=locks)
        return locks

    def tell_change(self, user_id: str, locks: bool | None) -> None:
        """A change of `add_change` is durable."""
        self._permissions.forget(user_id)
        if locks is not None:
            (self.departed.add if locks else self.departed.discard)(user_id)
            self._moderation.tell(user_id, locked=locks)

    async def rename(self, user_id: str, display_name: str) -> None:
        """Show another name in the profile; no error where that is so already."""
        await self._profiles.set_field(user_id, "displayname", display_name)

    async def named(self, user_names: Sequence[str]) -> list[Person]:
        """Those who have one of these user names."""
        return await store.named(self._app.driver, user_names)

    def _put(self, write: Write, person: Person, what: str) -> None:
        store.put(write, person)
        departments_store.delete_members(write, person.user_id)
        for department_id in person.departments:
            departments_store.insert_member(write, department_id, person.user_id)
        self._app.audit.record(write, permission=what, target=person.user_id)

    async def _check(self, person: Person) -> None:
        rules.check_person(person)
        tree = await self._permissions.tree()
        for department_id in person.departments:
            try:
                tree.get(department_id)
            except NotFound as error:
                raise InvalidParameter(str(error)) from None
        if person.user_name is not None:
            for other in await self.find_by("user_name", person.user_name):
                if other.user_id != person.user_id:
                    raise UserInUse(f"{other.user_id} has the user name {person.user_name} already.")


def locked_by(before: Person, after: Person) -> bool | None:
    """Whether a change locks the account (`True`) or ends that (`False`); `None`: neither."""
    was, is_now = before.state == "departed", after.state == "departed"
    return None if was == is_now else is_now


class Changed(InvalidParameter):
    """Somebody else has changed this meanwhile: read it anew, and repeat your change."""

    status = 409
