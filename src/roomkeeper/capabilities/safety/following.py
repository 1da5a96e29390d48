"""Watching over one another: asked for with the real relation, confirmed, ended by either side at any time.

What a follower gets is to be asked into groups where whom they watch over may be: never a position. What the followed
get is to know: who follows them, and each time when somebody was asked because of them.
"""

from __future__ import annotations

import asyncio
import secrets

import msgspec

from roomkeeper.capabilities.safety.facts import FollowingChanged
from roomkeeper.capabilities.safety.models import Following, FollowingState, Relation, When
from roomkeeper.capabilities.safety.people import SafetyPeople
from roomkeeper.capabilities.safety.settings import SafetySettings
from roomkeeper.capabilities.safety.store import people as store
from roomkeeper.core.rooms import Rooms
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import DatabaseError, Write
from roomkeeper.platform.errors import Forbidden, InvalidParameter, NotFound

MOST_FOLLOWERS = 100
"""Who may watch over one person at most."""
MOST_FOLLOWED = 500
"""Over whom one person may watch."""
MOST_ASKED = 50
"""Requests of one person without an answer, and to one person."""
LOOK_S = 3600.0
DAY_MS = 24 * 3600 * 1000


class AlreadyAsked(InvalidParameter):
    """You have asked this person already, or watch over them."""

    status = 409


