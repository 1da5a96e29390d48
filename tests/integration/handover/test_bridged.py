"""Customers on another network are asked in words, and answer in their own."""

from __future__ import annotations

import pytest

from tests.harness import Client
from tests.integration.appservices.bridge import Bridge, Ghost
from tests.integration.handover.leaving import (
    DEPARTURES,
    asked,
    customers_of,
    depart,
    finished,
    is_refused,
    notices,
    team,
    try_send,
    until_status,
)
from tests.integration.organisation.conftest import MakeOffice
from tests.integration.organisation.office import Office
from tests.integration.organisation.talking import direct, direct_list, members, session_of, until


@pytest.fixture
async def office(make_office: MakeOffice, bridge: Bridge) -> Office:
    """An organisation with a bridge."""
    return await make_office(ROOMKEEPER_APPSERVICES=str(bridge.file))


async def somebody(office: Office, bridge: Bridge, name: str, language: str = "en") -> Ghost:
    """Somebody behind the bridge."""
    ghost = await bridge.ghost(office.server, f"_irc_{name}")
    await office.change(ghost.user_id, language=language)
    return ghost


async def test_yes_with_a_number(office: Office, bridge: Bridge) -> None:
    """In the same room, of which the bridge has a conversation: no invitation, no other room."""
    ann, ben = await team(office, "ann", "ben")
    ghost = await somebody(office, bridge, "one")
    room_id = await direct(ghost, ann)
    departure_id, [offer] = await asked(office, ann, ghost)
    assert (offer["way"], "new_room_id" in offer) == ("question", False)
    question = (
        "ann has left. ben now takes care of you.\nann gets no messages here any more. Answer 1 to go on with ben, or 2"
        " not to."
    )
    assert await notices(ghost, room_id) == [question]
    assert question in await bridge.wait(lambda: [body for body in bridge.bodies() if body == question])
    assert is_refused(await try_send(ghost, room_id, "Who is there?"), ann)
    await until_notices(ghost, room_id, 2)
    assert (await notices(ghost, room_id))[1] == ("That was not understood. Answer 1 to go on with ben, or 2 not to.")
    assert (await try_send(ghost, room_id, "１"))[0] == 200
    await until_status(office, departure_id, ghost, "accepted")
    assert (await notices(ghost, room_id))[-1] == "You can now write to each other. ben goes on where ann left off."
    assert ben.user_id in await members(ghost, room_id)
    assert ann.user_id not in await members(ghost, room_id)
    assert (await session_of(ghost, room_id))["staff_id"] == ben.user_id
    assert await direct_list(ben) == {ghost.user_id: [room_id]}
    await ghost.send(room_id, "Hello")
    # What was an answer is a message like any other now.
    await ghost.send(room_id, "2")
    await ben.send(room_id, "Hello")
    assert (await session_of(ghost, room_id))["staff_id"] == ben.user_id


async def until_notices(client: Client, room_id: str, number: int) -> None:
    """Wait until the server has said so many things."""

    async def is_so() -> bool:
        return len(await notices(client, room_id)) == number

    await until(is_so)


async def test_no_in_words_and_a_change_of_mind_in_chinese(office: Office, bridge: Bridge) -> None:
    ann, ben = await team(office, "ann", "ben")
    ghost = await somebody(office, bridge, "one", "zh-TW")
    room_id = await direct(ghost, ann)
    departure_id, _ = await asked(office, ann, ghost)
    said = await notices(ghost, room_id)
    assert said == ["ann已离职，现在由ben为您服务。\nann不再接收这里的消息。回复 1 与ben继续，回复 2 则不继续。"]
    await ghost.send(room_id, "不用了。")
    await until_status(office, departure_id, ghost, "declined")
    assert (await notices(ghost, room_id))[1:] == ["ann已无法接收消息。如果您改变主意，请回复 1 与ben继续。"]
    assert is_refused(await try_send(ghost, room_id, "那谁在呢？"), ann)

    async def is_told_again() -> bool:
        return (await notices(ghost, room_id))[1:] == ["ann已无法接收消息。如果您改变主意，请回复 1 与ben继续。"] * 2

    await until(is_told_again)
    await ghost.send(room_id, "2")
    await ghost.send(room_id, "好的！")
    await until_status(office, departure_id, ghost, "accepted")
    assert (await session_of(ghost, room_id))["staff_id"] == ben.user_id
    assert len([each for each in await notices(ghost, room_id) if "无法接收" in each]) == 2


