"""Endpoints of events, and of organisations."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.safety import geojson, rules
from roomkeeper.capabilities.safety.api import ROOT
from roomkeeper.capabilities.safety.events import MANAGE, Events
from roomkeeper.capabilities.safety.gathering import Gathering
from roomkeeper.capabilities.safety.geometry import Area, Circle
from roomkeeper.capabilities.safety.models import (
    KINDS,
    Asked,
    Event,
    EventSource,
    EventState,
    Kind,
    Latitude,
    Longitude,
    Medium,
    OrganisationAccount,
    Plain,
    Role,
    Text,
    Wanted,
)
from roomkeeper.capabilities.safety.organisations import MANAGE as ORGANISATIONS
from roomkeeper.capabilities.safety.organisations import OrganisationAccounts
from roomkeeper.core.organisation import Permissions
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import InvalidParameter
from roomkeeper.platform.http import EMPTY, Request, Response
from roomkeeper.platform.http.paging import PageQuery

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
Reason = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
Corner = Annotated[tuple[float, float], Meta(description="Longitude, latitude, as GeoJSON has them.")]
Ring = Annotated[tuple[Corner, ...], Meta(min_length=3, max_length=501)]


class CircleBody(msgspec.Struct, frozen=True, kw_only=True):
    """All within some metres of a point."""

    latitude: Latitude
    longitude: Longitude
    radius: Annotated[float, Meta(gt=0, le=500_000)] = 500.0


class AreaBody(msgspec.Struct, frozen=True, kw_only=True):
    """All that is in one of these; polygons as rings of GeoJSON, in either order."""

    circles: Annotated[tuple[CircleBody, ...], Meta(max_length=20)] = ()
    polygons: Annotated[tuple[Ring, ...], Meta(max_length=20)] = ()

    def area(self) -> Area:
        """The area. Raises `InvalidParameter`."""
        return Area(
            circles=tuple(Circle(each.latitude, each.longitude, each.radius) for each in self.circles),
            polygons=tuple(rules.polygon_of(each) for each in self.polygons),
        )


class EventBody(msgspec.Struct, frozen=True, kw_only=True):
    """What happens, and where; without a place: where one is."""

    kind: Kind
    title: Plain = ""
    text: Text = ""
    place: AreaBody = AreaBody()
    media: Annotated[tuple[Medium, ...], Meta(max_length=10)] = ()


class StatusBody(msgspec.Struct, frozen=True, kw_only=True):
    """How far it is; a word on how it ended."""

    status: Literal["open", "handled", "resolved"]
    summary: Text = ""


class CloseBody(msgspec.Struct, frozen=True, kw_only=True):
    """How it ended."""

    summary: Text = ""


class ReasonBody(msgspec.Struct, frozen=True, kw_only=True):
    """Why."""

    reason: Reason


class JoinBody(msgspec.Struct, frozen=True, kw_only=True):
    """Yes or no to being asked into the group."""

    join: bool


class OrganisationBody(msgspec.Struct, frozen=True, kw_only=True):
    """For what an account is responsible; without kinds, for all."""

    name: Name
    area: AreaBody
    kinds: Annotated[tuple[Kind, ...], Meta(max_length=len(KINDS))] = ()


class EventsQuery(PageQuery, frozen=True, kw_only=True):
    """Which events."""

    open: Annotated[bool, Meta(description="Those alone that are open.")] = False
    kind: Kind | None = None
    state: EventState | None = None
    source: EventSource | None = None

    @property
    def wanted(self) -> Wanted:
        """What is asked for."""
        return Wanted(open=self.open, kind=self.kind, state=self.state, source=self.source)


class EventView(msgspec.Struct, frozen=True, kw_only=True):
    """An event, and what one is to it oneself."""

    event: Event
    role: Role | None = None
    counts: list[tuple[str, str, int]] | None = None


class EventsAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of events, the newest first."""

    events: list[Event]
    next_batch: str | None = None


class OrganisationsAnswer(msgspec.Struct, frozen=True):
    """Who is responsible for what."""

    organisations: list[OrganisationAccount]


