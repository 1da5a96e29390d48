"""Who may do what with a session: those whose it is, and who has the permission where it belongs."""

from __future__ import annotations

from roomkeeper.core.organisation.models import Person
from roomkeeper.core.organisation.people import People
from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.core.organisation.sessions.models import Session, Target
from roomkeeper.platform.errors import Forbidden, NotFound


class Access:
    """Asked by the endpoints."""

    def __init__(self, people: People, permissions: Permissions) -> None:
        self._people = people
        self._permissions = permissions

    async def is_permitted(self, actor: str, permission: str, target: Target) -> bool:
        """Whether somebody has a permission for a department, or for one of somebody's departments."""
        scope = await self._permissions.scope(actor, permission)
        if not scope or scope.is_everywhere:
            return bool(scope)
        departments = [] if target.department_id is None else [target.department_id]
        if target.staff_id is not None:
            departments += (await self._people.find(target.staff_id)).departments
        return scope.includes(departments)

    async def check_see(self, actor: str, session: Session) -> bool:
        """Whether they see it as one of those whose it is. Raises `NotFound` where they do not see it at all."""
        if actor in (session.customer_id, session.staff_id):
            return True
        if not await self.is_permitted(actor, "sessions.read", _target(session)):
            raise NotFound("There is no such session.")
        return False

    async def check_change(self, actor: str, session: Session, *, by_customer: bool) -> None:
        """Raises `Forbidden`, or `NotFound` where they do not even see it."""
        if actor == session.staff_id or (by_customer and actor == session.customer_id):
            return
        await self.check_see(actor, session)
        if not await self.is_permitted(actor, "sessions.write", _target(session)):
            raise Forbidden("Only who has this session, or a supervisor (permission sessions.write), can do this.")

    async def check_reach(self, actor: str, target: Target) -> None:
        """Whether somebody may say how customers reach somebody: themselves, or with sessions.write. Raises
        `Forbidden`."""
        if target.staff_id == actor:
            person: Person = await self._people.find(actor)
            if person.kind == "staff" and person.state != "departed":
                return
        if not await self.is_permitted(actor, "sessions.write", target):
            raise Forbidden(
                "You can do this for yourself if you are of the staff, or with the permission sessions.write."
            )


def _target(session: Session) -> Target:
    return Target(session.staff_id, session.department_id)
