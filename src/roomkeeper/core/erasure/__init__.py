"""What remains to do when an account is closed: the user leaves every room, and what is kept of an erased one goes."""

from __future__ import annotations

from roomkeeper.core.accounts import Accounts, UserDeactivated
from roomkeeper.core.erasure.models import CLOSING, ClosedAccount
from roomkeeper.core.erasure.service import Erasure
from roomkeeper.core.profiles import Profiles
from roomkeeper.core.rooms import Rooms
from roomkeeper.platform.application import Application
from roomkeeper.platform.jobs import Job, Jobs

__all__ = ["install"]


def install(app: Application, jobs: Jobs, accounts: Accounts, profiles: Profiles, rooms: Rooms) -> None:
    """React to closed accounts."""
    erasure = Erasure(app, jobs, accounts, profiles, rooms)
    jobs.kinds.add(CLOSING, Job(parameters=ClosedAccount, step=erasure.step, unit="rooms and entries"))
    app.facts.handle(UserDeactivated, erasure.begin)