class EventsApi:
    """``/_roomkeeper/v1/safety/events``, ``…/organisations``."""

    def __init__(
        self,
        app: Application,
        permissions: Permissions,
        events: Events,
        gathering: Gathering,
        organisations: OrganisationAccounts,
    ) -> None:
        self._app = app
        self._permissions = permissions
        self._events = events
        self._gathering = gathering
        self._organisations = organisations

    def add_routes(self) -> None:
        """Serve them."""
        routes, root = self._app.routes, f"{ROOT}/events"
        one = f"{root}/{{eventId}}"
        routes.add("GET", root, self.page)
        routes.add("POST", root, self.report, limit="create")
        routes.add("GET", f"{ROOT}/events.geojson", self.map)
        routes.add("GET", one, self.get)
        routes.add("POST", f"{one}/cancel", self.cancel, limit="write")
        routes.add("POST", f"{one}/answer", self.answer, limit="join")
        routes.add("PUT", f"{one}/status", self.status, limit="write")
        routes.add("POST", f"{one}/close", self.close, limit="write")
        routes.privileged("POST", f"{one}/false", self.strike, MANAGE)
        routes.privileged("GET", f"{ROOT}/organisations", self.organisations, ORGANISATIONS)
        routes.privileged("PUT", f"{ROOT}/organisations/{{userId}}", self.put_organisation, ORGANISATIONS)
        routes.privileged("DELETE", f"{ROOT}/organisations/{{userId}}", self.delete_organisation, ORGANISATIONS)

    async def page(self, request: Request, query: EventsQuery) -> EventsAnswer:
        """Events that one has raised, is in, or is asked into; for who manages them, all."""
        found = await self._page(request, query)
        last = found[-1] if len(found) == query.limit else None
        shown = [rules.without_secrets(each) for each in found]
        return EventsAnswer(shown, None if last is None else f"{last.created_ts}.{last.event_id}")

    async def map(self, request: Request, query: EventsQuery) -> Response:
        """The same as GeoJSON (RFC 7946), for maps."""
        found = await self._page(request, query)
        last = found[-1] if len(found) == query.limit else None
        collection: dict[str, Any] = {
            "type": "FeatureCollection",
            "features": [geojson.feature(each) for each in found],
        }
        if last is not None:
            collection["next_batch"] = f"{last.created_ts}.{last.event_id}"
        return Response(msgspec.json.encode(collection), content_type=b"application/geo+json")

    async def _page(self, request: Request, query: EventsQuery) -> list[Event]:
        return await self._events.page(request.actor, place_of(query.from_), query.limit, query.wanted)

    async def get(self, request: Request) -> EventView:
        """An event, and what one is to it; for who manages events, how many were asked."""
        return await self._view(request)

    async def _view(self, request: Request) -> EventView:
        event, role = await self._events.visible(request.actor, request.parameters["eventId"])
        counts = await self._events.counts(event.event_id) if role == "officer" else None
        return EventView(event=rules.without_secrets(event), role=role, counts=counts)

    async def report(self, request: Request, body: EventBody) -> Event:
        """Report something. There are some seconds to take it back; then people are asked."""
        raised = await self._events.raise_event(
            request.user, body.kind, body.title, body.text, body.place.area(), body.media
        )
        return rules.without_secrets(raised)

    async def cancel(self, request: Request) -> Event:
        """Take a report back before anybody knows of it."""
        return rules.without_secrets(await self._events.cancel(request.actor, request.parameters["eventId"]))

    async def answer(self, request: Request, body: JoinBody) -> Asked:
        """Say yes or no to being asked into the group: the same as entering the room that asks, or rejecting it."""
        return await self._events.answer(request.actor, request.parameters["eventId"], join=body.join)

    async def status(self, request: Request, body: StatusBody) -> Event:
        """Say how far it is."""
        changed = await self._events.change_status(
            request.actor, request.parameters["eventId"], body.status, body.summary
        )
        return rules.without_secrets(changed)

    async def close(self, request: Request, body: CloseBody) -> Event:
        """Close the group."""
        closed = await self._events.close(request.actor, request.parameters["eventId"], body.summary)
        return rules.without_secrets(closed)

    async def strike(self, request: Request, body: ReasonBody) -> Event:
        """Find a report to be false."""
        struck = await self._events.strike(request.actor, request.parameters["eventId"], body.reason)
        return rules.without_secrets(struck)

    # ------------------------------------------------------------ organisations

    async def organisations(self, _request: Request) -> OrganisationsAnswer:
        """Who is responsible for what."""
        return OrganisationsAnswer(await self._gathering.organisations())

    async def put_organisation(self, request: Request, body: OrganisationBody) -> OrganisationAccount:
        """Say for what an account is responsible: it is taken into groups there without being asked."""
        user_id = request.parameters["userId"]
        return await self._organisations.put(user_id, body.name, body.area.area(), body.kinds, request.actor)

    async def delete_organisation(self, request: Request) -> Response:
        """That an account is responsible for nothing any more."""
        await self._organisations.delete(request.parameters["userId"])
        return EMPTY


def place_of(text: str) -> tuple[int, str] | None:
    """Where a page begins: a number and an id. Raises `InvalidParameter`."""
    if not text:
        return None
    number, _, event_id = text.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 16) or "\0" in event_id:
        raise InvalidParameter("`from` is not the next_batch of a page.")
    return int(number), event_id
