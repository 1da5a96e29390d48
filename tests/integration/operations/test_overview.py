"""The overview: of each part what somebody may see."""

from __future__ import annotations

from roomkeeper.platform.clock import Clock
from tests.integration.organisation.conftest import MakeOffice
from tests.integration.organisation.office import ROOT, Office


class Later(Clock):
    """A clock that a test sets forward."""

    ahead_ms = 0

    def now_ms(self) -> int:
        """Now, and some more."""
        return super().now_ms() + self.ahead_ms


async def test_everybody_sees_their_part(office: Office) -> None:
    sales, support = await office.department("Sales"), await office.department("Support")
    customer = await office.server.register("customer")
    await customer.post(f"{ROOT}/sessions", {"department_id": sales})
    whole = await office.owner.get(f"{ROOT}/overview")
    assert whole["sessions"]["waiting"] == 1
    assert whole["sessions"]["longest_since_ts"] <= whole["ts"]
    assert whole["jobs"]["failed"] == 0
    assert whole["health"]["checks"] > 5
    seen = {}
    for name, department in (("inside", sales), ("outside", support)):
        supervisor = await office.staff(name, department, session_limit=0)
        await office.give(supervisor.user_id, "supervisor", department)
        seen[name] = await supervisor.get(f"{ROOT}/overview")
    assert [seen[name]["sessions"]["waiting"] for name in ("inside", "outside")] == [1, 0]
    assert seen["outside"]["sessions"]["longest_since_ts"] is None
    assert seen["inside"]["health"] is None
    assert seen["inside"]["jobs"] is not None
    engineer = await office.staff("engineer")
    await office.give(engineer.user_id, "support_engineer")
    theirs = await engineer.get(f"{ROOT}/overview")
    assert (theirs["sessions"], theirs["jobs"]) == (None, None)
    assert theirs["health"]["checks"] > 5
    assert (await (await office.staff("clerk")).attempt("GET", f"{ROOT}/overview"))[0] == 403


async def test_what_waits_too_long_is_late(make_office: MakeOffice) -> None:
    clock = Later()
    office = await make_office(clock=clock, ROOMKEEPER_ORGANISATION_LATE_AFTER_MINUTES="2")
    sales = await office.department("Sales")
    customer = await office.server.register("customer")
    await customer.post(f"{ROOT}/sessions", {"department_id": sales})
    assert (await office.owner.get(f"{ROOT}/overview"))["sessions"]["late"] == 0
    clock.ahead_ms = 121_000
    assert (await office.owner.get(f"{ROOT}/overview"))["sessions"]["late"] == 1
