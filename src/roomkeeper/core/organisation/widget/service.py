"""Visitors of web pages: their accounts, and the session that each has.

A visitor's account is made with the first device signed in, in one write. Nobody can sign in to it with a password; its
tokens expire after disuse. Whom a page names with a signed token has one account for the site, on every device.
"""

from __future__ import annotations

from collections.abc import Mapping

from roomkeeper.core.account_data import Turns
from roomkeeper.core.accounts import Accounts
from roomkeeper.core.accounts.models import DeviceWish, SignedIn
from roomkeeper.core.organisation.models import Person
from roomkeeper.core.organisation.people import Draft, People
from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.core.organisation.sessions import Session, Sessions, Target, Wish
from roomkeeper.core.organisation.sessions.models import SessionsQuery
from roomkeeper.core.organisation.widget import rules, store
from roomkeeper.core.organisation.widget.facts import VisitorWrote
from roomkeeper.core.organisation.widget.models import Appearance, Claims, Opened, Opening, Site, Visitor
from roomkeeper.core.organisation.widget.settings import WidgetSettings, load_sites
from roomkeeper.core.profiles import Profiles
from roomkeeper.core.rooms import Room, TimelineEvent
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import Forbidden, InvalidParameter, LimitExceeded, NotFound

DAY_MS = 24 * 3600 * 1000
DEVICES = 20
"""Browsers in which one person is signed in at most; the one unused for longest goes first."""
FULL_RETRY_MS = 60_000
PAGE = 1000
NEWEST = 20
"""Sessions of a visitor that are looked through for the one that goes on."""
NAMELESS = {"zh": "访客"}
"""What a visitor is called who says no name, with a number behind it."""