class Followings:
    """Who watches over whom."""

    def __init__(self, app: Application, people: SafetyPeople, rooms: Rooms, settings: SafetySettings) -> None:
        self._app = app
        self._people = people
        self._rooms = rooms
        self._settings = settings

    async def ask(self, follower: str, followed: str, relation: Relation, message: str) -> Following:
        """Ask to watch over somebody. A guardian need not be answered. Raises a `MatrixError`."""
        if follower == followed:
            raise InvalidParameter("You cannot watch over yourself.")
        await self._people.check_acting(follower)
        await self._people.check_user(followed)
        async with self._people.turns("following", follower, followed):
            await self._check_may_ask(follower, followed)
            now = self._app.clock.now_ms()
            is_guardian = follower != followed and await self._people.decides(follower, followed)
            following = Following(
                following_id=f"{now:011x}{secrets.token_hex(6)}",
                follower=follower,
                followed=followed,
                relation=relation,
                message=message,
                state="confirmed" if is_guardian else "asked",
                when="always" if is_guardian else "trusted",
                asked_ts=now,
                answered_ts=now if is_guardian else None,
                answered_by=follower if is_guardian else None,
            )
            write = Write()
            store.insert_following(write, following)
            self._tell(write, following, "confirmed" if is_guardian else "asked", follower)
            await self._app.committer.submit(write)
        return following

    async def _check_may_ask(self, follower: str, followed: str) -> None:
        driver = self._app.driver
        if await store.open_between(driver, follower, followed) is not None:
            raise AlreadyAsked
        refused = await store.last_answer(driver, follower, followed)
        again = self._settings.asked_again_days * DAY_MS
        if refused is not None and refused + again > self._app.clock.now_ms():
            raise Forbidden(
                f"This person has refused, or ended it: ask again after {self._settings.asked_again_days} days."
            )
        if await store.count_open(driver, "follower", follower, "asked") >= MOST_ASKED:
            raise Forbidden(f"You have asked {MOST_ASKED} people who have not answered: wait for them.")
        if await store.count_open(driver, "followed", followed, "asked") >= MOST_ASKED:
            raise Forbidden("This person was asked by many others, whom they have not answered.")
        if await store.count_open(driver, "follower", follower, "confirmed") >= MOST_FOLLOWED:
            raise Forbidden(f"You watch over {MOST_FOLLOWED} people, which is the most.")

    async def answer(self, actor: str, following_id: str, *, confirm: bool, when: When) -> Following:
        """Say yes or no to it; once confirmed, only `when` can change. Raises `NotFound`, `Forbidden`."""
        before = await self._visible(actor, following_id)
        if actor == before.follower and not await self._people.decides(actor, before.followed):
            raise Forbidden("Whom you want to watch over answers this, not you.")
        await self._people.check_decides(actor, before.followed)
        async with self._people.turns("followers", before.followed):
            before = await self._visible(actor, following_id)
            if not before.is_open:
                raise InvalidParameter("This has been answered or ended already.")
            if not confirm and before.state == "confirmed":
                raise InvalidParameter("This was confirmed: end it instead.")
            followers = await store.count_open(self._app.driver, "followed", before.followed, "confirmed")
            if before.state == "asked" and confirm and followers >= MOST_FOLLOWERS:
                raise Forbidden(f"{MOST_FOLLOWERS} people watch over this person, which is the most.")
            return await self._settle(before, actor, "confirmed" if confirm else "declined", when)

    async def _settle(self, before: Following, actor: str, state: FollowingState, when: When) -> Following:
        now = self._app.clock.now_ms()
        is_no = state == "declined"
        after = msgspec.structs.replace(
            before,
            state=state,
            when=when,
            answered_ts=before.answered_ts or now,
            answered_by=before.answered_by or actor,
            ended_ts=now if is_no else None,
            ended_by=actor if is_no else None,
        )
        return await self._put(before, after, "declined" if is_no else "confirmed", actor, tell=before.state == "asked")

    async def end(self, actor: str, following_id: str) -> Following:
        """End it, or take the request back; nothing happens where it has ended. Raises `NotFound`."""
        before = await self._visible(actor, following_id)
        if not before.is_open:
            return before
        now = self._app.clock.now_ms()
        after = msgspec.structs.replace(before, state="ended", ended_ts=now, ended_by=actor)
        return await self._put(before, after, "ended", actor, tell=True)

    async def _put(self, before: Following, after: Following, what: str, actor: str, *, tell: bool) -> Following:
        write = Write()
        store.update_following(write, before.state, after)
        if tell:
            self._tell(write, after, what, actor)
        try:
            await self._app.committer.submit(write)
        except DatabaseError:
            # Somebody was faster.
            found = await store.find_following(self._app.driver, after.following_id)
            if found is None or found.state == before.state:
                raise
            if after.state == "ended" and found.is_open:
                return await self._put(found, msgspec.structs.replace(found, **_ending(after)), what, actor, tell=tell)
            raise InvalidParameter("This has been answered or ended meanwhile.") from None
        return after

    def _tell(self, write: Write, following: Following, what: str, by: str) -> None:
        self._app.facts.record(write, FollowingChanged(following.following_id, what, by))  # type: ignore[arg-type]

    # ------------------------------------------------------------ looking

    async def page(self, actor: str, after: str, limit: int) -> list[Following]:
        """Those of somebody on either side, and those of whom they decide for."""
        users = [actor, *await store.wards_of(self._app.driver, actor)]
        found = await store.followings_of(self._app.driver, users, after, limit)
        hidden = (await self._rooms.preferences_of(actor)).ignored_users
        # Whom one ignores one does not want to hear, and they do not learn that.
        return [each for each in found if each.state != "asked" or each.follower not in hidden]

    async def _visible(self, actor: str, following_id: str) -> Following:
        found = await store.find_following(self._app.driver, following_id)
        if found is not None and actor in (found.follower, found.followed):
            return found
        if found is not None and await self._people.decides(actor, found.followed):
            return found
        raise NotFound("There is no such request of you or to you.")

    async def audience(self, following: Following) -> list[str]:
        """Who is told of what becomes of it: both, and who decides for the followed."""
        guardians = [each.guardian for each in await self._people.guardians_of(following.followed)]
        return list(dict.fromkeys([following.follower, following.followed, *guardians]))

    async def find(self, following_id: str) -> Following | None:
        """One of them."""
        return await store.find_following(self._app.driver, following_id)

    async def run(self) -> None:
        """Let go of what ended long ago, for ever."""
        while True:
            await self.forget_old()
            await asyncio.sleep(LOOK_S)

    async def forget_old(self) -> None:
        """Let go of what ended long ago."""
        before = self._app.clock.now_ms() - self._settings.followings_kept_days * DAY_MS
        if await store.any_ended(self._app.driver, before):
            write = Write()
            store.forget_followings(write, before)
            await self._app.committer.submit(write)


def _ending(after: Following) -> dict[str, object]:
    return {"state": after.state, "ended_ts": after.ended_ts, "ended_by": after.ended_by}
