"""Endpoints about people: what is kept of them, what they agree to, who watches over whom, where they are."""

from __future__ import annotations

from roomkeeper.capabilities.safety.api import ROOT, shapes
from roomkeeper.capabilities.safety.beacons import Beacons
from roomkeeper.capabilities.safety.features import Features
from roomkeeper.capabilities.safety.following import Followings
from roomkeeper.capabilities.safety.keeping import Keeping, Overview
from roomkeeper.capabilities.safety.locations import Locations
from roomkeeper.capabilities.safety.models import Feature, FeatureContent, Following, Preferences
from roomkeeper.capabilities.safety.people import SafetyPeople
from roomkeeper.capabilities.safety.places import Told
from roomkeeper.capabilities.safety.telling import Telling
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import InvalidParameter
from roomkeeper.platform.http import EMPTY, Request, Response
from roomkeeper.platform.http.paging import PageQuery

PEOPLE = "safety.people"
LARGEST_FEATURE = 6 * 1024 * 1024


class PeopleApi:
    """``/_roomkeeper/v1/safety/people/…`` and ``/followings``."""

    def __init__(
        self,
        app: Application,
        people: SafetyPeople,
        followings: Followings,
        features: Features,
        keeping: Keeping,
    ) -> None:
        self._app = app
        self._people = people
        self._followings = followings
        self._features = features
        self._keeping = keeping

    def add_routes(self) -> None:
        """Serve them."""
        routes, one = self._app.routes, f"{ROOT}/people/{{userId}}"
        routes.add("GET", one, self.overview)
        routes.add("DELETE", one, self.withdraw, limit="write")
        routes.add("PUT", f"{one}/preferences", self.agree, limit="write")
        routes.add("GET", f"{one}/features", self.features)
        routes.add("POST", f"{one}/features", self.register, limit="upload", max_body=LARGEST_FEATURE)
        routes.add("GET", f"{one}/features/{{featureId}}/file", self.file)
        routes.add("DELETE", f"{one}/features/{{featureId}}", self.unregister, limit="write")
        routes.privileged("GET", f"{one}/guardians", self.guardians, PEOPLE, audited=True)
        routes.privileged("PUT", f"{one}/guardians", self.declare, PEOPLE)
        routes.add("GET", f"{ROOT}/followings", self.page)
        routes.add("POST", f"{ROOT}/followings", self.ask, limit="invite")
        routes.add("POST", f"{ROOT}/followings/{{followingId}}/answer", self.answer, limit="write")
        routes.add("DELETE", f"{ROOT}/followings/{{followingId}}", self.end, limit="write")

    async def overview(self, request: Request) -> Overview:
        """All that is kept about oneself, or a person for whom one decides, and who watches over them."""
        return await self._keeping.of(request.actor, request.parameters["userId"])

    async def withdraw(self, request: Request) -> Response:
        """Take back everything: features are erased, positions forgotten, followings ended."""
        await self._keeping.withdraw(request.actor, request.parameters["userId"])
        return EMPTY

    async def agree(self, request: Request, body: Preferences) -> Preferences:
        """Agree to more, or to less."""
        return await self._people.set_preferences(request.actor, request.parameters["userId"], body)

    # ------------------------------------------------------------ features

    async def features(self, request: Request) -> shapes.Features:
        """What is registered that may identify a person."""
        return shapes.Features(await self._features.of(request.actor, request.parameters["userId"]))

    async def register(self, request: Request, body: shapes.FeatureBody) -> Feature:
        """Register something that may identify a person. It is stored encrypted, and shown to nobody else."""
        if not body.consent:
            raise InvalidParameter(
                "It is registered to be compared with what is submitted for events: agree to that (consent)."
            )
        size = len(body.data)
        content = FeatureContent(label=body.label, text=body.text, content_type=body.content_type, size=size)
        return await self._features.add(request.actor, request.parameters["userId"], body.kind, content, body.data)

    async def file(self, request: Request) -> Response:
        """The picture or recording of a feature."""
        content_type, data = await self._features.file(
            request.actor, request.parameters["userId"], request.parameters["featureId"]
        )
        headers = [
            (b"content-disposition", b"attachment"),
            (b"content-security-policy", b"sandbox; default-src 'none'"),
            (b"cache-control", b"no-store"),
        ]
        return Response(data, headers=headers, content_type=content_type.encode())

    async def unregister(self, request: Request) -> Response:
        """Erase a feature."""
        await self._features.remove(request.actor, request.parameters["userId"], request.parameters["featureId"])
        return EMPTY

    # ------------------------------------------------------------ guardians

    async def guardians(self, request: Request) -> shapes.Guardians:
        """Who decides for a minor."""
        return shapes.Guardians(await self._people.guardians_of(request.parameters["userId"]))

    async def declare(self, request: Request, body: shapes.GuardiansBody) -> shapes.Guardians:
        """Declare who decides for a minor, which one has checked."""
        found = await self._people.set_guardians(request.parameters["userId"], body.guardians, request.actor)
        return shapes.Guardians(found)

    # ------------------------------------------------------------ followings

    async def page(self, request: Request, query: PageQuery) -> shapes.Followings:
        """Who watches over oneself, over whom one watches, and the same of those for whom one decides."""
        found = await self._followings.page(request.actor, query.from_, query.limit)
        return shapes.Followings(found, found[-1].following_id if len(found) == query.limit else None)

    async def ask(self, request: Request, body: shapes.FollowingBody) -> Following:
        """Ask to watch over somebody."""
        return await self._followings.ask(request.actor, body.followed, body.relation, body.message)

    async def answer(self, request: Request, body: shapes.AnswerBody) -> Following:
        """Say yes or no to who asks, or change when they are asked into groups."""
        return await self._followings.answer(
            request.actor, request.parameters["followingId"], confirm=body.confirm, when=body.when
        )

    async def end(self, request: Request) -> Following:
        """End it, from either side, or take the request back."""
        return await self._followings.end(request.actor, request.parameters["followingId"])


class LocationApi:
    """``/_roomkeeper/v1/safety/location``."""

    def __init__(self, app: Application, locations: Locations, beacons: Beacons, telling: Telling) -> None:
        self._app = app
        self._locations = locations
        self._beacons = beacons
        self._telling = telling

    def add_routes(self) -> None:
        """Serve them."""
        routes, path = self._app.routes, f"{ROOT}/location"
        routes.add("GET", path, self.get)
        routes.add("PUT", path, self.tell, limit="write")
        routes.add("DELETE", path, self.forget, limit="write")
        routes.add("POST", f"{path}/room", self.room, limit="create")

    async def get(self, request: Request) -> shapes.Where:
        """What is known of where one is."""
        return shapes.Where(self._locations.where(request.actor))

    async def tell(self, request: Request, body: shapes.PositionBody) -> shapes.Taken:
        """Say where one is. The newest position alone is kept."""
        told = Told(
            latitude=body.latitude,
            longitude=body.longitude,
            accuracy=body.accuracy,
            ts=self._app.clock.now_ms() if body.ts is None else body.ts,
            mode=body.mode,
            source="app",
        )
        outcome, _ = self._locations.tell(request.actor, told)
        return shapes.Taken(outcome, self._locations.where(request.actor))

    async def forget(self, request: Request) -> Response:
        """Have it forgotten where one is."""
        await self._locations.stop(request.actor)
        return EMPTY

    async def room(self, request: Request) -> shapes.RoomAnswer:
        """The room in which any Matrix client can share one's live location with safety; made where there is none."""
        language = await self._telling.language_of(request.actor)
        return shapes.RoomAnswer(await self._beacons.room_of(request.actor, language))
