"""POST /search: what is found, in which order, with what around it. spec: client-server §Server Side Search"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.harness import Client, Server
from tests.integration.search.finding import bodies, event_ids, search, try_search


@pytest.fixture
async def alice(server: Server) -> Client:
    return await server.register("alice")


@pytest.fixture
async def room_id(alice: Client) -> str:
    return await alice.create_room()


async def test_what_was_just_said_is_found(alice: Client, room_id: str) -> None:
    event_id = await alice.send(room_id, "The eagle has landed.")
    found = await search(alice, "eagle")
    assert found["count"] == 1
    assert found["highlights"] == ["eagle"]
    (item,) = found["results"]
    assert item["result"]["event_id"] == event_id
    assert item["result"]["room_id"] == room_id
    assert item["rank"] > 0
    assert "next_batch" not in found


@pytest.mark.parametrize(
    ("said", "term"),
    [
        ("Good morning", "GOOD"),
        ("Good morning", "morning good"),
        ("Good morning", '"good morning"'),
        ("Good morning", "good mor"),
        ("Good morning", "“good morning”"),
        ("Crème brûlée", "creme brulee"),
        ("creme", "crème"),
        ("Ｆｕｌｌ ｗｉｄｔｈ", "full width"),
        ("Straße", "strasse"),
        ("see https://example.org/a-page", "example page"),
        ("don't", "don't"),
        ("明天见面", "明天"),
        ("明天见面", "天见"),
        ("明天见面", "见面"),
        ("明天见面", "明天见面"),
        ("明天见面", "面"),
        ("明天见面", "见面 明天"),
        ("我们用iPhone手机聊天", "iphone"),
        ("我们用iPhone手机聊天", "手机"),
        ("我们用iPhone手机聊天", "iPhone手机"),
        ("我们用iPhone手机聊天", '"iphone手机聊天"'),
        ("order 12345 arrived", "12345"),
        ("order 12345 arrived", "123"),
        ("カタカナのテスト", "テスト"),
        ("안녕하세요", "안녕"),
        ("हिन्दी में", "हिन्दी"),
        ("สวัสดีครับ", "ครับ"),
        ("Доброе утро", "УТРО"),
        ("e\u0301te\u0301", "été"),
    ],
)
async def test_found(alice: Client, room_id: str, said: str, term: str) -> None:
    event_id = await alice.send(room_id, said)
    await alice.send(room_id, "something else entirely")
    assert await event_ids(alice, term) == [event_id]


@pytest.mark.parametrize(
    ("said", "term"),
    [
        ("Good morning", "good evening"),
        ("Good morning", '"morning good"'),
        ("Good morning", "mor good"),
        ("明天见面", "天明"),
        ("明天见面", "明见"),
        ("明天 见面", '"天见"'),
        ("Good morning", "!!! ... ???"),
        ("Good morning", ""),
        ("Good morning", "g"),
    ],
)
async def test_not_found(alice: Client, room_id: str, said: str, term: str) -> None:
    await alice.send(room_id, said)
    found = await search(alice, term)
    assert found["results"] == []
    assert found["count"] == 0


async def test_name_and_topic(alice: Client, room_id: str) -> None:
    await alice.set_state(room_id, "m.room.name", {"name": "Gardening club"})
    await alice.set_state(room_id, "m.room.topic", {"topic": "gardening for beginners"})
    await alice.send(room_id, "I like gardening")

    async def types(**criteria: Any) -> set[str]:
        return {item["result"]["type"] for item in (await search(alice, "gardening", **criteria))["results"]}

    assert await types() == {"m.room.name", "m.room.topic", "m.room.message"}
    assert await types(keys=["content.name"]) == {"m.room.name"}
    assert await types(keys=["content.topic", "content.body"]) == {"m.room.topic", "m.room.message"}
    assert await types(filter={"types": ["m.room.n*"]}) == {"m.room.name"}
    assert await types(filter={"not_types": ["m.room.message"]}) == {"m.room.name", "m.room.topic"}
    assert await types(keys=["content.name"], filter={"types": ["m.room.topic"]}) == set()
    assert await types(keys=[]) == set()


async def test_filters(server: Server, alice: Client, room_id: str) -> None:
    bob = await server.register("bob")
    other = await alice.create_room(invite=[bob.user_id], preset="public_chat")
    await bob.join(other)
    one, two = await alice.send(room_id, "a word"), await alice.send(other, "a word")
    three = await bob.send(other, "a word")
    assert set(await event_ids(alice, "word")) == {one, two, three}
    assert await event_ids(alice, "word", filter={"rooms": [room_id]}) == [one]
    assert set(await event_ids(alice, "word", filter={"not_rooms": [room_id]})) == {two, three}
    assert await event_ids(alice, "word", filter={"senders": [bob.user_id]}) == [three]
    assert set(await event_ids(alice, "word", filter={"not_senders": [bob.user_id]})) == {one, two}
    assert await event_ids(alice, "word", filter={"senders": []}) == []
    assert await event_ids(alice, "word", filter={"rooms": []}) == []
    assert await event_ids(alice, "word", filter={"limit": 0}) == []
    assert len(await event_ids(alice, "word", filter={"limit": 2})) == 2


async def test_contains_url(alice: Client, room_id: str) -> None:
    await alice.send(room_id, "a picture")
    content = {"msgtype": "m.image", "body": "a picture", "url": "mxc://example.org/abc"}
    sent = await alice.put(f"/rooms/{quote(room_id)}/send/m.room.message/pic", content)
    assert await event_ids(alice, "picture", filter={"contains_url": True}) == [sent["event_id"]]
    assert len(await event_ids(alice, "picture", filter={"contains_url": False})) == 1


async def test_order(alice: Client, room_id: str) -> None:
    await alice.send(room_id, "tea, tea and once more tea")
    await alice.send(room_id, "a long story in which somebody at some time has had a cup of tea, and nothing else")
    await alice.send(room_id, "some tea")
    ranked = await bodies(alice, "tea")
    assert ranked[0].startswith("tea, tea")
    assert ranked[-1].startswith("a long story")
    recent = await bodies(alice, "tea", order_by="recent")
    assert [body[:6] for body in recent] == ["some t", "a long", "tea, t"]


async def test_of_equals_the_newest_comes_first(alice: Client, room_id: str) -> None:
    sent = [await alice.send(room_id, "same words") for _ in range(5)]
    assert await event_ids(alice, "same") == sent[::-1]


@pytest.mark.parametrize("order", ["rank", "recent"])
async def test_pages_are_stable(alice: Client, room_id: str, order: str) -> None:
    """Every result comes once, although more is said meanwhile."""
    sent = [await alice.send(room_id, f"word {'word ' * (number % 3)}{number}") for number in range(25)]
    seen: list[str] = []
    token = None
    for _ in range(20):
        found = await search(alice, "word", token, order_by=order, filter={"limit": 4})
        assert found["count"] == 25
        seen += [item["result"]["event_id"] for item in found["results"]]
        token = found.get("next_batch")
        if token is None:
            break
        await alice.send(room_id, "word word word word")
    assert sorted(seen) == sorted(sent)
    if order == "recent":
        assert seen == sent[::-1]


async def test_a_token_of_another_order_is_refused(alice: Client, room_id: str) -> None:
    for _ in range(3):
        await alice.send(room_id, "word")
    token = (await search(alice, "word", filter={"limit": 1}))["next_batch"]
    status, answer = await try_search(alice, "word", token, order_by="recent")
    assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM")
    for wrong in ("", "x", "rank.1.1.1", "rank.1.1.1.1x", f"rank.{10**30}.1.1.1", "rank.-1.1.1.1"):
        status, answer = await try_search(alice, "word", wrong)
        assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM"), wrong


async def test_context(alice: Client, room_id: str) -> None:
    await alice.put(f"/profile/{alice.user_id}/displayname", {"displayname": "Alice"})
    for number in range(4):
        await alice.send(room_id, f"before {number}")
    await alice.send(room_id, "needle")
    for number in range(4):
        await alice.send(room_id, f"after {number}")
    wish = {"before_limit": 2, "after_limit": 3, "include_profile": True}
    (item,) = (await search(alice, "needle", event_context=wish))["results"]
    context = item["context"]
    assert [event["content"]["body"] for event in context["events_before"]] == ["before 3", "before 2"]
    assert [event["content"]["body"] for event in context["events_after"]] == ["after 0", "after 1", "after 2"]
    assert context["profile_info"][alice.user_id]["displayname"] == "Alice"
    further = await alice.get(f"/rooms/{quote(room_id)}/messages", dir="b", **{"from": context["start"], "limit": 1})
    assert further["chunk"][0]["content"]["body"] == "before 1"
    further = await alice.get(f"/rooms/{quote(room_id)}/messages", dir="f", **{"from": context["end"], "limit": 1})
    assert further["chunk"][0]["content"]["body"] == "after 3"
    (item,) = (await search(alice, "needle"))["results"]
    assert "context" not in item


async def test_state_and_groups(server: Server, alice: Client, room_id: str) -> None:
    bob = await server.register("bob")
    other = await alice.create_room(preset="public_chat", name="Other")
    await bob.join(other)
    one, two, three = (
        await alice.send(room_id, "word"),
        await bob.send(other, "word"),
        await alice.send(other, "word"),
    )
    grouping = {"group_by": [{"key": "room_id"}, {"key": "sender"}]}
    found = await search(alice, "word", order_by="recent", include_state=True, groupings=grouping)
    assert found["groups"]["room_id"] == {
        other: {"order": 0, "results": [three, two]},
        room_id: {"order": 1, "results": [one]},
    }
    assert found["groups"]["sender"][bob.user_id]["results"] == [two]
    assert set(found["state"]) == {room_id, other}
    names = [event["content"]["name"] for event in found["state"][other] if event["type"] == "m.room.name"]
    assert names == ["Other"]


async def test_highlights_are_as_written(alice: Client, room_id: str) -> None:
    await alice.send(room_id, "Café cafeteria 我的手机壳")
    assert set((await search(alice, "手机 caf"))["highlights"]) == {"Café", "cafeteria", "手机"}


async def test_no_category_no_results(alice: Client) -> None:
    assert await alice.post("/search", {"search_categories": {}}) == {"search_categories": {}}


@pytest.mark.parametrize(
    "criteria",
    [
        {"search_term": 1},
        {"search_term": None},
        {},
        {"search_term": "a", "keys": ["content.secret"]},
        {"search_term": "a", "keys": "content.body"},
        {"search_term": "a", "order_by": "luck"},
        {"search_term": "a", "filter": {"limit": -1}},
        {"search_term": "a", "filter": {"rooms": [1]}},
        {"search_term": "a", "filter": []},
        {"search_term": "a", "event_context": {"before_limit": -1}},
        {"search_term": "a", "groupings": {"group_by": [{"key": "type"}]}},
    ],
)
async def test_bad_requests(alice: Client, criteria: dict[str, Any]) -> None:
    status, answer = await alice.attempt("POST", "/search", {"search_categories": {"room_events": criteria}})
    assert status == 400
    assert answer["errcode"] in ("M_BAD_JSON", "M_INVALID_PARAM")


async def test_huge_limits_are_bounded(alice: Client, room_id: str) -> None:
    for _ in range(60):
        await alice.send(room_id, "word")
    wish = {"before_limit": 2**53, "after_limit": 2**53}
    found = await search(alice, "word", filter={"limit": 2**53}, event_context=wish)
    assert len(found["results"]) == 50
    assert max(len(item["context"]["events_before"]) for item in found["results"]) == 20


@pytest.mark.parametrize(
    "term",
    [
        " ".join(f"word{number}" for number in range(10_000)),
        "word " * 10_000,
        "a" * 100_000,
        "字" * 100_000,
        '"' * 1000,
        'word" OR "x',
        "word* NEAR(a b, 5) NOT c",
        "words : word",
        "scope : kbody",
        "{words scope} : word",
        "^word",
        "word + x",
        "(((((",
        "')))",
        "word' & !'x",
        "word:* | x <-> y",
        "word\x00more",
        "\\",
        "'; DROP TABLE events; --",
        "%_%",
        "\u202e\u200b\ufeff",
        "\u0301\u0301\u0301",
        "😀" * 100,
        "AND OR NOT NEAR",
    ],
)
async def test_hostile_terms_are_harmless(alice: Client, room_id: str, term: str) -> None:
    await alice.send(room_id, "a word is a word")
    status, answer = await try_search(alice, term)
    assert status == 200, answer
    assert await bodies(alice, "word") == ["a word is a word"]


async def test_hostile_messages_are_harmless(alice: Client, room_id: str) -> None:
    said = ["'tis \\ \"quoted\" 'x':1A &|!()<->:*", "nul \x00 inside", "字" * 15_000, "w" * 30_000, "x " * 20_000]
    for body in [*said, 17, None, {"a": 1}]:
        content = {"msgtype": "m.text", "body": body}
        path = f"/rooms/{quote(room_id)}/send/m.room.message/{len(str(body))}"
        await alice.attempt("PUT", path, content)
    await alice.send(room_id, "the last one")
    assert await bodies(alice, "last") == ["the last one"]
    assert await bodies(alice, "inside") == ["nul \x00 inside"]
    assert await bodies(alice, "tis quoted") == [said[0]]
