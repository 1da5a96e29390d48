"""The endpoints of those who say what is screened: policies, trying them, detectors, looking anew."""

from __future__ import annotations

import asyncio

import msgspec

from roomkeeper.capabilities.screening.api import shapes
from roomkeeper.capabilities.screening.judging import Busy, Judge
from roomkeeper.capabilities.screening.looking import Looking
from roomkeeper.capabilities.screening.models import Asked, PolicySet
from roomkeeper.capabilities.screening.policies import Policies, check
from roomkeeper.capabilities.screening.rescreening import Rescreening
from roomkeeper.capabilities.screening.rules import rule_for
from roomkeeper.capabilities.screening.senders import Senders, department_of
from roomkeeper.core.media import Media
from roomkeeper.core.rooms import Rooms
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import InvalidParameter, NotFound, Unavailable
from roomkeeper.platform.http import Request
from roomkeeper.platform.jobs.api import JobBody, body_of

READ, WRITE = "screening.read", "screening.policies"
PATIENCE_S = 30.0


class AdministrationApi:
    """``/_roomkeeper/v1/screening/policies``, ``/try``, ``/detectors``, ``/rescreen``."""

    def __init__(
        self,
        app: Application,
        rooms: Rooms,
        media: Media,
        policies: Policies,
        looking: Looking,
        judge: Judge,
        senders: Senders,
        rescreening: Rescreening,
    ) -> None:
        self._app = app
        self._rooms = rooms
        self._media = media
        self._policies = policies
        self._looking = looking
        self._judge = judge
        self._senders = senders
        self._rescreening = rescreening

    def add_routes(self) -> None:
        """Serve them."""
        routes, root = self._app.routes, "/_roomkeeper/v1/screening"
        routes.privileged("GET", f"{root}/policies", self.policies, READ)
        routes.privileged("PUT", f"{root}/policies", self.change, WRITE)
        routes.privileged("GET", f"{root}/policies/versions", self.versions, READ)
        routes.privileged("GET", f"{root}/policies/versions/{{version}}", self.version, READ)
        routes.privileged("GET", f"{root}/detectors", self.detectors, READ)
        routes.privileged("POST", f"{root}/try", self.attempt, "screening.review", audited=True)
        routes.privileged("POST", f"{root}/rescreen", self.rescreen, WRITE)

    async def policies(self, _request: Request) -> PolicySet:
        """The policies in force."""
        return self._policies.current

    async def change(self, request: Request, body: shapes.PoliciesBody) -> PolicySet:
        """Put others in their place; what was sent is looked at anew by them."""
        return await self._policies.change(body.version, body.policies, request.actor, body.reason)

    async def versions(self, _request: Request, query: shapes.VersionsQuery) -> shapes.Versions:
        """What they were before."""
        found = await self._policies.versions(query.from_, query.limit)
        last = found[-1].version if len(found) == query.limit else None
        return shapes.Versions(list(found), last)

    async def version(self, request: Request) -> PolicySet:
        """One version of them."""
        version = request.parameters["version"]
        if not (version.isascii() and version.isdecimal()) or len(version) > 15:
            raise InvalidParameter("The version must be a number.")
        return await self._policies.get(int(version))

    async def detectors(self, _request: Request) -> shapes.DetectorList:
        """What looks into media, and what of it is not there."""
        return shapes.DetectorList(
            [
                shapes.DetectorInfo(
                    name=each.name,
                    version=each.version,
                    kinds=sorted(each.kinds),
                    labels={
                        name: shapes.LabelInfo(description=label.description, review=label.review, block=label.block)
                        for name, label in each.labels.items()
                    },
                    timeout=each.timeout,
                    required=each.required,
                    failing_waits=each.required or each.failing_waits,
                    absent=each.absence(),
                    needed_by=self._policies.needing(each),
                    under_way=self._looking.under_way(each.name),
                    failures=self._looking.failures.get(each.name),
                )
                for each in self._looking.detectors.all()
            ],
            *self._looking.load,
        )

    async def attempt(self, _request: Request, body: shapes.TryBody) -> shapes.Tried:
        """What would become of words or a file, and why. Nothing is sent, nobody is told."""
        if (body.text is None) == (body.media_id is None):
            raise InvalidParameter("Give either `text` or `media_id`.")
        asked, among = await self._asked(body), None
        if body.policies is not None:
            check(body.policies)
            among = PolicySet(version=0, policies=tuple(body.policies))
        if body.text is not None:
            verdict = self._judge.words([body.text], asked, among)
            policy = self._judge.policy_of_words(asked, among)
            return shapes.Tried(action=verdict.action, policy=policy.name, reasons=list(verdict.reasons))
        medium = await self._media.look_up(body.media_id or "")
        if medium is None or medium.sha256 is None:
            raise NotFound("There is no such file.")
        policy = self._judge.policy(medium, asked, among)
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        try:
            verdict = await self._judge.medium(medium, asked, deadline, among=among)
        except Busy:
            raise Unavailable("Too many files wait to be looked at. Try again in a moment.") from None
        by_name = {
            each.name: rule for each in self._looking.detectors.all() if (rule := rule_for(policy, each)) is not None
        }
        looks = await self._looking.looks(self._looking.file_of(medium), by_name, deadline)
        seen = [
            shapes.Seen(
                detector=look.detector, outcome=look.outcome, labels=dict(look.scores.labels), message=look.message
            )
            for look in looks
        ]
        return shapes.Tried(
            action=verdict.action,
            policy=policy.name,
            reasons=list(verdict.reasons),
            seen=seen,
            waiting=verdict.waiting,
        )

    async def _asked(self, body: shapes.TryBody) -> Asked:
        department = body.department
        if body.room_id:
            department = department_of(await self._rooms.cache.get(body.room_id)) or department
        asked = await self._senders.of(body.sender, department)
        return msgspec.structs.replace(asked, room_id=body.room_id, kind=body.kind or asked.kind)

    async def rescreen(self, request: Request) -> JobBody:
        """Look now at all that was sent and is not too old: a job."""
        return body_of(await self._rescreening.start(request.actor))
