"""The endpoints of departures."""

from __future__ import annotations

from roomkeeper.capabilities.handover import store
from roomkeeper.capabilities.handover.api import shapes
from roomkeeper.capabilities.handover.models import Departure
from roomkeeper.capabilities.handover.previews import Previews
from roomkeeper.capabilities.handover.reports import Reports
from roomkeeper.capabilities.handover.service import Departures
from roomkeeper.core.organisation import People, Permissions
from roomkeeper.core.organisation.sessions import News
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import InvalidParameter, NotFound
from roomkeeper.platform.http import Request, StreamedResponse

READ, WRITE = "departures.read", "departures.write"


class DeparturesApi:
    """``/_roomkeeper/v1/departures``."""

    def __init__(
        self,
        app: Application,
        people: People,
        permissions: Permissions,
        departures: Departures,
        reports: Reports,
        previews: Previews,
        news: News,
    ) -> None:
        self._app = app
        self._people = people
        self._permissions = permissions
        self._departures = departures
        self._reports = reports
        self._previews = previews
        self._news = news

    def add_routes(self) -> None:
        """Serve them."""
        routes, root = self._app.routes, "/_roomkeeper/v1/departures"
        one = f"{root}/{{departureId}}"
        routes.privileged("GET", root, self.page, READ, audited=True)
        routes.privileged("POST", root, self.record, WRITE)
        routes.privileged("POST", f"{root}/preview", self.preview, WRITE)
        routes.privileged("POST", f"{root}/preview/customers", self.planned, WRITE)
        routes.privileged("GET", f"{root}/summary", self.summary, READ)
        routes.privileged("GET", f"{root}/news", self.wait, READ)
        routes.privileged("GET", one, self.get, READ, audited=True)
        routes.privileged("PATCH", one, self.change, WRITE)
        routes.privileged("POST", f"{one}/begin", self.begin, WRITE)
        routes.privileged("POST", f"{one}/cancel", self.cancel, WRITE)
        routes.privileged("POST", f"{one}/undo", self.undo, WRITE)
        routes.privileged("POST", f"{one}/retry", self.retry, WRITE)
        routes.privileged("GET", f"{one}/customers", self.customers, READ, audited=True)
        routes.privileged("GET", f"{one}/rooms", self.rooms, READ, audited=True)
        routes.privileged("GET", f"{one}/export", self.export, READ, audited=True)

    async def page(self, request: Request, query: shapes.DeparturesQuery) -> shapes.Departures:
        """Departures, the newest first: those of one's departments."""
        found = await store.page_departures(
            self._app.driver,
            within=await self._within(request),
            user_id=query.user,
            state=query.state,
            before=_decoded(query.from_),
            limit=query.limit,
        )
        last = found[-1] if len(found) == query.limit else None
        return shapes.Departures(
            found,
            None if last is None else f"{last.created_ts}.{last.departure_id}",
            await store.counts_of(self._app.driver, [each.departure_id for each in found]),
        )

    async def _within(self, request: Request) -> frozenset[str] | None:
        scope = await self._permissions.scope(request.actor, READ)
        return None if scope.is_everywhere else frozenset(scope.departments)

    async def summary(self, request: Request) -> shapes.Summary:
        """Is it all right? Departures under way, customers who have not answered, and those without anybody."""
        return await self._reports.summary(await self._within(request))

    async def wait(self, _request: Request, query: shapes.NewsQuery) -> shapes.News:
        """Whether anything has changed: answers as soon as it has, or after the time."""
        return shapes.News(await self._news.wait(query.since, query.timeout / 1000))

    async def record(self, request: Request, body: shapes.DepartureBody) -> Departure:
        """Record that somebody leaves, or hands their customers on: now, or at a date."""
        recorded = await self._departures.record(await self._drafted(request, body))
        self._wake()
        return recorded

    async def preview(self, request: Request, body: shapes.DepartureBody) -> shapes.Preview:
        """What that would do, if it began now. Nothing is changed."""
        return await self._previews.of(await self._drafted(request, body))

    async def planned(
        self, request: Request, body: shapes.DepartureBody, query: shapes.PlannedQuery
    ) -> shapes.PlannedCustomers:
        """The customers whom that would concern, and who would take care of each. Nothing is changed."""
        return await self._previews.customers(await self._drafted(request, body), query)

    async def get(self, request: Request) -> shapes.Report:
        """A departure, and how far it is."""
        return await self._reports.of(await self._checked(request, READ))

    async def change(self, request: Request, body: shapes.ChangeBody) -> Departure:
        """Change a departure that has not begun."""
        departure = await self._checked(request, WRITE)
        changed = await self._departures.change(departure.departure_id, plan=body.plan, effective_ts=body.effective_ts)
        self._wake()
        return changed

    async def begin(self, request: Request) -> Departure:
        """Let a planned departure take effect now."""
        return self._told(await self._departures.begin((await self._checked(request, WRITE)).departure_id))

    async def cancel(self, request: Request) -> Departure:
        """Forget about a departure that has not begun."""
        return self._told(await self._departures.cancel((await self._checked(request, WRITE)).departure_id))

    async def undo(self, request: Request) -> Departure:
        """Take a departure back: the person is there again; customers who have not accepted stay with them."""
        departure = await self._checked(request, WRITE)
        return self._told(await self._departures.undo(departure.departure_id, request.actor))

    async def retry(self, request: Request) -> Departure:
        """Ask those customers anew with whom it failed, or for whom nobody had a place."""
        departure = await self._checked(request, WRITE)
        return self._told(await self._departures.retry(departure.departure_id, request.actor))

    async def customers(self, request: Request, query: shapes.OffersQuery) -> shapes.Offers:
        """The customers of a departure, and what became of each."""
        departure = await self._checked(request, READ)
        found = await store.page_offers(
            self._app.driver,
            departure.departure_id,
            query.status,
            query.from_,
            query.limit,
            successor_id=query.successor,
            unanswered=query.unanswered,
        )
        return shapes.Offers(found, found[-1].room_id if len(found) == query.limit else None)

    async def rooms(self, request: Request, query: shapes.GroupsQuery) -> shapes.Groups:
        """The leaver's other rooms, and who has their place there."""
        departure = await self._checked(request, READ)
        found = await store.group_rooms(self._app.driver, departure.departure_id, query.from_, query.limit)
        return shapes.Groups(found, found[-1].room_id if len(found) == query.limit else None)

    async def export(self, request: Request) -> StreamedResponse:
        """The customers of a departure, and what became of each, as CSV."""
        return await self._reports.export(await self._checked(request, READ))

    def _told(self, departure: Departure) -> Departure:
        self._news.tell()
        return departure

    def _wake(self) -> None:
        self._news.tell()
        self._reports.wake()

    async def _drafted(self, request: Request, body: shapes.DepartureBody) -> Departure:
        await self._check_person(request, WRITE, body.user_id)
        return await self._departures.draft(
            body.user_id,
            body.kind,
            body.plan,
            effective_ts=body.effective_ts,
            reason=body.reason,
            actor=request.actor,
        )

    async def _checked(self, request: Request, permission: str) -> Departure:
        """The departure of the path. Raises `NotFound`, also where it is none of one's departments'."""
        departure = await self._departures.get(request.parameters["departureId"])
        try:
            await self._check_person(request, permission, departure.user_id)
        except NotFound:
            raise NotFound("There is no such departure.") from None
        return departure

    async def _check_person(self, request: Request, permission: str, user_id: str) -> None:
        scope = await self._permissions.scope(request.actor, permission)
        if not scope.is_everywhere and not scope.includes((await self._people.find(user_id)).departments):
            raise NotFound(f"There is nobody with the user id {user_id} in your departments.")


def _decoded(token: str) -> tuple[int, str] | None:
    created_ts, _, departure_id = token.partition(".")
    if not token:
        return None
    if not (created_ts.isascii() and created_ts.isdecimal()) or len(created_ts) > 15 or "\0" in departure_id:
        raise InvalidParameter("`from` must be the next_batch of the page before.")
    return int(created_ts), departure_id
