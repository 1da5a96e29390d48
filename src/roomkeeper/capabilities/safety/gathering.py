"""Who is found for an event: those in its area, who watches over them, who is responsible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from roomkeeper.capabilities.safety import geometry, rules
from roomkeeper.capabilities.safety.account import SafetyAccount
from roomkeeper.capabilities.safety.locations import Locations
from roomkeeper.capabilities.safety.models import Asked, AskedState, Event, Following, OrganisationAccount, Preferences
from roomkeeper.capabilities.safety.settings import SafetySettings
from roomkeeper.capabilities.safety.store import events as store
from roomkeeper.capabilities.safety.store import people as people_store
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write

PAGE = 500
MOST_ORGANISATIONS = 2_000
MOST_LOOKED_AT = 20_000
"""People in the area whose followers are looked up."""


class Gathering:
    """Finds people, and remembers them as those who are to be asked."""

    def __init__(
        self, app: Application, account: SafetyAccount, locations: Locations, settings: SafetySettings
    ) -> None:
        self._app = app
        self._account = account
        self._locations = locations
        self._settings = settings

    async def look(self, event: Event) -> int:
        """Remember who is new; how many they are."""
        known = await store.known_of(self._app.driver, event.event_id)
        places = await self._near(event)
        write, found = Write(), list[Asked]()
        found += await self._responsible(event, known)
        found += await self._followers(event, list(places), known, write)
        room = self._settings.most_asked - len(known.keys() - {event.raised_by}) - len(found)
        new = [name for name in places if name not in known and not any(each.user_id == name for each in found)]
        found += await self._willing(event, new, places, room)
        for asked in found:
            store.insert_asked(write, asked)
        if write.statements:
            await self._app.committer.submit(write)
        return len(found)

    async def _near(self, event: Event) -> dict[str, float]:
        """Who is in the area, the nearest first, with the metres to its middle."""
        users, metres = await self._locations.within(event.details.area)
        order = metres.argsort(kind="stable")[:MOST_LOOKED_AT]
        return {users[each]: float(metres[each]) for each in order.tolist() if users[each] != event.raised_by}

    async def _willing(self, event: Event, names: Sequence[str], places: dict[str, float], room: int) -> list[Asked]:
        """Those in the area who may be asked, the nearest first, as many as there is room for."""
        found: list[Asked] = []
        for part in _pages(names):
            if len(found) >= room:
                break
            preferences = await people_store.preferences_of(self._app.driver, part)
            found += [
                self._asked(event, name, "near", "near", rules.place_near(places[name]))
                for name in part
                if _may_be_asked(preferences.get(name), event)
            ]
        return found[: max(room, 0)]

    async def _responsible(self, event: Event, known: dict[str, AskedState]) -> list[Asked]:
        area, found = event.details.area, list[Asked]()
        for each in await self.organisations():
            is_new = each.user_id not in known and each.user_id != event.raised_by
            if is_new and each.cares_for(event.kind) and geometry.meet(each.area, area):
                place = rules.place_first(rules.RESPONSIBLE)
                found.append(self._asked(event, each.user_id, "organisation", "organisation", place))
        return found

    async def _followers(
        self, event: Event, near: Sequence[str], known: dict[str, AskedState], write: Write
    ) -> list[Asked]:
        """Those who watch over somebody there, as far as that one wants; and over whoever reported it."""
        found: dict[str, Asked] = {}
        for part in _pages([event.raised_by, *near]):
            for following in await people_store.followers_of(self._app.driver, part):
                if following.follower == event.raised_by or not _is_wanted(following, event, known):
                    continue
                store.note_asked_for(
                    write, following.followed, event.event_id, following.follower, self._app.clock.now_ms()
                )
                if following.follower not in known:
                    reason = "watched" if following.followed == event.raised_by else "follower"
                    place = rules.place_first(rules.FOLLOWERS)
                    found.setdefault(
                        following.follower,
                        self._asked(event, following.follower, "follower", reason, place),
                    )
        return list(found.values())

    async def concern(self, event: Event, user_id: str, write: Write) -> None:
        """Somebody whom a human has recognised is to be asked, and those who watch over them, next of all."""
        known, now = await store.known_of(self._app.driver, event.event_id), self._app.clock.now_ms()
        found = [self._asked(event, user_id, "concerned", "identified", rules.place_first(rules.RESPONSIBLE))]
        for following in await people_store.followers_of(self._app.driver, [user_id]):
            store.note_asked_for(write, user_id, event.event_id, following.follower, now)
            place = rules.place_first(rules.FOLLOWERS)
            found.append(self._asked(event, following.follower, "follower", "follower_of_identified", place))
        room = self._settings.most_asked - len(known.keys() - {event.raised_by})
        for asked in [each for each in found if each.user_id not in known][: max(room, 0)]:
            store.insert_asked(write, asked)

    def _asked(self, event: Event, user_id: str, role: str, reason: str, place: int) -> Asked:
        return Asked(
            event_id=event.event_id,
            user_id=user_id,
            role=role,  # type: ignore[arg-type]
            reason=reason,  # type: ignore[arg-type]
            place=place,
            state="failed" if self._account.is_own(user_id) else "waiting",
            found_ts=self._app.clock.now_ms(),
        )

    async def organisations(self) -> list[OrganisationAccount]:
        """All that are responsible for something."""
        return await store.organisations(self._app.driver, MOST_ORGANISATIONS)

    async def organisation(self, user_id: str) -> OrganisationAccount | None:
        """One of them."""
        return next((each for each in await self.organisations() if each.user_id == user_id), None)


def _is_wanted(following: Following, event: Event, known: dict[str, AskedState]) -> bool:
    """Whether the followed wants this follower asked now: a false report must not tell where somebody is."""
    if following.followed == event.raised_by or following.when == "always" or event.details.is_trusted:
        return True
    return known.get(following.followed) == "confirmed"


def _may_be_asked(preferences: Preferences | None, event: Event) -> bool:
    return preferences is not None and (preferences.asked or event.kind in preferences.joins)


def _pages(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), PAGE):
        yield names[start : start + PAGE]


def joins_by_itself(asked: Asked, preferences: Preferences, event: Event) -> bool:
    """Whether somebody has consented beforehand; organisations do by taking the responsibility."""
    return asked.role == "organisation" or event.kind in preferences.joins


def with_state(asked: Asked, state: AskedState, **values: object) -> Asked:
    """The same with another state."""
    return msgspec.structs.replace(asked, state=state, **values)
