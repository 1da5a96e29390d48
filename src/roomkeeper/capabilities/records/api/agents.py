"""Agents on desktops: ``/_roomkeeper/v1/records/agents``."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.records.agent_models import Agent, AgentPolicy, AgentReport
from roomkeeper.capabilities.records.agents import POLICIES, Agents
from roomkeeper.capabilities.records.api.reading import ROOT
from roomkeeper.capabilities.records.api.shapes import Time, UserId
from roomkeeper.capabilities.records.api.uploading import UPLOAD
from roomkeeper.platform.errors import Forbidden, InvalidParameter
from roomkeeper.platform.http import EMPTY, Request, Requester, Response
from roomkeeper.platform.http.paging import From, Limit
from roomkeeper.platform.http.routes import Routes


class PolicyQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`nonce`: something that the agent made up for this one request; it is signed together with the policy."""

    nonce: Annotated[str, Meta(min_length=16, max_length=100, pattern=r"\A[A-Za-z0-9_-]+\Z")]


class DepartmentQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The policy of which department; empty: the general one."""

    department: Annotated[str, Meta(max_length=100, pattern=r"\A[^\x00]*\Z")] = ""


class AgentsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which agents: somebody's, those with problems, those that were not heard of since `silent_since`."""

    person: UserId | None = None
    problems: bool = False
    silent_since: Time | None = None
    from_: From = msgspec.field(default="", name="from")
    limit: Limit = 100


class AgentPolicies(msgspec.Struct, frozen=True):
    """What agents do."""

    policies: list[AgentPolicy]


class AgentsPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of agents."""

    agents: list[Agent]
    next_batch: str | None = None


class Heard(msgspec.Struct, frozen=True):
    """The server's time, in milliseconds since the epoch."""

    now_ts: int


class AgentsApi:
    """The endpoints."""

    def __init__(self, agents: Agents) -> None:
        self._agents = agents

    def add_routes(self, routes: Routes) -> None:
        """Serve them."""
        root = f"{ROOT}/agents"
        routes.add("GET", f"{root}/keys", self.keys, access="public")
        routes.privileged("GET", f"{root}/policy", self.policy, UPLOAD)
        routes.privileged("PUT", f"{root}/report", self.report, UPLOAD)
        routes.privileged("GET", f"{root}/policies", self.policies, POLICIES)
        routes.privileged("PUT", f"{root}/policies", self.put_policy, POLICIES)
        routes.privileged("DELETE", f"{root}/policies", self.delete_policy, POLICIES)
        routes.privileged("GET", root, self.page, POLICIES)
        routes.privileged("DELETE", f"{root}/{{userId}}/{{deviceId}}", self.revoke, POLICIES)

    async def keys(self, _request: Request) -> dict[str, Any]:
        """The key with which the policies of agents are signed."""
        return self._agents.keys()

    async def policy(self, request: Request, query: PolicyQuery) -> dict[str, Any]:
        """What the agents of whoever asks are to do: signed."""
        return await self._agents.signed_policy(_requester(request), query.nonce)

    async def report(self, request: Request, body: AgentReport) -> Heard:
        """Say how the agent is that is signed in with this device."""
        return Heard(await self._agents.report(_requester(request), body))

    async def policies(self, _request: Request) -> AgentPolicies:
        """What agents do, of each department that has a policy of its own."""
        return AgentPolicies(await self._agents.policies())

    async def put_policy(self, request: Request, body: AgentPolicy) -> AgentPolicy:
        """Say what the agents of a department do, or of all."""
        await self._agents.put_policy(request.actor, body)
        return body

    async def delete_policy(self, request: Request, query: DepartmentQuery) -> Response:
        """Let what holds for the department above hold."""
        await self._agents.delete_policy(request.actor, query.department)
        return EMPTY

    async def page(self, request: Request, query: AgentsQuery) -> AgentsPage:
        """Agents: when they were last heard of, their versions, what waits in their spools, and their problems."""
        found, following = await self._agents.page(
            request.actor,
            _place(query.from_),
            query.limit,
            user_id=query.person,
            problems=query.problems,
            silent_since=query.silent_since,
        )
        return AgentsPage(found, None if following is None else msgspec.json.encode(following).decode())

    async def revoke(self, request: Request) -> Response:
        """Sign an agent out, wherever it is: it keeps what it has not uploaded, and says so to the employee."""
        await self._agents.revoke(request.actor, request.parameters["userId"], request.parameters["deviceId"])
        return EMPTY


def _requester(request: Request) -> Requester:
    """Who asks: somebody, and not the machine's administrator. Raises `Forbidden`."""
    if request.requester is None:
        raise Forbidden("Agents are people's: sign in.")
    return request.requester


def _place(given: str) -> tuple[str, str]:
    """Where a page begins. Raises `InvalidParameter`."""
    if not given:
        return "", ""
    try:
        user_id, device_id = msgspec.json.decode(given, type=tuple[str, str])
    except msgspec.DecodeError:
        raise InvalidParameter("from must be the next_batch of the page before.") from None
    if "\0" in user_id + device_id:
        raise InvalidParameter("from must be the next_batch of the page before.")
    return user_id, device_id
