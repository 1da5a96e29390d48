"""Sessions: the routes by which customers reach the staff, and what becomes of them.

The service account alone makes the rooms, so that no power over them ever leaves with a person. See `service` for what
can be done, `rooms` for what a session is made of, `gates` for what nobody else may do there.
"""

from __future__ import annotations

from roomkeeper.core.account_data import AccountData, Turns
from roomkeeper.core.accounts import Accounts
from roomkeeper.core.keys import Keys
from roomkeeper.core.organisation.facts import AvailabilityChanged, PersonStateChanged
from roomkeeper.core.organisation.people import People
from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.core.organisation.sessions import store
from roomkeeper.core.organisation.sessions.access import Access
from roomkeeper.core.organisation.sessions.api import LinksApi, RoutingApi, SessionsApi
from roomkeeper.core.organisation.sessions.chats import DirectChats
from roomkeeper.core.organisation.sessions.direct import Direct
from roomkeeper.core.organisation.sessions.facts import (
    CustomerWrote,
    OfferAnswered,
    ParticipantLeft,
    SessionAssigned,
    SessionClosed,
    SessionOpened,
)
from roomkeeper.core.organisation.sessions.gates import Gates
from roomkeeper.core.organisation.sessions.links import Links
from roomkeeper.core.organisation.sessions.models import DIRECT, Session, Target, Wish
from roomkeeper.core.organisation.sessions.news import News
from roomkeeper.core.organisation.sessions.offers import Following
from roomkeeper.core.organisation.sessions.places import Places
from roomkeeper.core.organisation.sessions.rooms import Notices, SessionRooms
from roomkeeper.core.organisation.sessions.routing import Routing
from roomkeeper.core.organisation.sessions.service import Sessions
from roomkeeper.core.organisation.sessions.waiting import Waiting
from roomkeeper.core.organisation.settings import OrganisationSettings
from roomkeeper.core.profiles import Profiles, ServiceAccount
from roomkeeper.core.push import Unread
from roomkeeper.core.rooms import RoomRows, Rooms, RoomSettings
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import UserInUse

__all__ = [
    "CustomerWrote",
    "Following",
    "News",
    "Notices",
    "Session",
    "SessionAssigned",
    "SessionClosed",
    "SessionOpened",
    "Sessions",
    "Target",
    "Wish",
    "install",
]


def install(
    app: Application,
    people: People,
    permissions: Permissions,
    accounts: Accounts,
    profiles: Profiles,
    rooms: Rooms,
    account_data: AccountData,
    keys: Keys,
    unread: Unread,
) -> Sessions:
    """Make the services, serve their endpoints, and answer direct chats."""
    app.packages.append(__name__)
    settings, turns = app.source.section(OrganisationSettings), Turns()
    account = _account(app, settings, accounts, profiles, unread)
    direct, news = Direct(app.driver, account_data), News()
    app.stopping.add("sessions", news.close)
    account_data.amended[DIRECT] = direct.amend
    made = SessionRooms(
        app,
        rooms,
        profiles,
        permissions,
        account,
        direct,
        news,
        version=app.source.section(RoomSettings).default_room_version,
        previous_stay=settings.previous_staff == "stay",
    )
    places = Places(app.driver, accounts, people, permissions, turns)
    sessions = Sessions(app, people, permissions, places, made, turns, default_department=settings.default_department)
    sessions.service_accounts = account.known
    rooms.creation.answers.add("sessions", DirectChats(accounts, rooms, people, sessions).answer)
    access = Access(people, permissions)
    SessionsApi(app, accounts, permissions, sessions, access, news).add_routes()
    LinksApi(accounts, permissions, Links(app, people, permissions, sessions, turns), access).add_routes(app.routes)
    RoutingApi(permissions, Routing(app, people, permissions)).add_routes(app.routes)
    app.facts.handle(OfferAnswered, sessions.offers.answer)
    _guard(app, rooms, keys, account)
    _wait(app, Waiting(app.driver, sessions, places, permissions, turns))
    return sessions


def _account(
    app: Application, settings: OrganisationSettings, accounts: Accounts, profiles: Profiles, unread: Unread
) -> ServiceAccount:
    """The account that makes the rooms: nobody else gets its name, and nobody is notified of what it does."""
    account = ServiceAccount(
        accounts,
        profiles,
        settings.service_account,
        settings.service_display_name,
        setting="organisation.service_account",
        insert=store.insert_account,
    )

    def check(user_id: str) -> None:
        if user_id == account.user_id:
            raise UserInUse(f"{user_id} is the server's own account, which makes the rooms of sessions.")

    async def load() -> None:
        account.remember(await store.accounts(app.driver))
        unread.silent.update(account.known)
        # Where the name is somebody's already, it is they of whom people want to be notified.
        if not await accounts.exists(account.user_id):
            unread.silent.add(account.user_id)

    accounts.reserved.add("sessions", check)
    app.starting.add("sessions", load)
    return account


def _guard(app: Application, rooms: Rooms, keys: Keys, account: ServiceAccount) -> None:
    gates = Gates(rooms, app.facts, account.known)
    rooms.gates.add_fast(gates.ask)
    rooms.accepted.add("sessions", gates.note)
    rooms.checks.add("algorithm", gates.check_encryption)
    keys.policy.rules.add("sessions", gates.encryption)
    rooms.room_cleaners.add("sessions", RoomRows("sessions", ("room_id",)))
    rooms.user_cleaners.add("sessions", store.clear_topics)


def _wait(app: Application, waiting: Waiting) -> None:
    app.background.add("waiting sessions", waiting.run)
    app.facts.handle(CustomerWrote, waiting.reopen)
    app.facts.handle(ParticipantLeft, waiting.leave)
    for kind in (SessionClosed, SessionAssigned, PersonStateChanged, AvailabilityChanged):
        app.facts.handle(kind, waiting.wake)
