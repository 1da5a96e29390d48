"""All that is kept of a person in safety: shown to them, and erased when they withdraw or their account goes."""

from __future__ import annotations

import msgspec

from roomkeeper.capabilities.safety import rules
from roomkeeper.capabilities.safety.beacons import Beacons
from roomkeeper.capabilities.safety.features import Features
from roomkeeper.capabilities.safety.following import Followings
from roomkeeper.capabilities.safety.identification.models import CandidateState
from roomkeeper.capabilities.safety.identification.register import Register
from roomkeeper.capabilities.safety.locations import Locations
from roomkeeper.capabilities.safety.models import (
    Asked,
    Event,
    Feature,
    Following,
    Guardian,
    Position,
    Preferences,
    Strike,
)
from roomkeeper.capabilities.safety.people import SafetyPeople
from roomkeeper.capabilities.safety.settings import SafetySettings
from roomkeeper.capabilities.safety.store import events as events_store
from roomkeeper.capabilities.safety.store import identification as identification_store
from roomkeeper.capabilities.safety.store import people as store
from roomkeeper.capabilities.safety.store import positions as positions_store
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Reader, Write

SHOWN = 500


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """How long things are kept that go by themselves."""

    live_minutes: int
    once_minutes: int
    approximate_hours: int
    followings_days: int
    groups_days: int


class AskedFor(msgspec.Struct, frozen=True):
    """That somebody was asked into the group of an event because they watch over this person."""

    event_id: str
    follower: str
    ts: int


class Compared(msgspec.Struct, frozen=True):
    """That somebody was a candidate for who is in a file, when that was submitted, and what was decided."""

    ts: int
    state: CandidateState


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """All that safety keeps of a person. `followings` are the newest of them, with this person on either side."""

    user_id: str
    decides: bool
    preferences: Preferences
    guardians: list[Guardian]
    wards: list[str]
    followings: list[Following]
    features: list[Feature]
    raised: list[Event]
    asked: list[Asked]
    asked_because_of_me: list[AskedFor]
    compared: list[Compared]
    strikes: list[Strike]
    position: Position | None
    location_room: str | None
    kept: Kept


class Keeping:
    """Shows and erases."""

    def __init__(
        self,
        app: Application,
        people: SafetyPeople,
        followings: Followings,
        features: Features,
        locations: Locations,
        beacons: Beacons,
        register: Register,
        settings: SafetySettings,
    ) -> None:
        self._app = app
        self._people = people
        self._followings = followings
        self._features = features
        self._locations = locations
        self._beacons = beacons
        self._register = register
        self._settings = settings

    async def of(self, actor: str, user_id: str) -> Overview:
        """All that is kept of a person, for themselves and who decides for them. Raises `Forbidden`, `NotFound`."""
        await self._people.check_user(user_id)
        await self._people.check_may_withdraw(actor, user_id)
        driver, settings = self._app.driver, self._settings
        return Overview(
            user_id=user_id,
            decides=await self._people.decides(actor, user_id),
            preferences=await self._people.preferences_of(user_id),
            guardians=await self._people.guardians_of(user_id),
            wards=await store.wards_of(driver, user_id),
            followings=await store.followings_of(driver, [user_id], "", SHOWN),
            features=await self._features.of(actor, user_id),
            raised=[rules.without_secrets(each) for each in await events_store.raised_by(driver, user_id, SHOWN)],
            asked=await events_store.asks_of(driver, user_id, SHOWN),
            asked_because_of_me=[
                AskedFor(*each) for each in await events_store.asked_because_of(driver, user_id, SHOWN)
            ],
            compared=[
                Compared(int(identification_id[:11], 16), state)
                for identification_id, state in await identification_store.times_candidate(driver, user_id, SHOWN)
            ],
            strikes=await events_store.strikes_of(driver, user_id, 0, SHOWN),
            position=self._locations.where(user_id),
            location_room=await positions_store.location_room(driver, user_id),
            kept=Kept(
                live_minutes=settings.live_minutes,
                once_minutes=settings.once_minutes,
                approximate_hours=settings.approximate_hours,
                followings_days=settings.followings_kept_days,
                groups_days=settings.kept_days,
            ),
        )

    async def withdraw(self, actor: str, user_id: str) -> None:
        """Erase what identifies a person and where they are, end who watches over them and over whom they watch, and
        agree to nothing more. Raises `Forbidden`."""
        await self._people.check_may_withdraw(actor, user_id)
        async with self._people.turns("preferences", user_id), self._people.turns("features", user_id):
            write = Write()
            self._erase(write, user_id)
            await self._app.committer.submit(write)
        await self._register.removed(user_id)
        await self._beacons.end(user_id)
        after = ""
        while found := await store.followings_of(self._app.driver, [user_id], after, SHOWN, only_open=True):
            for following in found:
                await self._followings.end(user_id, following.following_id)
            after = found[-1].following_id

    def _erase(self, write: Write, user_id: str) -> None:
        store.delete_features(write, user_id)
        identification_store.delete_templates(write, user_id)
        identification_store.delete_candidate(write, user_id)
        store.delete_preferences(write, user_id)
        self._locations.withdraw(user_id, write)

    async def clean(self, reader: Reader, write: Write, user_id: str, _limit: int) -> int:
        """A `UserCleaner`: nothing of somebody stays whose account is erased."""
        found = await store.followings_of(reader, [user_id], "", 1)
        has_more = (
            bool(found)
            or await store.key_of(reader, user_id) is not None
            or bool(await store.preferences_of(reader, [user_id]))
            or bool(await store.guardians_of(reader, user_id))
            or bool(await store.wards_of(reader, user_id))
            or await positions_store.location_room(reader, user_id) is not None
            or await events_store.has_any(reader, user_id)
            or await identification_store.has_requested(reader, user_id)
            or self._locations.shares(user_id)
        )
        if has_more:
            self._erase(write, user_id)
            store.delete_followings(write, user_id)
            store.delete_guardianships(write, user_id)
            positions_store.delete_location_room(write, user_id)
            events_store.delete_of_user(write, user_id)
            identification_store.delete_requested(write, user_id)
            await self._register.removed(user_id)
        return int(has_more)