async def test_an_edit_is_no_answer(office: Office, bridge: Bridge) -> None:
    ann, _ben = await team(office, "ann", "ben")
    ghost = await somebody(office, bridge, "one")
    room_id = await direct(ghost, ann)
    event_id = await ghost.send(room_id, "x")
    departure_id, _ = await asked(office, ann, ghost)
    edit = {"m.new_content": {"msgtype": "m.text", "body": "1"}}
    edit["m.relates_to"] = {"rel_type": "m.replace", "event_id": event_id}
    assert is_refused(await try_send(ghost, room_id, "1", **edit), ann)
    assert (await customers_of(office, departure_id))[ghost.user_id]["status"] == "waiting"


async def test_the_successor_left_before_the_answer(office: Office, bridge: Bridge) -> None:
    """A late yes, also one that changes a no, leads to whoever is there."""
    ann, ben, cid = await team(office, "ann", "ben", "cid")
    first, second = await somebody(office, bridge, "one"), await somebody(office, bridge, "two")
    rooms = [await direct(each, ann) for each in (first, second)]
    plan = {"rules": [{"staff_id": ben.user_id}]}
    departure_id, _ = await asked(office, ann, first, second, plan=plan)
    await second.send(rooms[1], "no")
    await until_status(office, departure_id, second, "declined")
    await depart(office, ben, plan={"rules": [{"staff_id": cid.user_id}]})
    for ghost, room_id in zip((first, second), rooms, strict=True):
        await ghost.send(room_id, "yes")
        await until_status(office, departure_id, ghost, "accepted")
        assert (await session_of(ghost, room_id))["staff_id"] == cid.user_id


async def test_a_transfer(office: Office, bridge: Bridge) -> None:
    """Who hands over is still there to be talked with: only the number is an answer."""
    ann, ben = await team(office, "ann", "ben")
    ghost = await somebody(office, bridge, "one")
    room_id = await direct(ghost, ann)
    departure_id, _ = await asked(office, ann, ghost, kind="transfer")
    assert await notices(ghost, room_id) == [
        "ben is to take care of you from now on, in place of ann.\nAnswer 1 to go on with ben, or 2 not to."
    ]
    await ghost.send(room_id, "ok")
    await ghost.send(room_id, "Is that so?")
    await ann.send(room_id, "Yes")
    assert (await customers_of(office, departure_id))[ghost.user_id]["status"] == "waiting"
    await ghost.send(room_id, "1")
    await until_status(office, departure_id, ghost, "accepted")
    assert (await session_of(ghost, room_id))["staff_id"] == ben.user_id
    assert ann.user_id not in await members(ghost, room_id)


async def test_undone(office: Office, bridge: Bridge) -> None:
    """The question counts no more."""
    ann, _ben = await team(office, "ann", "ben")
    ghost = await somebody(office, bridge, "one")
    room_id = await direct(ghost, ann)
    departure_id, _ = await asked(office, ann, ghost)
    await office.owner.post(f"{DEPARTURES}/{departure_id}/undo")
    await finished(office, departure_id, "undone")
    await ghost.send(room_id, "1")
    await ann.send(room_id, "One what?")
    assert (await customers_of(office, departure_id))[ghost.user_id]["status"] == "withdrawn"
    assert (await session_of(ghost, room_id))["staff_id"] == ann.user_id
