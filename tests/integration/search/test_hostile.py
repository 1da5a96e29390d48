"""Terms, filters and messages that nobody means well: what they find is defined, and the same on both databases."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.harness import Client, Server
from tests.integration.search.finding import bodies, event_ids, search, try_search

SAID = {
    "word": "a word is a word",
    "and": "this AND that OR near",
    "columns": "words and scope",
    "quoted": "she said \"good morning\" and 'good night'",
    "arabic": "صَبَاحُ الخَيْر",
    "hebrew": "בֹּקֶר טוֹב",
    "hindi": "नमस्ते दुनिया",
    "thai": "สวัสดีตอนเช้า",
    "accents": "Crème Brûlée",
    "emoji": "party 🎉🎉 tonight",
    "long": "x" * 64 + "y",
}


@pytest.fixture
async def alice(server: Server) -> Client:
    return await server.register("alice")


@pytest.fixture
async def said(alice: Client) -> dict[str, str]:
    """The ids of what was said, by its name."""
    room_id = await alice.create_room()
    return {name: await alice.send(room_id, body) for name, body in SAID.items()}


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        # Operators of FTS5 are words, or nothing.
        ("this AND that", {"and"}),
        ("word OR this", set()),
        ("word NOT this", set()),
        ("NEAR(this that, 5)", set()),
        ("near this", {"and"}),
        ("words : scope", {"columns"}),
        ("{words scope} : words", {"columns"}),
        ("scope : kbody", set()),
        ("kbody", set()),
        ("^word", {"word", "columns"}),
        ("wor* word", set()),
        ("word + word", {"word", "columns"}),
        ("-word", {"word", "columns"}),
        # Those of tsquery, too.
        ("word:*", {"word"}),
        ("word & !this", set()),
        ("word | this", set()),
        ("this <-> that", {"and"}),
        ("'word':1A", set()),
        ("/wo", {"word", "columns"}),
        ("#kbody", set()),
        # Quotes and brackets that do not match.
        ('"good morning', {"quoted"}),
        ('good "morning', {"quoted"}),
        ('"good morning" "night', {"quoted"}),
        ('"good" "morning" """', {"quoted"}),
        ("'good''night'", {"quoted"}),
        ("((((word", {"word", "columns"}),
        ("word))))", {"word"}),
        ("\\word\\", {"word"}),
        ("'; DROP TABLE events; --", set()),
        ("%", set()),
        ("w%rd", set()),
        # Characters that separate words, or mean nothing.
        ("a\x00word", {"word"}),
        ("\x00", set()),
        ("wo\x00rd", set()),
        ("\ud83d\ude00word ", {"word"}),
        ("🎉", set()),
        ("party 🎉 tonight", {"emoji"}),
        ("🎉" * 500, set()),
        ("... !!! ???", set()),
        ("\u202e\u200b\ufeff", set()),
        ("\u202eword ", {"word"}),
        ("\u0301\u0301", set()),
        ("\u0301" * 2000, set()),
        # Right to left, with points and without.
        ("صباح", {"arabic"}),
        ("صَبَاحُ", {"arabic"}),
        ('"צפון"', set()),
        ("בוקר", set()),
        ("בקר", {"hebrew"}),
        ("טוב בקר", {"hebrew"}),
        # Marks that belong to their letters, and accents that do not count.
        ("नमस्ते", {"hindi"}),
        ("नमस", {"hindi"}),
        ("สวัสดี", {"thai"}),
        ("creme bru\u0302le\u0301e", {"accents"}),
        ("brul", {"accents"}),
        # Long words are cut alike in texts and in terms.
        ("x" * 64 + "z", {"long"}),
        ("x" * 1000, {"long"}),
        ("x" * 63 + " ", set()),
    ],
)
async def test_terms(alice: Client, said: dict[str, str], term: str, expected: set[str]) -> None:
    found = await search(alice, term, filter={"limit": 50})
    assert {item["result"]["event_id"] for item in found["results"]} == {said[name] for name in expected}
    assert found["count"] == len(expected)


@pytest.mark.parametrize(
    "term",
    [
        " ".join(f"word{number}" for number in range(10_000)),
        "word " * 10_000,
        "a" * 100_000,
        "字" * 100_000,
        '"' * 10_000,
        '"a" ' * 5_000,
        '"' + "word " * 10_000 + '"',
        "word'" * 5_000,
        "\u0301" * 100_000,
        "ﷺ" * 2_000,
    ],
)
async def test_huge_terms(alice: Client, said: dict[str, str], term: str) -> None:
    """What counts of a term is bounded."""
    status, answer = await try_search(alice, term)
    assert status == 200, answer
    assert await event_ids(alice, "word ") == [said["word"]]