class Widget:
    """Lets visitors in."""

    def __init__(
        self,
        app: Application,
        settings: WidgetSettings,
        accounts: Accounts,
        profiles: Profiles,
        people: People,
        permissions: Permissions,
        sessions: Sessions,
    ) -> None:
        self._app = app
        self._accounts = accounts
        self._profiles = profiles
        self._people = people
        self._permissions = permissions
        self._sessions = sessions
        self._sites: Mapping[str, Site] = load_sites(settings.sites)
        self._max_silent = settings.max_silent
        self._token_ms = settings.token_days * DAY_MS
        self._turns = Turns()
        self._number = 0
        self._silent: set[str] = set()

    # ------------------------------------------------------------ what others ask

    async def load(self) -> None:
        """Learn who has never written: that is asked about with each message."""
        after = ""
        while found := await store.silent(self._app.driver, after, PAGE):
            self._silent.update(found)
            after = found[-1]

    def check_name(self, user_id: str) -> None:
        """See `accounts.Reserved`."""
        if rules.is_visitor(user_id):
            raise InvalidParameter(f"Names that begin with {rules.PREFIX} are for visitors of web pages.")

    def disuse_ms(self, user_id: str) -> int | None:
        """After how much disuse somebody's tokens expire; `None`: they do not."""
        return self._token_ms if rules.is_visitor(user_id) else None

    def note(self, _room: Room, entry: TimelineEvent, write: Write) -> None:
        """See `rooms.Accepted`."""
        if entry.event.sender in self._silent and entry.event.state_key is None:
            self._app.facts.record(write, VisitorWrote(entry.event.sender))

    async def note_wrote(self, fact: VisitorWrote) -> None:
        """They are kept from now on."""
        write = Write()
        store.note_wrote(write, fact.user_id)
        await self._app.committer.submit(write)
        self._silent.discard(fact.user_id)

    def forget(self, user_id: str) -> None:
        """Somebody who never wrote is no more."""
        self._silent.discard(user_id)

    # ------------------------------------------------------------ pages

    def site(self, key: str, origin: str | None) -> Site:
        """The site of a page. Raises `NotFound`, `Forbidden`."""
        site = self._sites.get(key)
        if site is None:
            raise NotFound("No site has this key: see the setting widget.sites.")
        rules.check_origin(site, origin)
        return site

    def appearance(self, site: Site, language: str) -> Appearance:
        """How the widget shows itself there."""
        return Appearance(
            title=rules.words(site.title, language),
            greeting=rules.words(site.greeting, language),
            notice=rules.words(site.notice, language),
            accent=site.accent,
            identity=site.identity,
        )

    async def open(self, site: Site, asked: Opening) -> Opened:
        """Sign a visitor in, with the session that they have, or a new one.

        Raises `InvalidIdentity`, `Forbidden`, `NotFound`, `LimitExceeded`.
        """
        if asked.identity is None:
            if site.identity == "required":
                raise Forbidden("This site lets in only whom its pages name with a signed `identity`.")
            if asked.resume:
                raise NotFound("There is nothing to resume without an identity.")
            await self._target(site)
            return await self._with_session(await self._create(site, asked, None), site, asked)
        if site.identity == "off":
            raise rules.InvalidIdentity("This site takes no identities: set `identity` in its file.")
        person = rules.identity(asked.identity, site, self._app.clock.now_ms() / 1000)
        async with self._turns(site.key, person.sub):
            return await self._open_for(person, site, asked)

    async def _open_for(self, person: Claims, site: Site, asked: Opening) -> Opened:
        user_id = await store.find_person(self._app.driver, site.key, person.sub)
        if asked.resume and (user_id is None or await self._newest(user_id) is None):
            raise NotFound("This person has no session yet.")
        if user_id is None:
            await self._target(site)
            return await self._with_session(await self._create(site, asked, person), site, asked)
        await self._make_room_for_device(user_id)
        signed_in = await self._accounts.sign_in_as(user_id, DeviceWish(display_name=_device_name(site)))
        known = Draft(display_name=person.name, email=person.email)
        if person.name or person.email:
            await self._people.change(user_id, known)
        return await self._with_session(signed_in, site, asked)

    async def _create(self, site: Site, asked: Opening, person: Claims | None) -> SignedIn:
        if len(self._silent) >= self._max_silent:
            raise LimitExceeded(retry_after_ms=FULL_RETRY_MS)
        user_id = f"@{rules.new_localpart()}:{self._accounts.server_name}"
        now, write = self._app.clock.now_ms(), Write()
        if person is None:
            self._accounts.add_user(write, user_id)
            self._profiles.name_new_user(write, user_id, asked.name.strip() or self._nameless(asked.language))
            self._profiles.tell_of_new(write, [user_id])
        else:
            new = Person(
                user_id=user_id,
                display_name=person.name or self._nameless(asked.language),
                email=person.email,
                language=asked.language,
                created_ts=now,
                updated_ts=now,
            )
            self._people.add_new(write, new, actor="widget", reason=f"a visitor of {site.key}")
            self._people.tell_of_new(write, [new])
        subject = None if person is None else person.sub
        store.insert(write, Visitor(user_id=user_id, site=site.key, subject=subject, created_ts=now))
        self._silent.add(user_id)
        try:
            return await self._accounts.sign_in(write, user_id, DeviceWish(display_name=_device_name(site)))
        except BaseException:
            self._silent.discard(user_id)
            raise

    def _nameless(self, language: str) -> str:
        self._number = self._number % 9999 + 1
        return f"{NAMELESS.get(language.partition('-')[0].lower(), 'Visitor')} {self._number}"

    async def _make_room_for_device(self, user_id: str) -> None:
        devices = await self._accounts.devices(user_id)
        devices.sort(key=lambda device: device.last_seen_ts or 0)
        surplus = devices[: max(0, len(devices) - DEVICES + 1)]
        await self._accounts.remove_devices(user_id, [device.device_id for device in surplus])

    # ------------------------------------------------------------ sessions

    async def _with_session(self, signed_in: SignedIn, site: Site, asked: Opening) -> Opened:
        user_id = signed_in.user_id
        session = await self._newest(user_id)
        if session is None or (asked.anew and session.state == "closed"):
            wish = Wish(language=asked.language, topic=asked.topic)
            session = await self._sessions.ask(user_id, await self._target(site), wish)
        return Opened(
            user_id=user_id,
            device_id=signed_in.device_id,
            access_token=signed_in.access_token,
            room_id=session.room_id,
            state=session.state,
            expires_after_ms=self._token_ms,
        )

    async def _newest(self, user_id: str) -> Session | None:
        """Their session; one that is closed goes on as soon as they write."""
        for session in await self._sessions.page(SessionsQuery(customer_id=user_id), None, NEWEST):
            # What they were offered, and have not accepted, is not theirs (yet).
            if await self._sessions.rooms.is_in(session, user_id):
                return session
        return None

    async def _target(self, site: Site) -> Target:
        """Who answers for a site. Raises `NotFound`, which is told to the page's author."""
        if not site.department:
            return Target()
        departments = (await self._permissions.tree()).departments.values()
        for part in ("department_id", "external_id", "name"):
            for department in departments:
                if getattr(department, part) == site.department:
                    return Target(department_id=department.department_id)
        raise NotFound(f"The organisation has no department {site.department}, to which the site {site.key} leads.")


def _device_name(site: Site) -> str:
    return f"Web page ({site.key})"
