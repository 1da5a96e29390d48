"""Who decides for whom, and what each person agrees to."""

from __future__ import annotations

from collections.abc import Callable

from roomkeeper.capabilities.safety.models import Guardian, Preferences
from roomkeeper.capabilities.safety.store import people as store
from roomkeeper.core.account_data import Turns
from roomkeeper.core.accounts import Accounts
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import Forbidden, InvalidParameter, NotFound, UserSuspended

MOST_GUARDIANS = 4
MOST_WARDS = 50
NOTHING = Preferences()


class SafetyPeople:
    """Guardians and preferences. `moved` is called with whoever shares more, less or nothing from now on."""

    def __init__(self, app: Application, accounts: Accounts, turns: Turns) -> None:
        self._app = app
        self._accounts = accounts
        self.turns = turns
        self.moved: Callable[[str, Preferences, Write], None] = _nothing
        self.settled: Callable[[str, Preferences], None] = _nobody

    async def check_user(self, user_id: str) -> None:
        """Raises `NotFound` where there is no such person here, `Forbidden` for visitors of web pages."""
        if not await self._accounts.exists(user_id):
            raise NotFound(f"There is no user {user_id} on this server.")
        if self._accounts.is_visitor(user_id):
            raise Forbidden("Visitors of web pages take no part in safety: they need an account.")

    async def check_acting(self, actor: str) -> None:
        """The same for somebody who does something that others are told of. Raises `UserSuspended` besides."""
        await self.check_user(actor)
        if self._accounts.is_suspended(actor):
            raise UserSuspended

    async def decides(self, actor: str, user_id: str) -> bool:
        """Whether somebody decides for a person: for themselves, but where they are a minor, for that a guardian."""
        guardians = await store.guardians_of(self._app.driver, user_id)
        if not guardians:
            return actor == user_id
        return any(each.guardian == actor for each in guardians)

    async def check_decides(self, actor: str, user_id: str) -> None:
        """Raises `Forbidden` where they do not."""
        if await self.decides(actor, user_id):
            return
        if actor == user_id:
            raise Forbidden("Your guardian decides this for you: ask them.")
        raise Forbidden("Only this person decides that, or their guardian.")

    async def check_may_withdraw(self, actor: str, user_id: str) -> None:
        """Whoever decides, and the person: to withdraw is never another's to allow. Raises `Forbidden`."""
        if actor != user_id:
            await self.check_decides(actor, user_id)

    # ------------------------------------------------------------ guardians

    async def guardians_of(self, user_id: str) -> list[Guardian]:
        """Who decides for somebody."""
        return await store.guardians_of(self._app.driver, user_id)

    async def set_guardians(self, minor: str, guardians: list[str], actor: str) -> list[Guardian]:
        """Declare who decides for a minor; with nobody, they decide themselves.

        Raises `NotFound`, `InvalidParameter`.
        """
        await self.check_user(minor)
        async with self.turns("guardians"):
            for guardian in guardians:
                await self._check_guardian(minor, guardian)
            if guardians and await store.wards_of(self._app.driver, minor):
                raise InvalidParameter(f"{minor} is a guardian, and can have none.")
            write = Write()
            store.delete_guardians(write, minor)
            now = self._app.clock.now_ms()
            for guardian in dict.fromkeys(guardians):
                store.insert_guardian(
                    write, Guardian(minor=minor, guardian=guardian, declared_by=actor, declared_ts=now)
                )
            self._app.audit.record(write, permission="safety.people", target=minor, reason=" ".join(guardians)[:300])
            await self._app.committer.submit(write)
        return await self.guardians_of(minor)

    async def _check_guardian(self, minor: str, guardian: str) -> None:
        await self.check_user(guardian)
        if guardian == minor:
            raise InvalidParameter("Nobody is their own guardian.")
        if await store.guardians_of(self._app.driver, guardian):
            raise InvalidParameter(f"{guardian} is a minor, and decides for nobody.")
        if len(await store.wards_of(self._app.driver, guardian)) >= MOST_WARDS:
            raise InvalidParameter(f"{guardian} decides for {MOST_WARDS} people already.")

    async def guardians_after(self, after: tuple[str, str], limit: int) -> list[Guardian]:
        """A page of all guardians, by minors."""
        return await store.page_guardians(self._app.driver, after, limit)

    # ------------------------------------------------------------ preferences

    async def preferences_of(self, user_id: str) -> Preferences:
        """What somebody agrees to; nothing, where they have said nothing."""
        return (await store.preferences_of(self._app.driver, [user_id])).get(user_id, NOTHING)

    async def set_preferences(self, actor: str, user_id: str, wanted: Preferences) -> Preferences:
        """Agree to more, or to less. Raises `Forbidden`.

        A minor may agree to less without anybody.
        """
        await self.check_user(user_id)
        async with self.turns("preferences", user_id):
            before = await self.preferences_of(user_id)
            if agrees_to_more(before, wanted):
                await self.check_decides(actor, user_id)
            else:
                await self.check_may_withdraw(actor, user_id)
            write = Write()
            store.put_preferences(write, user_id, wanted, actor, self._app.clock.now_ms())
            self.moved(user_id, wanted, write)
            await self._app.committer.submit(write)
            self.settled(user_id, wanted)
        return wanted


EXACTNESS = {"off": 0, "approximate": 1, "exact": 2}


def agrees_to_more(before: Preferences, after: Preferences) -> bool:
    """Whether somebody agrees to anything that they did not agree to."""
    return (
        EXACTNESS[after.location] > EXACTNESS[before.location]
        or (after.asked and not before.asked)
        or not set(after.joins) <= set(before.joins)
    )


def _nothing(_user_id: str, _preferences: Preferences, _write: Write) -> None:
    return None


def _nobody(_user_id: str, _preferences: Preferences) -> None:
    return None