async def test_more_words_than_count(alice: Client) -> None:
    room_id = await alice.create_room()
    words = [f"w{number}" for number in range(24)]
    event_id = await alice.send(room_id, " ".join(words))
    assert await event_ids(alice, " ".join([*words, "unsaid"])) == [event_id]
    assert await event_ids(alice, " ".join([*words[1:], "unsaid"])) == []


@pytest.mark.parametrize(
    "body",
    [
        "'tis \\ \"quoted\" 'x':1A &|!()<->:*",
        "nul \x00 inside",
        "字" * 15_000,
        "w" * 30_000,
        "x " * 20_000,
        " ".join(str(number) for number in range(8_000)),
        "\u0301" * 10_000,
        "ﷺ" * 5_000,
        "/wo #kbody r212f sabc",
    ],
)
async def test_messages(alice: Client, body: str) -> None:
    """They enter the index, leave it, and do not keep others out of it."""
    room_id = await alice.create_room()
    event_id = await alice.send(room_id, "needle " + body)
    assert await event_ids(alice, "needle") == [event_id]
    await alice.put(f"/rooms/{quote(room_id)}/redact/{quote(event_id)}/1", {})
    await alice.send(room_id, "the last needle")
    assert await bodies(alice, "needle") == ["the last needle"]


@pytest.mark.parametrize("body", [17, None, {"a": 1}, [], True, ""])
async def test_bodies_that_are_no_text(alice: Client, body: Any) -> None:
    room_id = await alice.create_room()
    path = f"/rooms/{quote(room_id)}/send/m.room.message/1"
    await alice.attempt("PUT", path, {"msgtype": "m.text", "body": body})
    await alice.send(room_id, "the last one")
    assert await bodies(alice, "last") == ["the last one"]


def nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("event_filter", "status"),
    [
        ({"rooms": [f"!{number}:example.org" for number in range(1_000)]}, 200),
        ({"rooms": [f"!{number}:example.org" for number in range(1_001)]}, 400),
        ({"not_rooms": ["!" + "x" * 1_000]}, 200),
        ({"rooms": ["!" + "x" * 2_000, "!a\x00b"]}, 200),
        ({"rooms": ["not a room"]}, 400),
        ({"senders": [f"@{number}:example.org" for number in range(1_000)]}, 200),
        ({"senders": [f"@{number}:example.org" for number in range(1_001)]}, 400),
        ({"senders": ["@a\x00b:example.org", '@") OR (words:a', "@' | 'a"]}, 200),
        ({"types": ["*" * 1_000, "m.room.mess*ge", "\x00"]}, 200),
        ({"types": ["m.room.message"] * 1_001}, 400),
        ({"limit": 2**63}, 200),
        ({"limit": 2**80}, 200),
        ({"limit": 1.5}, 400),
        ({"contains_url": "yes"}, 400),
        ({"unknown": nested(50)}, 200),
        (nested(50), 200),
        ([nested(50)], 400),
    ],
)
async def test_filters(alice: Client, said: dict[str, str], event_filter: Any, status: int) -> None:
    found, answer = await try_search(alice, "word", filter=event_filter)
    assert found == status, answer
    assert await event_ids(alice, "word ") == [said["word"]]


@pytest.mark.parametrize(
    "event_filter", [b'{"a":' * 100_000 + b"1" + b"}" * 100_000, b"[" * 100_000, b'{"types": ["\\ud800"]}']
)
async def test_filters_that_are_no_json(server: Server, alice: Client, event_filter: bytes) -> None:
    body = b'{"search_categories": {"room_events": {"search_term": "word", "filter": ' + event_filter + b"}}}"
    await refused(server, alice, body)


@pytest.mark.parametrize("term", [rb"\ud800", rb"word \udfff", rb"\udc00\ud800", b"\xed\xa0\x80", b"\xff", b"a\x00b"])
async def test_terms_that_are_no_text(server: Server, alice: Client, term: bytes) -> None:
    """Lone surrogates, whether escaped or not, and bytes that are no UTF-8."""
    await refused(server, alice, b'{"search_categories": {"room_events": {"search_term": "' + term + b'"}}}')


async def refused(server: Server, client: Client, body: bytes) -> None:
    headers = {"authorization": f"Bearer {client.token}"}
    status, _, answer = await server.raw("POST", "/_matrix/client/v3/search", body, headers)
    assert status == 400, answer
    assert json.loads(answer)["errcode"] in ("M_NOT_JSON", "M_BAD_JSON")


async def test_a_sender_that_is_no_user(alice: Client, said: dict[str, str]) -> None:
    for sender in ("@alice:other.example.org", '@") OR (words : word', "@a\x00b"):
        assert await event_ids(alice, "word", filter={"senders": [sender]}) == []
    assert await event_ids(alice, "word ", filter={"senders": ["@x:x", alice.user_id]}) == [said["word"]]
