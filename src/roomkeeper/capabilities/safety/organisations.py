"""Who is responsible for a place: organisation accounts, declared by who manages safety."""

from __future__ import annotations

from roomkeeper.capabilities.safety import rules
from roomkeeper.capabilities.safety.gathering import MOST_ORGANISATIONS, Gathering
from roomkeeper.capabilities.safety.geometry import Area
from roomkeeper.capabilities.safety.models import Kind, OrganisationAccount
from roomkeeper.capabilities.safety.people import SafetyPeople
from roomkeeper.capabilities.safety.store import events as store
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import Forbidden, NotFound

MANAGE = "safety.organisations"


class OrganisationAccounts:
    """Declares them."""

    def __init__(self, app: Application, people: SafetyPeople, gathering: Gathering) -> None:
        self._app = app
        self._people = people
        self._gathering = gathering

    async def put(
        self, user_id: str, name: str, area: Area, kinds: tuple[Kind, ...], actor: str
    ) -> OrganisationAccount:
        """Say for what an account is responsible. Raises `NotFound`, `InvalidParameter`."""
        await self._people.check_user(user_id)
        made = OrganisationAccount(
            user_id=user_id,
            name=name,
            area=rules.check_area(area),
            kinds=kinds,
            changed_by=actor,
            changed_ts=self._app.clock.now_ms(),
        )
        if len(await self._gathering.organisations()) >= MOST_ORGANISATIONS:
            raise Forbidden(f"There are {MOST_ORGANISATIONS} organisations, which is the most.")
        write = Write()
        store.put_organisation(write, made)
        self._app.audit.record(write, permission=MANAGE, target=user_id, reason=name)
        await self._app.committer.submit(write)
        return made

    async def delete(self, user_id: str) -> None:
        """That an account is responsible for nothing any more. Raises `NotFound`."""
        if await self._gathering.organisation(user_id) is None:
            raise NotFound("This account is responsible for nothing.")
        write = Write()
        store.delete_organisation(write, user_id)
        self._app.audit.record(write, permission=MANAGE, target=user_id, reason="")
        await self._app.committer.submit(write)
