"""What people are told and asked, in their language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LANGUAGES: Final = ("en", "zh")

_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "following.asked": "{other} asks to watch over {whom} as {relation}. Say yes or no under Safety. As long as"
        " nobody has said yes, {other} learns nothing.",
        "following.confirmed": "{follower} watches over {followed} from now on ({relation}). Either side can end that"
        " at any time.",
        "following.declined": "{followed} does not want {follower} to watch over them.",
        "following.ended": "{follower} does not watch over {followed} any more.",
        "asked.for": "{follower} was asked into the group “{title}” since they watch over you.",
        "ask.near": "You are in the area of: {title}. Join to say that you want to be in the group about it.",
        "ask.follower": "Somebody whom you watch over may be in the area of: {title}. Join to be in the"
        " group about it.",
        "ask.watched": "Somebody whom you watch over reported: {title}. Join to be in the group about it.",
        "ask.identified": "Those who look after {title} think that you are concerned. Join to be in the group about it;"
        " its members see then that you are.",
        "ask.follower_of_identified": "Somebody whom you watch over is concerned by: {title}. Join to be in the"
        " group about it.",
        "identification.review": "For “{title}” there are candidates to decide about, whom nobody else sees: open"
        " the event.",
        "ask.organisation": "In your area: {title}. Join to be in the group about it.",
        "ask.duplicate": "Your report belongs to: {title}.",
        "ask.name": "{title} – join?",
        "group.said": "{text}",
        "group.status.handled": "{who} has taken this in hand.",
        "group.status.resolved": "{who} says that this is over.",
        "group.status.open": "{who} has opened this again.",
        "group.closed": "This group is closed. {summary} Positions that were shared here are removed.",
        "group.updated": "News: {text}",
        "group.also": "Also reported: {text}",
        "struck": "Your report “{title}” was found to be false: {reason}",
        "location.room": "Where I am",
        "location.topic": "Share your live location here to be found when something happens near you; stop to be found"
        " no more. Nobody else is in this room; only the newest position is kept.",
    },
    "zh": {
        "following.asked": "{other}请求以“{relation}”的身份守护{whom}。请在“安全”中回答是或否。"
        "在回答之前，{other}不会得知任何信息。",
        "following.confirmed": "{follower}从现在起守护{followed}（{relation}）。任何一方都可以随时结束。",
        "following.declined": "{followed}不希望被{follower}守护。",
        "following.ended": "{follower}不再守护{followed}。",
        "asked.for": "因为{follower}守护着您，所以已被邀请加入群组“{title}”。",
        "ask.near": "您在此事件的区域内：{title}。加入即表示您愿意进入相关群组。",
        "ask.follower": "您守护的人可能在此事件的区域内：{title}。加入即可进入相关群组。",
        "ask.watched": "您守护的人报告了：{title}。加入即可进入相关群组。",
        "ask.identified": "“{title}”的负责人员认为此事与您有关。加入即可进入相关群组；届时群组成员会看到此事与您有关。",
        "ask.follower_of_identified": "此事件与您守护的人有关：{title}。加入即可进入相关群组。",
        "identification.review": "“{title}”有待您判断的候选人，其他人看不到：请打开该事件。",
        "ask.organisation": "在您的辖区内：{title}。加入即可进入相关群组。",
        "ask.duplicate": "您的报告属于：{title}。",
        "ask.name": "{title}——加入吗？",
        "group.said": "{text}",
        "group.status.handled": "{who}已接手处理。",
        "group.status.resolved": "{who}表示事件已结束。",
        "group.status.open": "{who}重新开启了此事件。",
        "group.closed": "此群组已关闭。{summary}在此共享的位置已删除。",
        "group.updated": "新消息：{text}",
        "group.also": "另有报告：{text}",
        "struck": "您的报告“{title}”被认定为不实：{reason}",
        "location.room": "我的位置",
        "location.topic": "在此共享实时位置，附近出事时便能找到您；停止共享后便不再能找到您。"
        "此房间没有其他人；只保留最新位置。",
    },
}


def text(language: str, name: str, **values: str) -> str:
    """What is said under that name; English where the language is not known."""
    return _TEXTS.get(language.partition("-")[0].lower(), _TEXTS["en"])[name].format(**values)
