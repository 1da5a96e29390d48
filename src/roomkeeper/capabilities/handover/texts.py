"""What customers are told, in their language. Chinese where the language tag says so, else the default's.

Names are those that people know; a plain text is for clients that show nothing else.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Literal

Name = Literal[
    "left", "moving", "invited", "unreceived", "begun", "accepted", "returned", "taken_over", "existing", "question",
    "choose", "again", "refused", "nobody",
]  # fmt: skip

ENGLISH: Mapping[Name, str] = {
    "left": "{leaver} has left. {successor} now takes care of you.",
    "moving": "{successor} is to take care of you from now on, in place of {leaver}.",
    "invited": "You are invited to a conversation with {successor}: join it to go on there, or decline. {leaver} gets"
    " no messages here any more.",
    "unreceived": "{leaver} can no longer receive messages. If you change your mind, you can still join the"
    " conversation with {successor}: {link}",
    "begun": "You can now write to each other. {successor} goes on where {leaver} left off.",
    "accepted": "You go on with {successor}: {link}",
    "returned": "{leaver} is back: you can write here again.",
    "taken_over": "{successor} takes care of you here from now on, in place of {leaver}.",
    "existing": "You have a conversation with {successor} already, who takes care of you from now on, in place of"
    " {leaver}: {link}",
    "question": "{leaver} gets no messages here any more. Answer 1 to go on with {successor}, or 2 not to.",
    "choose": "Answer 1 to go on with {successor}, or 2 not to.",
    "again": "That was not understood. Answer 1 to go on with {successor}, or 2 not to.",
    "refused": "{leaver} can no longer receive messages. If you change your mind, answer 1 to go on with {successor}.",
    "nobody": "{leaver} has left and can no longer receive messages. You will be told here who takes care of you.",
}
CHINESE: Mapping[Name, str] = {
    "left": "{leaver}已离职，现在由{successor}为您服务。",
    "moving": "今后由{successor}接替{leaver}为您服务。",
    "invited": "您已受邀与{successor}对话：加入即可继续，也可以拒绝。{leaver}不再接收这里的消息。",
    "unreceived": "{leaver}已无法接收消息。如果您改变主意，仍可加入与{successor}的对话：{link}",
    "begun": "你们现在可以互相发消息了。{successor}将接替{leaver}继续为您服务。",
    "accepted": "您将与{successor}继续对话：{link}",
    "returned": "{leaver}回来了：您可以继续在这里发消息。",
    "taken_over": "今后由{successor}接替{leaver}在这里为您服务。",
    "existing": "您与{successor}已有对话，今后由其接替{leaver}为您服务：{link}",
    "question": "{leaver}不再接收这里的消息。回复 1 与{successor}继续，回复 2 则不继续。",
    "choose": "回复 1 与{successor}继续，回复 2 则不继续。",
    "again": "没有听懂您的回复。回复 1 与{successor}继续，回复 2 则不继续。",
    "refused": "{leaver}已无法接收消息。如果您改变主意，请回复 1 与{successor}继续。",
    "nobody": "{leaver}已离职，无法再接收消息。由谁为您服务，将在这里通知您。",
}
YES = frozenset(
    {
        "1", "yes", "y", "yep", "yeah", "ok", "okay", "continue", "accept", "agree", "sure", "go on", "fine", "👍",
        "一", "是", "是的", "好", "好的", "好啊", "好吧", "行", "可以", "要", "嗯", "继续", "同意", "接受", "愿意",
        "没问题",
    }
)  # fmt: skip
NO = frozenset(
    {
        "2", "no", "n", "nope", "nah", "decline", "refuse", "not now", "never", "👎",
        "二", "否", "不", "不是", "不好", "不行", "不可以", "不要", "不用", "不需要", "不继续", "不同意", "不接受",
        "不愿意", "不了", "不要了", "不用了", "拒绝", "算了",
    }
)  # fmt: skip
NOT = frozenset({"not", "don't", "dont", "won't", "can't"})
BEFORE = ("我选择", "我选", "选择", "选项", "选", "回复", "我")
"""What people write before the answer, in a language without spaces."""
AROUND = " \t\r\n.,!?;:()[]\"'*#-~。，！？；：（）「」、…～\u200b\u200d\ufe0f\u20e3\ufeff"
MOST_ANSWER = 40
"""Characters of an answer: who writes more says something else."""
MOST_WORDS = 6


def text(name: Name, language: str, default: str, **named: str) -> str:
    """One of the texts, in a language (a language tag, or nothing)."""
    known = (language or default).partition("-")[0].lower()
    return (CHINESE if known == "zh" else ENGLISH)[name].format(**named)


def answer_of(body: object, *, digits_only: bool = False) -> bool | None:
    """Whether a text is a yes or a no to the question; `None`: neither.

    Case, width and what stands around it do not count: ``１`` is ``1``, ``Yes!`` is ``yes``. `digits_only`: words say
    nothing, only the numbers do.
    """
    if not isinstance(body, str) or len(body) > MOST_ANSWER:
        return None
    plain = unicodedata.normalize("NFKC", body).casefold().replace("\u2019", "'").strip(AROUND)
    if digits_only:
        return {"1": True, "2": False}.get(plain)
    bare = next((plain.removeprefix(each).strip(AROUND) for each in BEFORE if plain.startswith(each)), plain)
    for said in (plain, bare):
        if said in YES or said in NO:
            return said in YES
    words = plain.split()
    if not 2 <= len(words) <= MOST_WORDS:
        return None
    heard = {word.strip(AROUND) for word in words}
    is_yes, is_no = bool(heard & YES), bool(heard & (NO | NOT))
    return None if is_yes == is_no else is_yes
