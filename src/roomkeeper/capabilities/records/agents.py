"""Agents: the programs on desktops that upload records of other programs. What they are to do, and how they are.

An agent asks for its policy with a nonce that it has made up; the answer is signed with the server's key over that too,
so that nobody in between can change it, or answer with an older one.
"""

from __future__ import annotations

from typing import Any, Final

from roomkeeper.capabilities.records.agent_models import Agent, AgentPolicy, AgentReport
from roomkeeper.capabilities.records.policies import Policies
from roomkeeper.capabilities.records.store import agents as store
from roomkeeper.core.accounts import Accounts
from roomkeeper.core.organisation import Permissions
from roomkeeper.core.organisation.rules import Scope
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import DatabaseError, Reader, Write
from roomkeeper.platform.errors import NotFound
from roomkeeper.platform.http import Requester
from roomkeeper.wire.signing import Signer, sign_json

POLICIES: Final = "records.policies"
DOCUMENT: Final = "org.roomkeeper.agent_policy"
GONE_KEPT_MS: Final = 90 * 24 * 3_600_000


class Agents:
    """Tells agents what to do, and knows how they are."""

    def __init__(
        self, app: Application, signer: Signer, accounts: Accounts, permissions: Permissions, policies: Policies
    ) -> None:
        self._app = app
        self._signer = signer
        self._accounts = accounts
        self._permissions = permissions
        self._policies = policies

    # ------------------------------------------------------------ what they are told

    def keys(self) -> dict[str, Any]:
        """The key with which policies are signed, signed with itself. spec: server-server §Publishing Keys"""
        key = {self._signer.key_id: {"key": self._signer.verify_key_base64}}
        return sign_json({"server_name": self._app.settings.server_name, "verify_keys": key}, self._signer)

    async def policy_of(self, user_id: str) -> AgentPolicy:
        """What holds for the agents of somebody: of their departments, or above them, or for all; else nothing is."""
        given = {each.department_id: each for each in await store.policies(self._app.driver)}
        tree = await self._permissions.tree()
        for one in await self._policies.departments_of(user_id):
            for department_id in tree.above(one) if one in tree.departments else ():
                if department_id in given:
                    return given[department_id]
        return given.get("", AgentPolicy())

    async def signed_policy(self, requester: Requester, nonce: str) -> dict[str, Any]:
        """What an agent is to do: a JSON object, signed. spec: appendices §Signing JSON"""
        policy = await self.policy_of(requester.user_id)
        document = {
            "type": DOCUMENT,
            "v": 1,
            "server": self._app.settings.server_name,
            "user_id": requester.user_id,
            "nonce": nonce,
            "issued_ts": self._app.clock.now_ms(),
            "policy": {
                "programs": [{"program": each.program, "record": each.record} for each in policy.programs],
                "others": policy.others,
                "may_pause": policy.may_pause,
                "screenshots": policy.screenshots,
                "keep_hours": policy.keep_hours,
                "most_spool_mb": policy.most_spool_mb,
            },
        }
        return sign_json(document, self._signer)

    async def policies(self) -> list[AgentPolicy]:
        """All that were given, and the general one where it was not."""
        given = await store.policies(self._app.driver)
        return given if any(not each.department_id for each in given) else [AgentPolicy(), *given]

    async def put_policy(self, actor: str, policy: AgentPolicy) -> None:
        """Say what holds. Raises `NotFound`, `Forbidden`."""
        if policy.department_id:
            (await self._permissions.tree()).get(policy.department_id)
        await self._may_change(actor, policy.department_id)
        write = Write()
        store.put_policy(write, policy)
        self._note(write, policy.department_id or "*", "agents: a policy was given")
        await self._app.committer.submit(write)

    async def delete_policy(self, actor: str, department_id: str) -> None:
        """Let what holds above hold again. Raises `NotFound`, `Forbidden`."""
        await self._may_change(actor, department_id)
        write = Write()
        store.delete_policy(write, department_id)
        self._note(write, department_id or "*", "agents: the policy was deleted")
        try:
            await self._app.committer.submit(write)
        except DatabaseError:
            raise NotFound("There is no such policy.") from None

    async def _may_change(self, actor: str, department_id: str) -> None:
        await self._permissions.check(actor, POLICIES, [department_id] if department_id else [])

    def _note(self, write: Write, target: str, reason: str) -> None:
        self._app.audit.record(write, permission=POLICIES, target=target, reason=reason)

    # ------------------------------------------------------------ how they are

    async def report(self, requester: Requester, report: AgentReport) -> int:
        """An agent says how it is; the server's time in milliseconds, to compare clocks with."""
        now = self._app.clock.now_ms()
        write = Write()
        if requester.device_id and not self._accounts.is_removed(requester.user_id, requester.device_id):
            troubled = bool(report.refused or report.problems or any(each.error for each in report.sources))
            store.put(write, requester.user_id, requester.device_id, report, has_problems=troubled, now=now)
            store.delete_old(write, requester.user_id, now - GONE_KEPT_MS)
            await self._app.committer.submit(write)
        return now

    async def page(
        self,
        actor: str,
        after: tuple[str, str],
        limit: int,
        *,
        user_id: str | None,
        problems: bool,
        silent_since: int | None,
    ) -> tuple[list[Agent], tuple[str, str] | None]:
        """Agents of the people in the departments where somebody has the permission; and where the next page begins."""
        scope = await self._permissions.scope(actor, POLICIES)
        found = await store.page(
            self._app.driver, after, limit, user_id=user_id, problems=problems, silent_since=silent_since
        )
        following = (found[-1].user_id, found[-1].device_id) if len(found) == limit else None
        return [each for each in found if await self._is_in(scope, each.user_id)], following

    async def _is_in(self, scope: Scope, user_id: str) -> bool:
        return scope.is_everywhere or scope.includes(await self._policies.departments_of(user_id))

    async def revoke(self, actor: str, user_id: str, device_id: str) -> None:
        """Sign an agent out: it uploads nothing any more, and keeps what it has. Raises `NotFound`."""
        agent = await store.find(self._app.driver, user_id, device_id)
        if agent is None or not await self._is_in(await self._permissions.scope(actor, POLICIES), user_id):
            raise NotFound("There is no such agent.")
        await self._accounts.remove_devices(user_id, [device_id])
        write = Write()
        store.mark_revoked(write, user_id, device_id, actor)
        self._note(write, user_id, f"agents: {device_id} was signed out")
        await self._app.committer.submit(write)

    def clean_device(self, write: Write, user_id: str, device_id: str) -> None:
        """See `accounts.DeviceCleaner`."""
        store.mark_gone(write, user_id, device_id, self._app.clock.now_ms())

    async def clean_user(self, _reader: Reader, write: Write, user_id: str, _limit: int) -> int:
        """See `rooms.UserCleaner`."""
        store.delete_of_user(write, user_id)
        return 0
