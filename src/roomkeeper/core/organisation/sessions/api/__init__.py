"""The endpoints of sessions, links, rules and queues."""

from __future__ import annotations

from roomkeeper.core.organisation.sessions.api.links import LinksApi
from roomkeeper.core.organisation.sessions.api.routing import RoutingApi
from roomkeeper.core.organisation.sessions.api.sessions import SessionsApi

__all__ = ["LinksApi", "RoutingApi", "SessionsApi"]
