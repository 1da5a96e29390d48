"""What people are told of their reports, in their language. One place for chat, form and notices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from roomkeeper.capabilities.repair.reports.models import Note

LANGUAGES: Final = ("en", "zh")

_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "taken": "Thank you. We are looking into this: {title}.",
        "taken.nokind": "Thank you. We have your report.",
        "asking": "What is wrong? Answer with a number:\n{choices}",
        "asking.other": "Something else",
        "yours": "A report of trouble was sent in your name: “{text}”. Was that you? Answer yes or no, under"
        " “Report a problem”.",
        "again": "We have this report of yours already, and it is being worked on.",
        "known": "We know of this, and are working on it. {text}",
        "over": "What you reported is over: it was one trouble of several people. {text}",
        "running": "We have found where it goes wrong, and are repairing it: {title}.",
        "repairing": "We are repairing it: {title}.",
        "verifying": "Repaired as far as we can tell. Your app tries it once more now.",
        "repaired": "Repaired: we tried it again with your app, and it works. If it is still broken, say"
        " “still broken”.",
        "unverified": "We have repaired what we found, but your app has not tried it again, so we cannot be sure. If it"
        " is still broken, say “still broken”.",
        "failed": "We could not repair this by ourselves. An engineer has it now, with everything that we found.",
        "waiting": "An engineer has it now, with everything that we found. You are told here when there is news.",
        "approval": "We know what to do; an engineer must agree to it first.",
        "no_fault": "We looked, and this is as it is meant to be. {text}",
        "reopened": "Sorry. We have opened it again, and an engineer looks at it.",
        "works": "Good to hear. Thank you.",
        "closed": "Closed. {text}",
        "said": "{text}",
        "told": "{en}",
        "status": "Your report of {when}: {state}.",
        "status.none": "There is no report of yours here. Tell me what is wrong.",
        "not.understood": "Please answer with one of the numbers.",
        "encrypted": "I cannot read encrypted messages. Please write to me in a chat without encryption, or use"
        " “Report a problem” in the menu.",
        "hello": "Hello. Tell me in your words what is wrong; I look into it at once.",
        "limit": "You have made many reports today. Please wait until tomorrow, or write to your administrator.",
    },
    "zh": {
        "taken": "谢谢，我们正在查看：{title}。",
        "taken.nokind": "谢谢，已收到您的报告。",
        "asking": "是什么问题？请回复数字：\n{choices}",
        "asking.other": "其他问题",
        "yours": "有人以您的名义报告了问题：“{text}”。是您本人吗？请在“报告问题”中回答是或否。",
        "again": "您的这份报告我们已经收到，正在处理。",
        "known": "这个问题我们已经知道，正在处理。{text}",
        "over": "您报告的问题已经结束：有多人遇到了同样的问题。{text}",
        "running": "已找到出错的地方，正在修复：{title}。",
        "repairing": "正在修复：{title}。",
        "verifying": "据我们所知已修复，您的应用正在重试。",
        "repaired": "已修复：我们用您的应用重试过，可以正常使用。如果仍有问题，请回复“还是不行”。",
        "unverified": "我们修复了发现的问题，但您的应用还没有重试，因此无法确定。如果仍有问题，请回复“还是不行”。",
        "failed": "我们无法自动修复。工程师已接手，并得到了我们找到的全部信息。",
        "waiting": "工程师已接手，并得到了我们找到的全部信息。有进展会在这里告诉您。",
        "approval": "我们知道该怎么做，但需要工程师先同意。",
        "no_fault": "我们查看过，这里一切正常。{text}",
        "reopened": "抱歉。报告已重新打开，工程师会查看。",
        "works": "太好了，谢谢。",
        "closed": "已关闭。{text}",
        "said": "{text}",
        "told": "{zh}",
        "status": "您在{when}的报告：{state}。",
        "status.none": "这里没有您的报告。请告诉我出了什么问题。",
        "not.understood": "请回复其中一个数字。",
        "encrypted": "我读不了加密消息。请在未加密的聊天中给我写信，或使用菜单中的“报告问题”。",
        "hello": "您好。请用您自己的话告诉我出了什么问题，我会马上查看。",
        "limit": "您今天已提交很多报告。请明天再试，或联系管理员。",
    },
}
_STATES: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "new": "being looked at",
        "asking": "we have asked you something",
        "waiting": "an engineer has it",
        "approval": "an engineer must agree to the repair",
        "running": "being repaired",
        "verifying": "being tried again",
        "repaired": "repaired, and tried again",
        "unverified": "repaired, not tried again",
        "failed": "an engineer has it",
        "closed": "closed",
    },
    "zh": {
        "new": "正在查看",
        "asking": "我们向您提了一个问题",
        "waiting": "工程师已接手",
        "approval": "等待工程师同意修复",
        "running": "正在修复",
        "verifying": "正在重试",
        "repaired": "已修复并重试",
        "unverified": "已修复，尚未重试",
        "failed": "工程师已接手",
        "closed": "已关闭",
    },
}


def spoken(language: str) -> str:
    """The language of those that there are."""
    short = language.partition("-")[0].lower()
    return short if short in LANGUAGES else "en"


def text(language: str, name: str, /, **values: str) -> str:
    """What is said under that name; English where the language is not known."""
    return _TEXTS[spoken(language)][name].format(**values).strip()


def note_text(language: str, note: Note) -> str:
    """A line of a report."""
    spoken_in = spoken(language)
    values = dict(note.values)
    for name in ("title", "text"):
        values[name] = values.get(f"{name}_{spoken_in}") or values.get(name, "")
    values.setdefault("en", "")
    values["zh"] = values.get("zh") or values["en"]
    if note.what == "asking":
        values["choices"] = numbered(spoken_in, values.get(f"choices_{spoken_in}", "").split("\n"))
    return text(spoken_in, note.what, **values) if note.what in _TEXTS["en"] else ""


def numbered(language: str, choices: list[str]) -> str:
    """Choices, each with its number; the last one is none of them."""
    every = [*(choice for choice in choices if choice), text(language, "asking.other")]
    return "\n".join(f"{number}. {choice}" for number, choice in enumerate(every, start=1))


def state_text(language: str, state: str) -> str:
    """How far a report is."""
    return _STATES[spoken(language)][state]


def when_text(ts: int) -> str:
    """A time, as people read it (UTC)."""
    return datetime.fromtimestamp(ts / 1000, UTC).strftime("%Y-%m-%d %H:%M")
