"""Counts of unread messages in sync: what raises them, what lowers them, and that everyone is told."""

from __future__ import annotations

import asyncio
import json

import pytest

from roomkeeper.core.push import Unread
from tests.harness import Client, Server
from tests.integration.push.reading import (
    BY_THREAD,
    counts,
    fresh,
    mention,
    read,
    reply_in,
    say,
    thread_counts,
    two_in_a_room,
)
from tests.integration.rooms.paths import room_path


def unread_of(server: Server) -> Unread:
    """The counters in memory, for which there is no endpoint."""
    sweep = server.app.background.get("unread")
    unread = getattr(sweep, "__self__")  # noqa: B009 - mypy knows of no bound method
    assert isinstance(unread, Unread)
    return unread


async def test_a_message_counts_for_all_but_its_sender(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    await ann.send(room_id)
    await ann.send(room_id)
    assert counts(await ben.sync(), room_id) == (2, 0)
    assert counts(await ann.sync(), room_id) == (0, 0)
    assert counts(await fresh(server, ben), room_id) == (2, 0)
    await server.restart()
    assert counts(await fresh(server, ben), room_id) == (2, 0)


async def test_mentions_are_highlighted(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    await say(ann, room_id, **mention(ben.user_id))
    await say(ann, room_id, **mention(ann.user_id))
    await say(ann, room_id, **{"m.mentions": {"room": True}})
    assert counts(await ben.sync(), room_id) == (3, 2)
    await say(ben, room_id, **{"m.mentions": {"room": True}})
    assert counts(await ann.sync(), room_id) == (1, 0), "who may not notify the room does not"


async def test_what_does_not_count(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    event_id = await ann.send(room_id)
    await read(ben, room_id, event_id)
    await ben.sync()
    await say(ann, room_id, msgtype="m.notice")
    await ann.set_state(room_id, "m.room.topic", {"topic": "x"})
    await say(ann, room_id, **{"m.relates_to": {"rel_type": "m.replace", "event_id": event_id}})
    reaction = {"m.relates_to": {"rel_type": "m.annotation", "event_id": event_id, "key": "x"}}
    await ann.put(room_path(room_id, "send", "m.reaction", "r"), reaction)
    assert counts(await ben.sync(), room_id) == (0, 0)


async def test_a_receipt_lowers_the_count_on_every_device(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    phone = await server.login("ben")
    await phone.sync()
    first = await ann.send(room_id)
    await ann.send(room_id)
    last = await ann.send(room_id)
    assert counts(await ben.sync(), room_id) == counts(await phone.sync(), room_id) == (3, 0)
    waiting = asyncio.create_task(phone.sync(30_000))
    await asyncio.sleep(0.05)
    await read(ben, room_id, first)
    assert counts(await waiting, room_id) == counts(await ben.sync(), room_id) == (2, 0)
    await read(ben, room_id, last, kind="m.read.private")
    assert counts(await phone.sync(), room_id) == counts(await ben.sync(), room_id) == (0, 0)
    assert "rooms" not in await phone.sync()


async def test_the_count_is_told_where_receipts_are_not_wanted(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    plain = json.dumps({"room": {"ephemeral": {"types": []}, "timeline": {"types": []}}})
    phone = await server.login("ben")
    await phone.sync(filter=plain)
    event_id = await ann.send(room_id)
    assert counts(await phone.sync(filter=plain), room_id) == (1, 0)
    await ben.sync()
    await read(ben, room_id, event_id)
    assert counts(await phone.sync(filter=plain), room_id) == (0, 0)
    await ann.set_state(room_id, "m.room.topic", {"topic": "x"})
    elsewhere = json.dumps({"room": {"rooms": []}})
    await ann.send(room_id)
    assert "rooms" not in await phone.sync(filter=elsewhere)


async def test_who_says_something_has_read_what_was_before(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    root = await ann.send(room_id)
    await reply_in(ann, room_id, root)
    assert counts(await ben.sync(), room_id) == (2, 0)
    await ben.send(room_id)
    answer = await ben.sync(filter=BY_THREAD)
    assert counts(answer, room_id) == (0, 0)
    assert thread_counts(answer, room_id) == {root: (1, 0)}, "a thread is read where one speaks in it"
    await server.restart()
    assert thread_counts(await fresh(server, ben, filter=BY_THREAD), room_id) == {root: (1, 0)}
    await ben.sync()
    await reply_in(ben, room_id, root)
    assert counts(await ben.sync(), room_id) == (0, 0)


async def test_a_changed_profile_reads_nothing(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    await ann.send(room_id)
    await ben.put(f"/profile/{ben.user_id}/displayname", {"displayname": "Benjamin"})
    async with asyncio.timeout(5):
        while "Benjamin" not in json.dumps(answer := await ben.sync(1_000)):
            pass
    assert counts(answer, room_id) == (1, 0)
    await server.restart()
    assert counts(await fresh(server, ben), room_id) == (1, 0)


async def test_threads_are_counted_apart_for_who_asks(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    threaded = await server.login("ben")
    await threaded.sync(filter=BY_THREAD)
    root, other = await ann.send(room_id), await ann.send(room_id)
    await reply_in(ann, room_id, root, **mention(ben.user_id))
    in_root = await reply_in(ann, room_id, root)
    await reply_in(ann, room_id, other)
    answer = await threaded.sync(filter=BY_THREAD)
    assert counts(answer, room_id) == (2, 0)
    assert thread_counts(answer, room_id) == {root: (2, 1), other: (1, 0)}
    answer = await ben.sync()
    assert counts(answer, room_id) == (5, 1)
    assert thread_counts(answer, room_id) == {}
    await read(ben, room_id, in_root, root)
    answer = await threaded.sync(filter=BY_THREAD)
    assert (counts(answer, room_id), thread_counts(answer, room_id)) == ((2, 0), {other: (1, 0)})
    await read(ben, room_id, other, "main")
    answer = await threaded.sync(filter=BY_THREAD)
    assert (counts(answer, room_id), thread_counts(answer, room_id)) == ((0, 0), {other: (1, 0)})
    await read(ben, room_id, in_root)
    assert thread_counts(await threaded.sync(filter=BY_THREAD), room_id) == {other: (1, 0)}
    await server.restart()
    assert thread_counts(await fresh(server, ben, filter=BY_THREAD), room_id) == {other: (1, 0)}


async def test_the_thread_of_what_relates_to_a_thread(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    root = await ann.send(room_id)
    inside = await reply_in(ann, room_id, root)
    further = await say(ann, room_id, **{"m.relates_to": {"rel_type": "org.example.about", "event_id": inside}})
    await say(ann, room_id, **{"m.relates_to": {"rel_type": "org.example.about", "event_id": further}})
    answer = await ben.sync(filter=BY_THREAD)
    assert (counts(answer, room_id), thread_counts(answer, room_id)) == ((1, 0), {root: (3, 0)})


async def test_a_redacted_message_does_not_count(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    event_id = await say(ann, room_id, **mention(ben.user_id))
    await ann.send(room_id)
    assert counts(await ben.sync(), room_id) == (2, 1)
    await ann.put(room_path(room_id, "redact", event_id, "r"), {})
    assert counts(await ben.sync(), room_id) == (1, 0)


async def test_nothing_before_joining_counts(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    await ann.send(room_id)
    cat = await server.register("cat")
    await cat.sync()
    await cat.join(room_id)
    assert counts(await cat.sync(), room_id) == (0, 0)
    await ann.send(room_id)
    assert counts(await cat.sync(), room_id) == (1, 0)
    await cat.leave(room_id)
    await ann.send(room_id)
    await cat.join(room_id)
    assert counts(await cat.sync(), room_id) == (0, 0)
    assert counts(await ben.sync(), room_id) == (3, 0)


async def test_who_was_away_is_told_what_another_device_has_read(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    phone = await server.login("ben")
    await ann.send(room_id)
    event_id = await ann.send(room_id)
    assert counts(await phone.sync(), room_id) == (2, 0)
    await read(ben, room_id, event_id)
    await server.restart()
    assert counts(await phone.sync(), room_id) == (0, 0)


async def muted(client: Client, room_id: str) -> None:
    """Mute a room."""
    await client.put(f"/pushrules/global/room/{room_id}", {"actions": []})


async def test_muting_a_room_and_hearing_it_again(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    other = await ann.create_room(preset="public_chat")
    await ben.join(other)
    for where in (room_id, other):
        await ann.send(where)
    await ben.sync()
    await muted(ben, room_id)
    answer = await ben.sync()
    assert counts(answer, room_id) == (0, 0)
    assert counts(answer, other) is None, "of the others nothing is said"
    await ann.send(room_id)
    assert counts(await ben.sync(), room_id) == (0, 0)
    await ben.delete(f"/pushrules/global/room/{room_id}")
    assert counts(await ben.sync(), room_id) == (2, 0)


async def test_other_rules_count_otherwise(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    await ann.send(room_id, "about cake")
    await ben.sync()
    rule = {"pattern": "c?ke", "actions": ["notify", {"set_tweak": "highlight"}]}
    await ben.put("/pushrules/global/content/cake", rule)
    assert counts(await ben.sync(), room_id) == (1, 1)
    await ann.send(room_id, "cake, again")
    await ann.send(room_id, "pancakes")
    assert counts(await ben.sync(), room_id) == (3, 2)
    await ben.put("/pushrules/global/override/.m.rule.master/enabled", {"enabled": True})
    assert counts(await ben.sync(), room_id) == (0, 0)
    await server.restart()
    assert counts(await fresh(server, ben), room_id) == (0, 0)
    await ben.put("/pushrules/global/override/.m.rule.master/enabled", {"enabled": False})
    assert counts(await ben.sync(), room_id) == (3, 2), "also for who was away"


async def test_conditions_ask_for_the_room_as_it_was(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server, room_version="11")
    alone = {
        "conditions": [{"kind": "room_member_count", "is": "2"}],
        "actions": ["notify", {"set_tweak": "highlight"}],
    }
    await ben.put("/pushrules/global/override/two", alone)
    await ben.sync()
    await ann.send(room_id)
    cat = await server.register("cat")
    await cat.join(room_id)
    await ann.send(room_id)
    for level in (0, 50):
        levels = {"users": {ann.user_id: 100}, "notifications": {"room": level}}
        await ann.set_state(room_id, "m.room.power_levels", levels)
        await say(cat, room_id, **{"m.mentions": {"room": True}})
    assert counts(await ben.sync(), room_id) == (4, 2)
    await server.restart()
    assert counts(await fresh(server, ben), room_id) == (4, 2)


async def test_the_name_in_the_room_is_looked_for(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    await ben.set_state(
        room_id, "m.room.member", {"membership": "join", "displayname": "Ben *Jr*"}, state_key=ben.user_id
    )
    named = {"conditions": [{"kind": "contains_display_name"}], "actions": ["notify", {"set_tweak": "highlight"}]}
    await ben.put("/pushrules/global/override/named", named)
    await ben.sync()
    await ann.send(room_id, "is BEN *jr* here?")
    await ann.send(room_id, "is Ben Jr here?")
    assert counts(await ben.sync(), room_id) == (2, 1)


async def test_ignored_users_do_not_count(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    await ann.send(room_id)
    assert counts(await ben.sync(), room_id) == (1, 0)
    path = f"/user/{ben.user_id}/account_data/m.ignored_user_list"
    await ben.put(path, {"ignored_users": {ann.user_id: {}}})
    assert counts(await ben.sync(), room_id) == (0, 0)
    await ann.send(room_id)
    assert counts(await fresh(server, ben), room_id) == (0, 0)


async def test_counts_of_the_absent_are_forgotten(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    await ann.send(room_id)
    await ben.sync()
    extra = unread_of(server)
    assert extra.peek(ben.user_id, room_id) is not None
    await extra.forget_absent()
    assert extra.peek(ben.user_id, room_id) is not None
    extra._feeds._feeds.pop(ben.user_id)
    await extra.forget_absent()
    assert extra.peek(ben.user_id, room_id) is None
    await ann.send(room_id)
    assert counts(await ben.sync(), room_id) == (2, 0)


async def test_many_unread_are_counted_up_to_a_limit(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roomkeeper.core.push.counting.MOST_EVENTS", 20)
    monkeypatch.setattr("roomkeeper.core.push.counting.PAGE", 7)
    ann, ben, room_id = await two_in_a_room(server)
    for _ in range(30):
        await ann.send(room_id)
    assert counts(await ben.sync(), room_id) == (30, 0)
    await server.restart()
    assert counts(await fresh(server, ben), room_id) == (21, 0)


async def test_an_online_sync_reads_no_database(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    await ann.send(room_id)
    await ben.sync()
    last = await ann.send(room_id)
    asked: list[str] = []
    monkeypatch.setattr(server.app.driver, "query", lambda sql, *_: asked.append(sql))
    monkeypatch.setattr(server.app.driver, "query_one", lambda sql, *_: asked.append(sql))
    assert counts(await ben.sync(), room_id) == (2, 0)
    monkeypatch.undo()
    await read(ben, room_id, last)
    monkeypatch.setattr(server.app.driver, "query", lambda sql, *_: asked.append(sql))
    monkeypatch.setattr(server.app.driver, "query_one", lambda sql, *_: asked.append(sql))
    assert counts(await ben.sync(), room_id) == (0, 0)
    assert asked == []
