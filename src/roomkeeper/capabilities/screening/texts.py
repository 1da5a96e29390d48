"""What senders are told, in the languages of this server. Words for people; programs have `org.roomkeeper.reason`."""

from __future__ import annotations

from typing import Literal

Name = Literal["blocked", "refused", "approved_block", "withheld", "member", "late", "review"]

TEXTS: dict[str, dict[Name, str]] = {
    "en": {
        "blocked": "This may not be sent here: {why}.",
        "refused": "Your message in {room} was not delivered: {why}.",
        "approved_block": "What you wanted to send in {room} has been allowed: you can send it now.",
        "withheld": "A file that you sent in {room} is not shown to others any more: {why}.",
        "member": "This name or picture would have to be reviewed first. Choose another one.",
        "late": "This could not be checked in time. Send it again in a moment.",
        "review": "Your message in {room} is being reviewed before others see it.",
    },
    "zh": {
        "blocked": "此内容不能在这里发送：{why}。",
        "refused": "您在{room}中的消息未送达：{why}。",
        "approved_block": "您想在{room}中发送的内容已获准，现在可以发送。",
        "withheld": "您在{room}中发送的文件不再向他人显示：{why}。",
        "member": "此名称或图片需先经审核，请另选一个。",
        "late": "未能及时完成检查，请稍后重新发送。",
        "review": "您在{room}中的消息正在审核，审核通过后他人才能看到。",
    },
}

LABELS: dict[str, dict[str, str]] = {
    "en": {
        "disguise": "the file is something else than it says",
        "double_name": "the file's name hides what it is",
        "program": "programs are not allowed",
        "malware": "it contains malware",
        "nudity": "it shows naked people",
        "gore": "it shows blood or wounds",
        "not_understood": "what is said in it cannot be checked",
        "not_heard": "it is too long to be checked",
        "words": "it contains words that are not allowed",
        "decided": "it was refused before",
        "waiting": "it has not been checked yet",
        "failed": "it could not be checked",
        "absent": "it could not be checked",
        "busy": "it could not be checked",
        "refused": "it could not be checked",
    },
    "zh": {
        "disguise": "文件与其声称的类型不符",
        "double_name": "文件名掩盖了其真实类型",
        "program": "不允许发送程序",
        "malware": "包含恶意软件",
        "nudity": "包含裸露画面",
        "gore": "包含血腥画面",
        "not_understood": "其中的语音无法检查",
        "not_heard": "时长过长，无法检查",
        "words": "包含不允许的词语",
        "decided": "此前已被拒绝",
        "waiting": "尚未检查",
        "failed": "无法检查",
        "absent": "无法检查",
        "busy": "无法检查",
        "refused": "无法检查",
    },
}


def text(name: Name, language: str, **values: str) -> str:
    """One of the texts."""
    return TEXTS[language][name].format(**values)


def why(labels: list[str], language: str) -> str:
    """What was seen, in words."""
    known = LABELS[language]
    said = [known.get(label, label.replace("_", " ")) for label in labels[:5]]
    return ("；" if language == "zh" else "; ").join(dict.fromkeys(said)) or known["words"]
