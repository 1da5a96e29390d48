"""The endpoints of those who review: the queue, what was seen, deciding, figures. A department's see their own."""

from __future__ import annotations

from roomkeeper.capabilities.screening.api import shapes
from roomkeeper.capabilities.screening.api.paging import decoded, next_batch
from roomkeeper.capabilities.screening.cases import Cases
from roomkeeper.capabilities.screening.details import CaseDetail, Details
from roomkeeper.capabilities.screening.models import Case, CaseQuery
from roomkeeper.capabilities.screening.similar import SimilarPictures
from roomkeeper.capabilities.screening.statistics import HOUR_MS, Statistics
from roomkeeper.capabilities.screening.store import cases as store
from roomkeeper.core.media import Media, rules
from roomkeeper.core.media.serving import Content, answer
from roomkeeper.core.organisation import Permissions
from roomkeeper.core.organisation.sessions.news import News
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import NotFound
from roomkeeper.platform.http import Request, Response, StreamedResponse

REVIEW = "screening.review"
COMPARED = 5_000
"""The newest other cases with files that one is compared with."""
MOST_SIMILAR = 50
SIMILAR_BITS = 31
"""Of 256: two pictures that differ in no more are taken for the same."""
MOST_HOURS = 24 * 100


class ReviewApi:
    """``/_roomkeeper/v1/screening/cases`` and ``/statistics``."""

    def __init__(
        self,
        app: Application,
        permissions: Permissions,
        cases: Cases,
        media: Media,
        statistics: Statistics,
        pictures: SimilarPictures,
        details: Details,
        news: News,
    ) -> None:
        self._app = app
        self._permissions = permissions
        self._cases = cases
        self._media = media
        self._statistics = statistics
        self._pictures = pictures
        self._details = details
        self._news = news

    def add_routes(self) -> None:
        """Serve them."""
        routes, root = self._app.routes, "/_roomkeeper/v1/screening"
        one = f"{root}/cases/{{caseId}}"
        routes.privileged("GET", f"{root}/cases", self.page, REVIEW, audited=True)
        routes.privileged("GET", f"{root}/cases/news", self.wait, REVIEW)
        routes.privileged("GET", one, self.get, REVIEW, audited=True)
        routes.privileged("GET", f"{one}/similar", self.similar, REVIEW, audited=True)
        routes.privileged("GET", f"{one}/media/{{mediaId}}", self.medium, REVIEW, audited=True)
        routes.privileged("POST", f"{one}/approve", self.approve, REVIEW)
        routes.privileged("POST", f"{one}/refuse", self.refuse, REVIEW)
        routes.privileged("GET", f"{root}/statistics", self.statistics, "screening.read")

    async def _within(self, request: Request) -> frozenset[str] | None:
        scope = await self._permissions.scope(request.actor, REVIEW)
        return None if scope.is_everywhere else scope.departments

    async def _checked(self, request: Request) -> Case:
        """The case of the path. Raises `NotFound`, also where it is none of one's departments'."""
        case = await self._cases.get(request.parameters["caseId"])
        within = await self._within(request)
        if within is not None and within.isdisjoint(case.departments):
            raise NotFound("There is no such case.")
        return case

    async def page(self, request: Request, query: shapes.CasesQuery) -> shapes.CasePage:
        """The queue: those who wait for longest first, or the newest first."""
        wanted = CaseQuery(
            state=query.state,
            kind=query.kind,
            sender=query.sender,
            room_id=query.room,
            label=query.label,
            appealed=query.appealed,
            within=await self._asked_for(request, query.department),
        )
        after, newest = decoded(query.from_), query.order == "newest"
        found = await store.page(self._app.driver, wanted, after, query.limit, newest=newest)
        return shapes.CasePage(found, next_batch(found, query.limit))

    async def _asked_for(self, request: Request, department_id: str) -> frozenset[str] | None:
        """The departments whose cases are shown: of one's own those that lie under the one that is asked for."""
        within = await self._within(request)
        if not department_id:
            return within
        tree = await self._permissions.tree()
        tree.get(department_id)
        under = frozenset(tree.under(department_id))
        return under if within is None else within & under

    async def wait(self, _request: Request, query: shapes.NewsQuery) -> shapes.News:
        """Whether any case has changed. It says no more than that, so that the queue is read anew only when it is
        different."""
        return shapes.News(await self._news.wait(query.since, query.timeout / 1000))

    async def get(self, request: Request) -> CaseDetail:
        """One case, with all that was seen."""
        return await self._details.of(await self._checked(request))

    async def similar(self, request: Request) -> shapes.SimilarPage:
        """Other cases with the same or similar pictures, decided ones too."""
        case, within = await self._pictures.complete(await self._checked(request)), await self._within(request)
        distances: dict[str, int] = {}
        for other_id, sha256, similar_by in await store.with_files_like(self._app.driver, case.case_id, COMPARED):
            for medium in case.media:
                distance = distance_of(medium.sha256, medium.similar_by, sha256, similar_by)
                if distance is not None:
                    distances[other_id] = min(distance, distances.get(other_id, 256))
        found = []
        for other_id, distance in sorted(distances.items(), key=lambda item: item[1])[:MOST_SIMILAR]:
            other = await store.find(self._app.driver, other_id)
            if other is not None and (within is None or not within.isdisjoint(other.departments)):
                found.append(shapes.Similar(case=other, distance=distance))
        return shapes.SimilarPage(found)

    async def medium(self, request: Request) -> Response | StreamedResponse:
        """A file of a case, for whoever decides it."""
        case = await self._checked(request)
        media_id = request.parameters["mediaId"]
        if media_id not in {medium.media_id for medium in case.media}:
            raise NotFound("The case has no such file.")
        medium = await self._media.look_up(media_id)
        if medium is None or medium.sha256 is None:
            raise NotFound("The file is gone.")
        kind = "inline" if rules.is_inline(medium.content_type, medium.sniffed_type) else "attachment"
        disposition = rules.disposition(kind, medium.file_name)
        return answer(request, self._app.blobs, Content(medium.sha256, medium.size, medium.content_type, disposition))

    async def approve(self, request: Request, body: shapes.ApproveBody) -> Case:
        """Let it be delivered now, through all gates; let a sender send again what was blocked; show again what was
        withheld."""
        case = await self._checked(request)
        return await self._cases.approve(case, request.actor, body.reason, remember=body.remember)

    async def refuse(self, request: Request, body: shapes.RefuseBody) -> Case:
        """Do not deliver it; the sender is told why."""
        case = await self._checked(request)
        return await self._cases.refuse(case, request.actor, body.reason, told=body.told, remember=body.remember)

    async def statistics(self, _request: Request, query: shapes.StatisticsQuery) -> shapes.Statistics:
        """Verdicts, causes and waits by the hour; 100 days at most."""
        until = self._app.clock.now_ms() + 1 if query.until is None else query.until
        since = until - 24 * HOUR_MS if query.since is None else query.since
        since = max(since, until - MOST_HOURS * HOUR_MS)
        step_ms = HOUR_MS if query.step == "hour" else 24 * HOUR_MS
        _, longest_since_ts = await store.waiting(self._app.driver, None, self._app.clock.now_ms())
        return shapes.Statistics(
            hours=await self._statistics.hours(since, until, step_ms),
            cases=await store.counts(self._app.driver),
            longest_since_ts=longest_since_ts,
        )


def distance_of(sha256: str, similar_by: str, other_sha256: str, other_similar_by: str) -> int | None:
    """In how many bits two files differ, `None` where they are not similar."""
    if sha256 and sha256 == other_sha256:
        return 0
    if len(similar_by) != 64 or len(other_similar_by) != 64:
        return None
    distance = (int(similar_by, 16) ^ int(other_similar_by, 16)).bit_count()
    return distance if distance <= SIMILAR_BITS else None
