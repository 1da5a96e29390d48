"""Lists of patterns, as they are stored and shown, and what is found by them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

ListKind = Literal["words", "expressions", "allow"]
Action = Literal["allow", "review", "block"]
PLAIN = r"\A[^\x00-\x1f\x7f]*\Z"
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=PLAIN)]
LabelName = Annotated[str, Meta(min_length=1, max_length=50, pattern=r"\A[a-z0-9_.-]+\Z")]
Language = Annotated[str, Meta(max_length=35, pattern=r"\A([A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*)?\Z")]
Pattern = Annotated[str, Meta(min_length=1, max_length=1000, pattern=PLAIN)]


class TextList(msgspec.Struct, frozen=True, kw_only=True):
    """A list of patterns.

    `kind`: ``words`` are words and phrases, searched for as whole words in every disguise (``*`` at an end lets the
    word go on there; scripts without spaces need none); ``expressions`` are regular expressions (RE2); ``allow`` are
    words and phrases in which nothing is found. `label` is what a find is called, by which policies speak of it;
    `action` what it leads to where a policy says nothing else. `language`: the list counts for policies of that
    language alone, empty: for all. Times are in milliseconds.
    """

    list_id: str
    name: Name
    kind: ListKind = "words"
    label: LabelName = "words"
    action: Action = "review"
    language: Language = ""
    enabled: bool = True
    entries: int = 0
    created_ts: int
    updated_ts: int


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A pattern that stands in a text: of which list, and the text around it in the form in which it was found."""

    list_id: str
    list_name: str
    label: str
    action: Action
    language: str
    pattern: str
    excerpt: str
