"""Safety: a group for what happens at a place, of those near it, those who watch over them, and those responsible.

`people`, `following`, `features`, `locations`: what people agree to, and what is kept of them for it (`keeping` shows
and erases it); `beacons`: how any client takes part. `events`: what happens when something happens; `gathering` finds
people, `asking` asks them, `groups` are where they come together; `feeds` fetches alerts, `cap` reads them.
`identification`: who is in a picture, film or sound of an event.
docs/safety.md has the whole flow of data.
"""

from __future__ import annotations

from pathlib import Path

from roomkeeper.capabilities.safety.account import SafetyAccount
from roomkeeper.capabilities.safety.alerts import Alerts
from roomkeeper.capabilities.safety.api.desk import DeskApi
from roomkeeper.capabilities.safety.api.events import EventsApi
from roomkeeper.capabilities.safety.api.feeds import FeedsApi
from roomkeeper.capabilities.safety.api.identification import IdentificationApi
from roomkeeper.capabilities.safety.api.people import PEOPLE, LocationApi, PeopleApi
from roomkeeper.capabilities.safety.asking import Asking
from roomkeeper.capabilities.safety.beacons import Beacons
from roomkeeper.capabilities.safety.desk import Desk
from roomkeeper.capabilities.safety.events import MANAGE, Events
from roomkeeper.capabilities.safety.facts import AskAnswered, FollowerAsked, FollowingChanged, ReportStruck
from roomkeeper.capabilities.safety.features import Features
from roomkeeper.capabilities.safety.feeds import FEEDS, Feeds
from roomkeeper.capabilities.safety.following import Followings
from roomkeeper.capabilities.safety.gathering import Gathering
from roomkeeper.capabilities.safety.groups import Groups
from roomkeeper.capabilities.safety.identification.deciding import Deciding
from roomkeeper.capabilities.safety.identification.erasing import Erasing
from roomkeeper.capabilities.safety.identification.looking import Looking
from roomkeeper.capabilities.safety.identification.register import Register
from roomkeeper.capabilities.safety.identification.requests import Identifications
from roomkeeper.capabilities.safety.keeping import Keeping
from roomkeeper.capabilities.safety.locations import Locations
from roomkeeper.capabilities.safety.organisations import MANAGE as ORGANISATIONS
from roomkeeper.capabilities.safety.organisations import OrganisationAccounts
from roomkeeper.capabilities.safety.people import SafetyPeople
from roomkeeper.capabilities.safety.settings import SafetySettings
from roomkeeper.capabilities.safety.telling import Telling
from roomkeeper.capabilities.safety.timer import Timer
from roomkeeper.capabilities.safety.vault import Vault
from roomkeeper.core.account_data import Turns
from roomkeeper.core.accounts import Accounts
from roomkeeper.core.analysis.service import Analysis
from roomkeeper.core.media import Media
from roomkeeper.core.notices import Notices
from roomkeeper.core.organisation import Organisation
from roomkeeper.core.organisation.rules import permission
from roomkeeper.core.profiles import Profiles
from roomkeeper.core.retention import Purges
from roomkeeper.core.rooms import RoomRows, Rooms, RoomSettings
from roomkeeper.platform.application import Application

__all__ = ["SafetySettings", "install"]


