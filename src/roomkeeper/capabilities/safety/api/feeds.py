"""Endpoints of feeds: those that send alerts in, and those that the server fetches."""

from __future__ import annotations

from typing import Literal

import msgspec

from roomkeeper.capabilities.safety import cap, rules
from roomkeeper.capabilities.safety.alerts import Alerts
from roomkeeper.capabilities.safety.api import ROOT
from roomkeeper.capabilities.safety.feeds import FEEDS, Feeds
from roomkeeper.capabilities.safety.gathering import Gathering
from roomkeeper.capabilities.safety.models import Event, Feed, FeedBody, FeedState
from roomkeeper.core.organisation import Permissions
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import Forbidden, InvalidParameter
from roomkeeper.platform.http import EMPTY, Request, Response


class AlertAnswer(msgspec.Struct, frozen=True):
    """What became of an alert: the event that it made or changed; ``ignored``: a test, an exercise, for nobody."""

    outcome: Literal["taken", "ignored"]
    event: Event | None


class FeedsAnswer(msgspec.Struct, frozen=True):
    """The feeds that the server fetches."""

    feeds: list[Feed]


class FeedsApi:
    """``/_roomkeeper/v1/safety/cap``, ``…/feeds``."""

    def __init__(
        self, app: Application, permissions: Permissions, alerts: Alerts, gathering: Gathering, feeds: Feeds
    ) -> None:
        self._app = app
        self._permissions = permissions
        self._alerts = alerts
        self._gathering = gathering
        self._feeds = feeds

    def add_routes(self) -> None:
        """Serve them."""
        routes, root = self._app.routes, f"{ROOT}/feeds"
        routes.add("POST", f"{ROOT}/cap", self.send_in, limit="write", max_body=cap.MOST_BYTES)
        routes.privileged("GET", root, self.all, FEEDS)
        routes.privileged("POST", root, self.add, FEEDS)
        routes.privileged("PUT", f"{root}/{{feedId}}", self.change, FEEDS)
        routes.privileged("DELETE", f"{root}/{{feedId}}", self.remove, FEEDS)
        routes.privileged("POST", f"{root}/{{feedId}}/fetch", self.fetch, FEEDS)

    async def send_in(self, request: Request) -> AlertAnswer:
        """An alert of CAP 1.2, as XML, from an organisation's account or with a permission."""
        is_organisation = await self._gathering.organisation(request.actor) is not None
        if not is_organisation and not await self._permissions.scope(request.actor, FEEDS):
            raise Forbidden(f"Alerts are taken from organisations, and from who has the permission {FEEDS}.")
        try:
            alert = cap.parse(request.body)
        except cap.NotCap as error:
            raise InvalidParameter(str(error)) from None
        event = await self._alerts.take(request.actor, alert)
        return AlertAnswer(
            "ignored" if event is None else "taken", None if event is None else rules.without_secrets(event)
        )

    async def all(self, _request: Request) -> FeedsAnswer:
        """The feeds that the server fetches, how that went, and when it does so next."""
        return FeedsAnswer([_shown(each) for each in await self._feeds.all()])

    async def add(self, request: Request, body: FeedBody) -> Feed:
        """Fetch a feed from now on: Atom or RSS 2.0 that leads to alerts or has them, or one alert."""
        return _shown(await self._feeds.add(request.actor, body))

    async def change(self, request: Request, body: FeedBody) -> Feed:
        """Say anew what is fetched, and how often."""
        return _shown(await self._feeds.change(request.parameters["feedId"], body))

    async def remove(self, request: Request) -> Response:
        """Fetch a feed no more; what came of it stays."""
        await self._feeds.remove(request.parameters["feedId"])
        return EMPTY

    async def fetch(self, request: Request) -> Feed:
        """Fetch a feed now."""
        return _shown(await self._feeds.fetch(request.parameters["feedId"]))


def _shown(feed: Feed) -> Feed:
    state: FeedState = msgspec.structs.replace(feed.state, etag="", modified="", seen=())
    return msgspec.structs.replace(feed, state=state)
