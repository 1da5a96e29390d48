"""Visitors of web pages, whose desk leaves."""

from __future__ import annotations

from urllib.parse import quote

from tests.integration.handover.leaving import asked, succession, until_status
from tests.integration.organisation.office import ROOT, Office
from tests.integration.organisation.test_widget import enter, sales, shop, signed, site
from tests.integration.rooms.paths import room_path

__all__ = ["shop", "site"]


async def test_a_visitor_goes_on_with_the_successor(shop: Office) -> None:
    """What was offered is not yet the session that another browser of theirs goes on with."""
    desk = await sales(shop)
    visitor, room_id = await enter(shop.server, identity=signed())
    await visitor.send(room_id, "Hello")
    department = (await shop.owner.get(f"{ROOT}/departments"))["departments"][0]["department_id"]
    other = await shop.staff("other", department)
    departure_id, [offer] = await asked(shop, desk, visitor)
    assert (await enter(shop.server, identity=signed()))[1] == room_id
    assert (await succession(visitor, desk))["successor"]["user_id"] == other.user_id
    path = f"{ROOT}/succession/{quote(desk.user_id)}"
    await visitor.post(path, {"go_on": False})
    await until_status(shop, departure_id, visitor, "declined")
    assert (await enter(shop.server, identity=signed()))[1] == room_id
    said = await visitor.post(path, {"go_on": True})
    assert said["session"]["room_id"] == offer["new_room_id"]
    assert (await enter(shop.server, identity=signed()))[1] == offer["new_room_id"]
    await visitor.send(offer["new_room_id"], "Hello again")
    # What was said before is theirs to read yet.
    assert "Hello" in str(await visitor.get(f"{room_path(room_id)}/messages", dir="b", limit=100))


async def test_a_visitor_asks_for_nobody_else(shop: Office) -> None:
    desk = await sales(shop)
    visitor, room_id = await enter(shop.server)
    await visitor.send(room_id, "Hello")
    path = f"{ROOT}/succession/{quote(desk.user_id)}"
    assert (await visitor.attempt("GET", path))[0] == 403
    assert (await visitor.attempt("POST", path, {"go_on": True}))[0] == 403
    await shop.staff("other", (await shop.owner.get(f"{ROOT}/departments"))["departments"][0]["department_id"])
    await asked(shop, desk, visitor)
    assert (await visitor.get(path))["state"] == "departed"
    stranger, _room_id = await enter(shop.server)
    assert (await stranger.attempt("GET", path))[0] == 403
    assert (await stranger.attempt("POST", path, {"go_on": True}))[0] == 403
