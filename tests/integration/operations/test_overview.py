"""The overview: of each part what somebody may see."""

from __future__ import annotations

from typing import Any

import pytest

from roomkeeper.platform.clock import Clock
from roomkeeper.platform.health import sampling
from tests.integration.organisation.conftest import MakeOffice
from tests.integration.organisation.office import ROOT, Office
from tests.integration.organisation.talking import until


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


async def test_messages_are_those_of_the_last_whole_minute(
    make_office: MakeOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A burst counts as the messages that it was, and only when its minute is over."""
    monkeypatch.setattr(sampling, "SAMPLE_S", 0.2)
    clock = Later()
    office = await make_office(clock=clock)
    room_id = (await office.owner.post("/createRoom", {}))["room_id"]

    async def seen() -> dict[str, Any]:
        found: dict[str, Any] = (await office.owner.get(f"{ROOT}/overview"))["messages"]
        return found

    async def is_sampled() -> bool:
        return bool((await seen())["ts"])

    async def are_counted() -> bool:
        return bool(round(sum((await seen())["values"])) == 20)

    await until(is_sampled)
    for _ in range(20):
        await office.owner.send(room_id, "Hello")
    await until(are_counted)
    clock.ahead_ms = 150_000
    messages = await seen()
    counted = dict(zip(messages["ts"], messages["values"], strict=True))
    assert messages["per_minute"] == counted[max(ts for ts in counted if ts <= clock.now_ms() - 60_000)]
    assert round(sum(counted.values())) == 20
