"""Push rules and unread counts, as matrix-nio sets and reads them."""

from __future__ import annotations

from typing import Any

import nio  # type: ignore[import-untyped]
from nio.events.account_data import (  # type: ignore[import-untyped]
    PushEventMatch,
    PushNotify,
    PushRoomMemberCount,
    PushRulesEvent,
    PushSetTweak,
)
from nio.events.account_data import PushRuleKind as Kind

from tests.interop.conftest import SignUp, call, ok


async def two_in_a_room(sign_up: SignUp) -> tuple[Any, Any, str]:
    """Two people in a room."""
    ann, ben = await sign_up("ann"), await sign_up("ben")
    room_id = str(ok(await ann.room_create(invite=[ben.user_id]), nio.RoomCreateResponse).room_id)
    ok(await ben.join(room_id), nio.JoinResponse)
    return ann, ben, room_id


async def sync(client: Any) -> Any:
    """Sync once."""
    return ok(await client.sync(timeout=0), nio.SyncResponse)


async def rules_of(client: Any) -> PushRulesEvent:
    """The user's rules as a new sync tells them."""
    client.next_batch = None
    answer = ok(await client.sync(timeout=0, full_state=True, since=""), nio.SyncResponse)
    (event,) = [event for event in answer.account_data_events if isinstance(event, PushRulesEvent)]
    return event


async def test_the_predefined_rules_are_understood(sign_up: SignUp) -> None:
    ann = await sign_up("ann")
    event = await rules_of(ann)
    assert {rule.id for rule in event.global_rules.underride} >= {".m.rule.message", ".m.rule.room_one_to_one"}
    assert bool(event)


async def test_rules_are_set_ordered_switched_and_deleted(sign_up: SignUp) -> None:
    ann = await sign_up("ann")
    loud = [PushNotify(), PushSetTweak("sound", "default")]
    for name, conditions in (("big", [PushRoomMemberCount(10, ">")]), ("tea", [PushEventMatch("content.body", "tea")])):
        ok(
            await ann.set_pushrule("global", Kind.override, name, actions=loud, conditions=conditions),
            nio.SetPushRuleResponse,
        )
    ok(
        await ann.set_pushrule("global", Kind.override, "late", after="big", actions=[], conditions=[]),
        nio.SetPushRuleResponse,
    )
    ok(await ann.set_pushrule("global", Kind.content, "cake", actions=loud, pattern="c?ke"), nio.SetPushRuleResponse)
    ok(await ann.enable_pushrule("global", Kind.override, "tea", False), nio.EnablePushRuleResponse)
    ok(await ann.set_pushrule_actions("global", Kind.override, "late", [PushNotify()]), nio.SetPushRuleActionsResponse)
    rules = (await rules_of(ann)).global_rules
    own = [rule for rule in rules.override if not rule.default]
    assert [(rule.id, rule.enabled) for rule in own] == [("tea", False), ("big", True), ("late", True)]
    assert own[0].conditions == [PushEventMatch("content.body", "tea")]
    assert own[2].actions == [PushNotify()]
    assert [rule.pattern for rule in rules.content] == ["c?ke"]
    ok(await ann.delete_pushrule("global", Kind.override, "tea"), nio.DeletePushRuleResponse)
    answer = await ann.delete_pushrule("global", Kind.override, "tea")
    assert isinstance(answer, nio.DeletePushRuleError)
    assert answer.status_code == "M_NOT_FOUND"


async def test_counts_follow_messages_and_receipts(sign_up: SignUp) -> None:
    ann, ben, room_id = await two_in_a_room(sign_up)
    await sync(ben)
    content = {"msgtype": "m.text", "body": "hello", "m.mentions": {"user_ids": [ben.user_id]}}
    ok(await ann.room_send(room_id, "m.room.message", {"msgtype": "m.text", "body": "hi"}), nio.RoomSendResponse)
    last = ok(await ann.room_send(room_id, "m.room.message", content), nio.RoomSendResponse).event_id
    await sync(ben)
    assert (ben.rooms[room_id].unread_notifications, ben.rooms[room_id].unread_highlights) == (2, 1)
    shown = (await call(ben, "GET", "/notifications"))["notifications"]
    assert [entry["read"] for entry in shown[:2]] == [False, False]
    ok(await ben.update_receipt_marker(room_id, last), nio.UpdateReceiptMarkerResponse)
    await sync(ben)
    assert (ben.rooms[room_id].unread_notifications, ben.rooms[room_id].unread_highlights) == (0, 0)


async def test_a_muted_room_counts_nothing(sign_up: SignUp) -> None:
    ann, ben, room_id = await two_in_a_room(sign_up)
    ok(await ben.set_pushrule("global", Kind.room, room_id, actions=[]), nio.SetPushRuleResponse)
    await sync(ben)
    ok(await ann.room_send(room_id, "m.room.message", {"msgtype": "m.text", "body": "hi"}), nio.RoomSendResponse)
    await sync(ben)
    assert ben.rooms[room_id].unread_notifications == 0
