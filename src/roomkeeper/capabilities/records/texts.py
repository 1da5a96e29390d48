"""What customers are told and asked, and what counts as an answer."""

from __future__ import annotations

from typing import Final

NOTICES: Final = {
    ("tell", "en"): "This conversation is recorded.",
    ("tell", "zh"): "本次会话将被记录。",
    ("ask", "en"): (
        "May this conversation be recorded? Please answer YES or NO. You can change your mind at any time by writing"
        " RECORD YES or RECORD NO."
    ),
    ("ask", "zh"): "是否同意记录本次会话？请回复“同意”或“不同意”。之后您可以随时回复“同意记录”或“不同意记录”来更改。",
    ("given", "en"): "Thank you. This conversation is recorded from now on.",
    ("given", "zh"): "谢谢。从现在起将记录本次会话。",
    ("stop", "en"): "This conversation is not recorded.",
    ("stop", "zh"): "本次会话不会被记录。",
    ("continue", "en"): "You do not agree. This conversation is recorded all the same, as we are obliged to.",
    ("continue", "zh"): "您未同意。但按照规定，本次会话仍将被记录。",
    ("close", "en"): "Without a record we cannot go on here. This conversation is closed.",
    ("close", "zh"): "未经同意记录，我们无法在此继续。本次会话已结束。",
}
"""By what has happened and language."""
_YES: Final = frozenset({"yes", "y", "record yes", "同意", "同意记录", "是"})
_NO: Final = frozenset({"no", "n", "record no", "不同意", "不同意记录", "否"})
_LATER: Final = frozenset({"record yes", "record no", "同意记录", "不同意记录"})
LONGEST: Final = 20


def notice(what: str, language: str) -> dict[str, str]:
    """The message that says so, in Chinese to those who speak it."""
    spoken = "zh" if language.lower().startswith("zh") else "en"
    return {"msgtype": "m.notice", "body": NOTICES[what, spoken]}


def answer_of(body: object, *, was_asked: bool) -> bool | None:
    """What a message answers; when the question was answered before, only what leaves no doubt."""
    if not isinstance(body, str) or len(body) > LONGEST:
        return None
    said = " ".join(body.strip().strip(".!。！").casefold().split())
    if said not in (_YES | _NO) or (not was_asked and said not in _LATER):
        return None
    return said in _YES