def install(  # noqa: PLR0915 (a table of contents)
    app: Application,
    accounts: Accounts,
    profiles: Profiles,
    rooms: Rooms,
    purges: Purges,
    notices: Notices,
    organisation: Organisation,
    analysis: Analysis,
    media: Media,
) -> None:
    """Serve safety."""
    app.packages.append(__name__)
    settings, version = app.source.section(SafetySettings), app.source.section(RoomSettings).default_room_version
    account = SafetyAccount(app, accounts, profiles, settings)
    people = SafetyPeople(app, accounts, Turns())
    followings = Followings(app, people, rooms, settings)
    vault, looking = Vault(_key_file(app, settings)), Looking(analysis, app.data_dir / "examined")
    register = Register(app, vault, settings)
    features = Features(app, people, vault, looking, register)
    locations = Locations(app, settings)
    people.moved, people.settled = locations.moved, locations.settled
    beacons = Beacons(app, rooms, account, people, locations, version)
    keeping = Keeping(app, people, followings, features, locations, beacons, register, settings)
    telling = Telling(notices, profiles, organisation, settings.language)
    _declare(organisation)
    PeopleApi(app, people, followings, features, keeping).add_routes()
    LocationApi(app, locations, beacons, telling).add_routes()

    gathering = Gathering(app, account, locations, settings)
    groups = Groups(app, rooms, profiles, account, beacons, version, settings.language)
    asking = Asking(app, accounts, profiles, rooms, account, locations, gathering, groups, telling, version)
    permissions = organisation.permissions
    erasing = Erasing(app, media)
    events = Events(
        app, accounts, permissions, people, locations, gathering, groups, asking, telling, purges, erasing, settings
    )
    EventsApi(app, permissions, events, gathering, OrganisationAccounts(app, people, gathering)).add_routes()
    alerts = Alerts(app, people, groups, events)
    feeds = Feeds(app, account, people, alerts, settings)
    FeedsApi(app, permissions, alerts, gathering, feeds).add_routes()
    app.background.add("feeds of alerts", feeds.run)
    app.ending.add("feeds of alerts", feeds.outgoing.close)
    identifications = Identifications(
        app, accounts, media, people, locations, groups, events, vault, looking, register, telling, settings
    )
    _identify(app, media, looking, register, features, identifications)
    deciding = Deciding(app, media, people, events, features, vault, telling)
    IdentificationApi(app, identifications, deciding).add_routes()
    DeskApi(app, Desk(app, locations), events, people, settings).add_routes()
    app.background.add("safety events", Timer(app, events).run)
    rooms.accepted.add("safety's questions", asking.note)
    app.facts.handle(AskAnswered, asking.settle)
    _tell(app, telling, followings)
    app.background.add("followings", followings.run)
    app.starting.add("what identifies people", features.load)
    _locate(app, rooms, locations, beacons)
    rooms.user_cleaners.add("safety", keeping.clean)


def _tell(app: Application, telling: Telling, followings: Followings) -> None:
    """Tell people what concerns them."""

    async def followed(fact: FollowingChanged) -> None:
        await telling.follow(followings, fact)

    async def asked(fact: FollowerAsked) -> None:
        await telling.tell(fact.followed, "asked.for", follower=await telling.name_of(fact.follower), title=fact.title)

    async def struck(fact: ReportStruck) -> None:
        await telling.tell(fact.user_id, "struck", title=fact.title, reason=fact.reason)

    app.facts.handle(FollowingChanged, followed)
    app.facts.handle(FollowerAsked, asked)
    app.facts.handle(ReportStruck, struck)


def _key_file(app: Application, settings: SafetySettings) -> Path:
    return Path(settings.identity_key_file) if settings.identity_key_file else app.data_dir / "safety.key"


def _identify(
    app: Application,
    media: Media,
    looking: Looking,
    register: Register,
    features: Features,
    identifications: Identifications,
) -> None:
    """Compare what is submitted with what people have registered."""
    media.keepers.add("safety's submissions", identifications.kept)
    app.starting.add("what was examined", looking.clear)
    app.background.add("identification", identifications.run)
    app.background.add("what identifies people, in memory", register.run)
    app.background.add("what is compared of people", features.run)


def _locate(app: Application, rooms: Rooms, locations: Locations, beacons: Beacons) -> None:
    """Take positions, write them, and clear up behind beacons."""
    app.starting.add("positions", locations.load)
    app.background.add("positions at the start", locations.fill)
    app.background.add("positions", locations.run)
    app.ending.add("positions", locations.flush)
    app.background.add("beacons", beacons.run)
    rooms.accepted.add("safety", beacons.note)
    rooms.passing.add("safety", beacons.is_passing)
    rooms.room_cleaners.add("safety's beacons", RoomRows("safety_beacons", ("event_id",)))
    rooms.room_cleaners.add("rooms for locations", RoomRows("safety_location_rooms", ("user_id",)))


def _declare(organisation: Organisation) -> None:
    organisation.permissions.declared.add(
        "safety",
        {
            PEOPLE: permission("See and declare who decides for a minor.", "safety_officer"),
            MANAGE: permission(
                "See all safety events, say how far they are, close them, find them false.", "safety_officer"
            ),
            ORGANISATIONS: permission("See and declare who is responsible for what.", "safety_officer"),
            FEEDS: permission("Send in alerts of CAP feeds, and say which feeds are fetched.", "safety_officer"),
        },
    )
