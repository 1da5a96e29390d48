"""Endpoints of the console's page of safety, and what maps are drawn on."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import msgspec

from roomkeeper.capabilities.safety.api import ROOT
from roomkeeper.capabilities.safety.api.events import place_of
from roomkeeper.capabilities.safety.api.people import PEOPLE
from roomkeeper.capabilities.safety.desk import Desk, Overview
from roomkeeper.capabilities.safety.events import MANAGE, Events
from roomkeeper.capabilities.safety.feeds import FEEDS
from roomkeeper.capabilities.safety.models import Asked, Guardian
from roomkeeper.capabilities.safety.organisations import MANAGE as ORGANISATIONS
from roomkeeper.capabilities.safety.people import SafetyPeople
from roomkeeper.capabilities.safety.settings import SafetySettings
from roomkeeper.platform.application import Application, ConsolePage
from roomkeeper.platform.errors import InvalidParameter
from roomkeeper.platform.http import Request
from roomkeeper.platform.http.paging import PageQuery

SUBDOMAIN: Final = "{s}."


class AskedAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of who was found for an event, in the order in which they are asked."""

    asked: list[Asked]
    next_batch: str | None = None


class GuardianshipsAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of all guardians, by minors."""

    guardians: list[Guardian]
    next_batch: str | None = None


class MapAnswer(msgspec.Struct, frozen=True):
    """What maps are drawn on: pictures from `tile_url`; empty: what the page has itself. Who may see it: everybody."""

    tile_url: str
    attribution: str


class DeskApi:
    """``/_roomkeeper/v1/safety/overview``, ``…/guardians``, ``…/map``, and who was asked."""

    def __init__(
        self, app: Application, desk: Desk, events: Events, people: SafetyPeople, settings: SafetySettings
    ) -> None:
        self._app = app
        self._desk = desk
        self._events = events
        self._people = people
        self._map = MapAnswer(settings.tile_url, settings.tile_attribution)

    def add_routes(self) -> None:
        """Serve them, and let pages show the map's pictures."""
        routes = self._app.routes
        routes.add("GET", f"{ROOT}/map", self.map)
        routes.privileged("GET", f"{ROOT}/overview", self.overview, MANAGE)
        routes.privileged("GET", f"{ROOT}/events/{{eventId}}/asked", self.asked, MANAGE, audited=True)
        routes.privileged("GET", f"{ROOT}/guardians", self.guardians, PEOPLE, audited=True)
        self._app.console_pages.add("safety", ConsolePage((MANAGE, ORGANISATIONS, PEOPLE, FEEDS)))
        if self._map.tile_url:
            self._app.page_images.add("maps", origin_of(self._map.tile_url))

    async def map(self, _request: Request) -> MapAnswer:
        """What maps are drawn on."""
        return self._map

    async def overview(self, _request: Request) -> Overview:
        """How much there is to do, and how much there was in the last day."""
        return await self._desk.overview()

    async def asked(self, request: Request, query: PageQuery) -> AskedAnswer:
        """Who was found for an event, was asked, and came: in the order in which they are asked."""
        event = await self._events.find(request.parameters["eventId"])
        found = await self._desk.asked(event.event_id, place_of(query.from_), query.limit)
        last = found[-1] if len(found) == query.limit else None
        return AskedAnswer(found, None if last is None else f"{last.place}.{last.user_id}")

    async def guardians(self, _request: Request, query: PageQuery) -> GuardianshipsAnswer:
        """Who decides for whom."""
        minor, _, guardian = query.from_.partition(" ")
        if "\0" in query.from_:
            raise InvalidParameter("`from` is not the next_batch of a page.")
        found = await self._people.guardians_after((minor, guardian), query.limit)
        last = found[-1] if len(found) == query.limit else None
        return GuardianshipsAnswer(found, None if last is None else f"{last.minor} {last.guardian}")


def origin_of(tile_url: str) -> str:
    """Where the pictures of a map come from, as a source of a Content-Security-Policy. CSP Level 3 §2.3.1"""
    scheme, host = urlsplit(tile_url)[:2]
    return f"{scheme}://{'*.' + host.removeprefix(SUBDOMAIN) if host.startswith(SUBDOMAIN) else host}"
