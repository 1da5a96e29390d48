"""Rooms: their state, their events, who is in them."""

from __future__ import annotations

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.identity import IdentityServers
from roomkeeper.core.profiles import ProfileChanged, Profiles
from roomkeeper.core.rooms.api import creating, membership, reading, sending
from roomkeeper.core.rooms.cache import RoomCache
from roomkeeper.core.rooms.cleaning import EventCleaner, RemovedEvent, RoomCleaner, RoomRows, UserCleaner, UserRows
from roomkeeper.core.rooms.creation import Creation, RoomRequest
from roomkeeper.core.rooms.membership import Memberships
from roomkeeper.core.rooms.mending import Mending
from roomkeeper.core.rooms.models import Draft, PlacedEvent, Preferences, Room, SendAttempt, TimelineEvent
from roomkeeper.core.rooms.reading import Reading
from roomkeeper.core.rooms.service import Passing, Rooms, Showing
from roomkeeper.core.rooms.settings import RoomSettings
from roomkeeper.core.rooms.standing import GuestsExcluded, Standings
from roomkeeper.core.rooms.third_party import ThirdPartyInvites
from roomkeeper.core.rooms.turn import EVENT, Turn
from roomkeeper.core.rooms.veiling import Veil
from roomkeeper.core.transactions import Transactions
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import MatrixError
from roomkeeper.platform.hooks import Deny, GatePoint, Verdict
from roomkeeper.wire.signing import Signer

__all__ = [
    "EVENT",
    "Draft",
    "EventCleaner",
    "Mending",
    "Passing",
    "PlacedEvent",
    "Preferences",
    "RemovedEvent",
    "Room",
    "RoomCleaner",
    "RoomRequest",
    "RoomRows",
    "RoomSettings",
    "Rooms",
    "SendAttempt",
    "Showing",
    "TimelineEvent",
    "UserCleaner",
    "UserRows",
    "install",
]


def install(
    app: Application,
    signer: Signer,
    transactions: Transactions,
    accounts: Accounts,
    profiles: Profiles,
    identity: IdentityServers,
) -> Rooms:
    """Make the rooms of this server and serve their endpoints."""
    app.packages.append(__name__)
    settings = app.source.section(RoomSettings)
    gates: GatePoint[SendAttempt] = GatePoint("event_send")
    cache = RoomCache(app.driver, app.committer, settings.cached_state_events)
    turn = Turn(app.positions, app.clock, signer, gates)
    rooms = Rooms(app.driver, cache, turn, app.clock, gates, app.settings.server_name, Veil(accounts.erased))
    rooms.standings = standings = Standings(rooms, accounts, app.facts, rooms.open_to_suspended)
    rooms.reading = looking = Reading(rooms)
    rooms.memberships = memberships = Memberships(rooms, accounts, profiles, app.tracking)
    third_party = ThirdPartyInvites(rooms, memberships, profiles, identity)
    rooms.creation = creation = Creation(rooms, accounts, profiles, settings.max_invites_at_creation)
    sending.install(app, rooms, memberships, transactions)
    membership.install(app, membership.Membership(rooms, memberships, third_party))
    version = settings.default_room_version
    creating.install(app, creating.Creating(rooms, creation, memberships, looking, third_party, version))
    reading.install(app, reading.Looking(looking))

    def still_signed_in(attempt: SendAttempt) -> Verdict:
        """A send may have waited for seconds in a slow gate; its device may have been signed out meanwhile."""
        requester = attempt.draft.requester
        try:
            if requester is not None:
                accounts.sessions.recheck(requester)
        except MatrixError as error:
            return Deny(error)
        return None

    gates.add_fast(still_signed_in, priority=0)
    gates.add_fast(standings.gate, priority=0)
    rooms.accepted.add("guests", standings.note)
    app.facts.handle(GuestsExcluded, standings.exclude_guests)

    async def refresh(fact: ProfileChanged) -> None:
        # Whoever is in thousands of rooms is so of many that would all be looked at for nothing.
        if fact.propagate:
            await memberships.refresh_profile(fact.user_id)

    rooms.room_cleaners.add("events", RoomRows("events", ("position",)))
    rooms.room_cleaners.add("held events", RoomRows("held_events", ("event_id",)))
    rooms.user_cleaners.add("held events", UserRows("held_events", ("event_id",), "sender"))
    app.facts.handle(ProfileChanged, refresh)
    return rooms
