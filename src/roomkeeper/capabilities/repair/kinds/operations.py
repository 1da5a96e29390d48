"""The operations that come with the server, one for each built-in kind, with the words by which it is recognised."""

from __future__ import annotations

from typing import Final

from roomkeeper.capabilities.repair.operations.models import Operation, RemedyStep

SERVER: Final = "server"


def _operation(kind: str, title: str, title_zh: str, steps: list[RemedyStep], en: str, zh: str) -> Operation:
    return Operation(
        operation_id=f"builtin_{kind}",
        version=1,
        kind=kind,
        title=title,
        title_zh=title_zh,
        steps=tuple(steps),
        words={"en": _words(en), "zh": _words(zh)},
        owner=SERVER,
        is_builtin=True,
        changed_by=SERVER,
        changed_ts=0,
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",") if each.strip())


BUILTIN: Final[tuple[Operation, ...]] = (
    _operation(
        "message_stuck",
        "Load the room anew, as it is stored",
        "重新载入房间",
        [
            RemedyStep(
                name="rooms.load_anew",
                parameters={
                    "user_id": "{user_id}",
                    "room_id": "{report.room_id|flow.message_sending.room_id|flow.message_refused.room_id"
                    "|flow.message_received.room_id|report.open_room_id}",
                },
            )
        ],
        "message + stuck, stuck sending, messages + not send, can't send, cannot send, message + not sent, won't send,"
        " not delivered, message + sending, send + message, message + fail, message + refused",
        "消息 + 发不出, 发送失败, 一直发送, 一直在发送, 正在发送, 消息 + 没有送出, 无法发送消息, 发不了消息,"
        " 消息卡住, 信息发不出,"
        " 发不出去",
    ),
    _operation(
        "media_refused",
        "Have the file checked anew",
        "重新检查文件",
        [
            RemedyStep(
                name="screening.look_again",
                parameters={
                    "user_id": "{user_id}",
                    "media_id": "{report.media_id|flow.media_upload_started.media_id|flow.media_blocked.media_id"
                    "|flow.media_received.media_id}",
                },
                timeout=20.0,
            )
        ],
        "picture + refused, photo + refused, file + refused, image + refused, picture + can't, photo + can't,"
        " file + can't, image + can't, picture + blocked, photo + blocked, file + blocked, image + blocked,"
        " picture + cannot, photo + cannot, file + cannot, upload + refused, upload + fail, attachment,"
        " upload + blocked",
        "图片 + 被拒, 照片 + 被拒, 文件 + 被拒, 图片发不, 照片发不, 文件发不, 图片 + 拦, 文件 + 拦, 照片 + 拦,"
        " 图片无法, 文件无法,"
        " 上传失败, 附件, 照片无法",
    ),
    _operation(
        "room_missing",
        "Put the list of rooms right",
        "修正房间列表",
        [
            RemedyStep(
                name="rooms.mend_memberships",
                parameters={
                    "user_id": "{user_id}",
                    "room_id": "{report.room_id|flow.invitation_accept.room_id|flow.room_joined.room_id}",
                },
            )
        ],
        "room + missing, chat + missing, room + gone, chat + gone, room + not in + list, accepted + invitation,"
        " can't find + room, can't find + chat, room + disappeared, chat + disappeared, cannot find + room,"
        " don't see + room, not see + room, group + missing, group + gone",
        "房间不见, 聊天不见, 群不见, 找不到房间, 找不到群, 找不到聊天, 没有这个房间, 接受 + 邀请, 房间消失,"
        " 群消失, 聊天消失,"
        " 房间没有出现",
    ),
    _operation(
        "signed_out",
        "Let the session be valid again",
        "恢复登录状态",
        [RemedyStep(name="accounts.let_in", parameters={"user_id": "{user_id}"})],
        "signed out, logged out, sign in again, log in again, keeps signing me out, keep being signed, kicked out,"
        " session expired, session + ends, login + again, logs me out, signs me out",
        "登出, 被退出, 掉线, 重新登录, 一直要登录, 反复登录, 登录失效, 会话过期, 自动退出, 下线",
    ),
    _operation(
        "handover_missing",
        "Offer the successor again",
        "再次提供接替者",
        [
            RemedyStep(
                name="handover.offer_again",
                parameters={"user_id": "{user_id}", "room_id": "{report.room_id|flow.handover_due.room_id}"},
                timeout=20.0,
            )
        ],
        "has left + nobody, left the company, successor, no longer works + nobody, handover, handed over,"
        " contact + left,"
        " who takes care, replacement, employee + left, who is my new",
        "离职, 接替, 交接, 没人接手, 谁来负责, 换人, 不在了 + 没人, 新的对接人, 无人负责",
    ),
)
"""None has conditions: an operation of engineers with some, and a higher priority, goes before it."""
