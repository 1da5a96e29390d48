"""The policies in force: in memory, and every version of them in the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from roomkeeper.capabilities.screening import rules
from roomkeeper.capabilities.screening.detectors.interface import Detector, MediaKind
from roomkeeper.capabilities.screening.models import Asked, Policy, PolicySet
from roomkeeper.capabilities.screening.settings import ScreeningSettings
from roomkeeper.capabilities.screening.store import rest as store
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import DatabaseError, Write
from roomkeeper.platform.errors import InvalidParameter, NotFound

MOST_POLICIES = 200
KEPT_COMPLETED = 2 * MOST_POLICIES


class PoliciesChanged(InvalidParameter):
    """Somebody else has changed the policies meanwhile: read them anew, and repeat your change."""

    status = 409


class Policies:
    """Which policy counts for whom."""

    def __init__(self, app: Application, settings: ScreeningSettings) -> None:
        self._app = app
        self._settings = settings
        self.current = PolicySet(version=0)
        self.asks_who = False
        self.is_on = settings.enabled == "on"
        self._completed: dict[int, tuple[Policy, Policy]] = {}
        """By the identity of the policy as it was given: completing it would cost each file that is sent."""
        self._turn = asyncio.Lock()
        self._listeners: list[Callable[[], None]] = []

    async def load(self) -> None:
        """At the start: the newest version."""
        found = await store.policies(self._app.driver, None, 1)
        self._use(found[0] if found else PolicySet(version=0))

    def _use(self, policies: PolicySet) -> None:
        self.current = policies
        self.asks_who = rules.asks_who(policies)

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` when there is a new version."""
        self._listeners.append(listener)

    # ------------------------------------------------------------ asking

    def find(self, asked: Asked, media: MediaKind | None, among: PolicySet | None = None) -> Policy:
        """The one that counts, with what it leaves open as the settings say; `among` others than those in force."""
        return self.complete(rules.policy_for(self.current if among is None else among, asked, media))

    def complete(self, policy: Policy) -> Policy:
        """A policy with what it leaves open as the settings say; the same object for the same policy."""
        known = self._completed.get(id(policy))
        if known is not None and known[0] is policy:
            return known[1]
        settings = self._settings
        completed = msgspec.structs.replace(
            policy,
            deadline=float(settings.deadline_seconds) if policy.deadline is msgspec.UNSET else policy.deadline,
            on_deadline=settings.on_deadline if policy.on_deadline is msgspec.UNSET else policy.on_deadline,
            on_seen_later=settings.on_seen_later if policy.on_seen_later is msgspec.UNSET else policy.on_seen_later,
        )
        if len(self._completed) >= KEPT_COMPLETED:
            self._completed.clear()
        self._completed[id(policy)] = policy, completed
        return completed

    def timeout_of(self, detector: Detector) -> float:
        """The most seconds that any policy gives a detector."""
        several = [rules.rule_for(policy, detector) for policy in (*self.current.policies, rules.DEFAULT)]
        return max((rule.timeout for rule in several if rule is not None), default=detector.timeout)

    def needing(self, detector: Detector) -> list[str]:
        """The names of the policies by which files are not let pass where a detector is not there."""
        several = [policy for policy in (*self.current.policies, rules.DEFAULT) if policy.screen]
        found = [(policy.name, rules.rule_for(policy, detector)) for policy in several]
        return [name for name, rule in found if rule is not None and rule.on_absence != "allow"]

    @property
    def longest_deadline(self) -> float:
        """The most seconds that a send waits."""
        deadlines = [self.complete(policy).deadline for policy in (*self.current.policies, rules.DEFAULT)]
        return max(float(each) for each in deadlines if each is not msgspec.UNSET)

    # ------------------------------------------------------------ changing

    async def versions(self, before: int | None, limit: int) -> Sequence[PolicySet]:
        """Earlier versions, the newest first."""
        return await store.policies(self._app.driver, before, limit)

    async def get(self, version: int) -> PolicySet:
        """One version. Raises `NotFound`."""
        found = await store.find_policies(self._app.driver, version)
        if found is None:
            raise NotFound("There is no such version of the policies.")
        return found

    async def change(self, version: int, policies: Sequence[Policy], actor: str, reason: str) -> PolicySet:
        """Put others in the place of that version. Raises `PoliciesChanged`, `InvalidParameter`."""
        check(policies)
        async with self._turn:
            if version != self.current.version:
                raise PoliciesChanged
            changed = PolicySet(
                version=version + 1,
                policies=tuple(policies),
                changed_by=actor,
                changed_ts=self._app.clock.now_ms(),
                reason=reason,
            )
            write = Write()
            store.put_policies(write, changed)
            self._app.audit.record(write, permission="screening.policies", target=str(changed.version), reason=reason)
            try:
                await self._app.committer.submit(write)
            except DatabaseError:
                await self.load()
                raise PoliciesChanged from None
            self._use(changed)
        for listener in self._listeners:
            listener()
        return changed


def check(policies: Sequence[Policy]) -> None:
    """Whether policies can be. Raises `InvalidParameter`."""
    if len(policies) > MOST_POLICIES:
        raise InvalidParameter(f"There can be {MOST_POLICIES} policies at most.")
    names = [policy.name for policy in policies]
    if len(set(names)) < len(names):
        raise InvalidParameter("Two policies have the same name.")
    for policy in policies:
        for name, rule in policy.detectors.items():
            for label, limits in rule.thresholds.items():
                if limits.review is not None and limits.block is not None and limits.block < limits.review:
                    raise InvalidParameter(
                        f"{policy.name}: {name}.{label} is blocked from {limits.block}, before it is reviewed."
                    )
