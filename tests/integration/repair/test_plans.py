"""Tracking plans over HTTP: shown, checked, changed in versions; a kind that is taught sees what was tracked before."""

from __future__ import annotations

from typing import Any

from tests.integration.repair.desk import STUCK, Desk

TAUGHT = """\
kind = "cart_lost"
version = 1
correlation = "cart"
title = { en = "The cart is empty", zh = "购物车空了" }
description = { en = "What was put into the cart is gone.", zh = "放进购物车的东西不见了。" }
[[points]]
name = "cart_filled"
side = "client"
order = 1
title = { en = "Puts something in", zh = "放入" }
schema = { type = "object", required = ["cart"], properties = { cart = { type = "string" } } }
[[points]]
name = "cart_kept"
side = "server"
order = 2
title = { en = "It is kept", zh = "已保存" }
schema = { type = "object", required = ["cart"], properties = { cart = { type = "string" } } }
"""


async def plan(desk: Desk, kind: str = STUCK) -> dict[str, Any]:
    """The plan in force."""
    status, answer = await desk.ask("GET", f"/plans/{kind}")
    assert status == 200
    return dict(answer["plan"])


async def test_the_plans_are_shown(desk: Desk) -> None:
    kinds = (await desk.ask("GET", "/plans"))[1]["kinds"]
    assert len(kinds) == 5
    assert all(each["problems"] == [] and not each["edited"] for each in kinds)
    assert (await desk.ask("GET", "/plans/nothing"))[0] == 404


async def test_a_change_is_a_version_that_stays_after_a_restart(desk: Desk) -> None:
    changed = await plan(desk)
    changed["points"][3]["within_ms"] = 1000
    body = {"plan": changed, "reason": "faster"}
    status, saved = await desk.ask("PUT", f"/plans/{STUCK}", body)
    assert (status, saved["plan"]["version"], saved["edited"]) == (200, 2, True)
    status, refused = await desk.ask("PUT", f"/plans/{STUCK}", body)
    assert (status, "version 2 by now" in refused["error"]) == (403, True)
    await desk.server.restart()
    assert (await plan(desk))["points"][3]["within_ms"] == 1000
    versions = (await desk.ask("GET", f"/plans/{STUCK}/versions"))[1]["versions"]
    assert [(each["version"], each["reason"], each["author"]) for each in versions] == [(2, "faster", "operator")]
    assert (await desk.ask("GET", f"/plans/{STUCK}/versions/1"))[1]["points"][3].get("within_ms", 0) != 1000


async def test_a_plan_with_errors_is_not_stored_and_they_are_told(desk: Desk) -> None:
    wrong = await plan(desk)
    wrong["points"][0]["pair"] = "nothing"
    found = (await desk.ask("POST", "/lint", {"plan": wrong}))[1]["problems"]
    assert [(each["severity"], each["point"]) for each in found] == [("error", "message_sending")]
    status, answer = await desk.ask("PUT", f"/plans/{STUCK}", {"plan": wrong, "reason": "x"})
    assert (status, "no point nothing" in answer["error"]) == (400, True)
    assert (await plan(desk))["version"] == 1
    assert (await desk.ask("PUT", "/plans/other", {"plan": await plan(desk), "reason": "x"}))[0] == 400
    assert (await desk.ask("POST", "/lint", {}))[0] == 400
    assert (await desk.ask("POST", "/lint", {"toml": "kind ="}))[0] == 400


async def test_a_kind_that_is_taught_sees_what_was_tracked_before(desk: Desk) -> None:
    client, server = await desk.key(), await desk.key(side="server")
    await desk.batch(client, desk.event("cart_filled", -9, properties={"cart": "c1"}))
    await desk.batch(client, desk.event("cart_filled", -8, properties={"cart": "c2"}))
    await desk.batch(server, desk.event("cart_kept", -7, properties={"cart": "c2"}))
    status, _ = await desk.ask("GET", "/flow", user_id=desk.alice.user_id, kind="cart_lost")
    assert status == 404
    status, saved = await desk.ask("PUT", "/plans/cart_lost", {"toml": TAUGHT, "reason": "customers ask"})
    assert (status, saved["plan"]["version"]) == (200, 1), saved
    desk.clock.advance(60_000)
    flow = await desk.flow("cart_lost")
    outcomes = {each["correlation_id"]: each["deviation"] and each["deviation"]["point"] for each in flow["attempts"]}
    assert outcomes == {"c1": "cart_kept", "c2": None}
    assert flow["attempts"][flow["subject"]]["correlation_id"] == "c1"


async def test_who_may_do_what(desk: Desk) -> None:
    for method, path in (("GET", "/plans"), ("GET", "/keys"), ("GET", "/volumes"), ("POST", "/lint")):
        status, _ = await desk.alice.attempt(method, f"/_roomkeeper/v1/repair{path}", {} if method == "POST" else None)
        assert status == 403
    asked = {"user_id": desk.alice.user_id, "kind": STUCK}
    assert (await desk.alice.attempt("GET", "/_roomkeeper/v1/repair/flow", **asked))[0] == 403


async def test_looks_at_what_somebody_did_are_audited(desk: Desk) -> None:
    await desk.flow()
    rows = await desk.server.app.driver.query(
        "SELECT actor, permission FROM audit_log WHERE permission = 'repair.read'"
    )
    assert [tuple(row) for row in rows] == [("operator", "repair.read")]
