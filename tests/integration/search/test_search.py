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
    two = (await search(alice, "word word2 ", filter={"limit": 1}))["count"]
    assert two == 0
    for wrong in (
        "",
        "x",
        "rank.1.1.1",
        token[:-1],
        f"{token}x",
        f"{token}room_id.",
        f"{token}room_id.A",
        f"{token}room_id._w",
        f"{token}sender.!",
        f"{token}type.YQ",
        token.replace("rank.", "rank.-"),
        token.replace("rank.", f"rank.{10**30}"),
        "rank.0.9.0.1.1.100-100.",
        "\x00",
    ):
        status, answer = await try_search(alice, "word", wrong)
        assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM"), wrong


async def test_context(alice: Client) -> None:
    await alice.put(f"/profile/{alice.user_id}/displayname", {"displayname": "Alice"})
    room_id = await alice.create_room()
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


@pytest.mark.parametrize("order", ["rank", "recent"])
@pytest.mark.parametrize("key", ["room_id", "sender"])
@pytest.mark.parametrize("candidates", [7, 1000])
async def test_groups_go_on(
    server: Server, alice: Client, room_id: str, monkeypatch: pytest.MonkeyPatch, order: str, key: str, candidates: int
) -> None:
    """From the token of a group one gets the rest of that group, and nothing else, each once."""
    monkeypatch.setattr("roomkeeper.core.search.service.CANDIDATES", candidates)
    monkeypatch.setattr("roomkeeper.core.search.service.ENOUGH", candidates // 2)
    bob = await server.register("bob")
    other = await alice.create_room(preset="public_chat")
    await bob.join(other)
    sent: dict[str, list[str]] = {}
    for number in range(30):
        client, room = (bob, other) if number % 3 else (alice, room_id)
        event_id = await client.send(room, f"word {'word ' * (number % 4)}{number}")
        sent.setdefault(room if key == "room_id" else client.user_id, []).append(event_id)
    wish: dict[str, Any] = {"order_by": order, "groupings": {"group_by": [{"key": key}]}, "filter": {"limit": 4}}
    found = await search(alice, "word", **wish)
    assert set(found["groups"][key]) == set(sent)
    for name, group in found["groups"][key].items():
        seen = list(group["results"])
        token = group.get("next_batch")
        while token is not None:
            further = await search(alice, "word", token, **wish)
            assert set(further["groups"][key]) <= {name}
            seen += [item["result"]["event_id"] for item in further["results"]]
            token = further.get("next_batch")
            assert token is None or not further["results"] or further["groups"][key][name]["next_batch"] == token
        assert sorted(seen) == sorted(sent[name])
        if order == "recent":
            assert seen == sent[name][::-1]


async def test_a_group_that_is_complete(alice: Client, room_id: str) -> None:
    other = await alice.create_room()
    for room in (room_id, room_id, other):
        await alice.send(room, "word")
    wish: dict[str, Any] = {
        "order_by": "recent",
        "groupings": {"group_by": [{"key": "room_id"}]},
        "filter": {"limit": 2},
    }
    groups = (await search(alice, "word", **wish))["groups"]["room_id"]
    assert "next_batch" not in groups[other]
    assert "next_batch" in groups[room_id]


@pytest.mark.parametrize("order", ["rank", "recent"])
async def test_older_matches_than_are_ranked_at_once(
    alice: Client, room_id: str, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    """After the pages of the newest matches come those of the older ones: all are found, each once."""
    monkeypatch.setattr("roomkeeper.core.search.service.CANDIDATES", 6)
    monkeypatch.setattr("roomkeeper.core.search.service.ENOUGH", 3)
    sent = [await alice.send(room_id, f"two words, {'words ' * (number % 3)}{number}") for number in range(20)]
    seen: list[str] = []
    token = None
    for _ in range(30):
        found = await search(alice, "words two ", token, order_by=order, filter={"limit": 4})
        seen += [item["result"]["event_id"] for item in found["results"]]
        token = found.get("next_batch")
        if token is None:
            break
    assert found["count"] == 20
    assert sorted(seen) == sorted(sent)
    if order == "recent":
        assert seen == sent[::-1]
    else:
        assert set(seen[:6]) == set(sent[-6:])


async def test_a_rare_word_weighs_more(alice: Client, room_id: str) -> None:
    for number in range(10):
        await alice.send(room_id, f"the heron and the reed and the lake {number}")
    for body in ("the heron, heron", "the the heron"):
        await alice.send(room_id, body)
    for term in ("the heron ", "heron the "):
        found = await bodies(alice, term, filter={"limit": 50})
        assert found.index("the heron, heron") < found.index("the the heron")


@pytest.mark.parametrize(
    ("content", "term", "is_found"),
    [
        ({"topic": "plain", "m.topic": {"m.text": [{"body": "rich"}]}}, "rich", True),
        ({"topic": "plain", "m.topic": {"m.text": [{"body": "rich", "mimetype": "text/plain"}]}}, "plain", True),
        ({"topic": "plain", "m.topic": {"m.text": [{"body": "rich", "mimetype": "text/html"}]}}, "rich", False),
        ({"topic": "plain", "m.topic": {"m.text": [17, {"body": 3}, None]}}, "plain", True),
        ({"topic": "plain", "m.topic": {"m.text": "rich"}}, "rich", False),
        ({"topic": "plain", "m.topic": []}, "plain", True),
    ],
)
async def test_forms_of_a_topic(
    alice: Client, room_id: str, content: dict[str, Any], term: str, is_found: bool
) -> None:
    status, _ = await alice.attempt("PUT", f"/rooms/{quote(room_id)}/state/m.room.topic", content)
    assert status == 200
    assert len(await event_ids(alice, term)) == is_found


@pytest.mark.parametrize("length", range(2, 8))
async def test_the_beginning_of_a_word(alice: Client, room_id: str, length: int) -> None:
    sent = [await alice.send(room_id, body) for body in ("gardens grow", "éclair ÉCLAIRS", "我们 gardening", "gar")]
    await alice.send(room_id, "ungardened regarding")
    expected = {sent[0], sent[2]} | ({sent[3]} if length <= 3 else set())
    assert set(await event_ids(alice, "gardens"[:length])) == (expected if length < 7 else {sent[0]})
    assert await event_ids(alice, "eclairs"[:length]) == [sent[1]]
    assert await event_ids(alice, "grow " + "gardens"[:length]) == [sent[0]]


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
