"""What a search must not show: rooms that one was never in, and what one may not see of those one was in."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.harness import Client, Server
from tests.integration.search.finding import bodies, search
from tests.integration.search.test_changes import edit, redact

VISIBILITY = "m.room.history_visibility"


@pytest.fixture
async def alice(server: Server) -> Client:
    return await server.register("alice")


@pytest.fixture
async def bob(server: Server) -> Client:
    return await server.register("bob")


async def count(client: Client, term: str) -> int:
    """How many are found; what is counted must be what is shown."""
    found = await search(client, term, filter={"limit": 50})
    assert found["count"] == len(found["results"])
    return int(found["count"])


async def test_rooms_of_others(alice: Client, bob: Client) -> None:
    private = await alice.create_room()
    public = await alice.create_room(preset="public_chat", visibility="public")
    for room_id in (private, public):
        await alice.send(room_id, "confidential")
    assert await count(alice, "confidential") == 2
    assert await count(bob, "confidential") == 0
    found = await search(bob, "confidential", filter={"rooms": [private, public]})
    assert found["results"] == []


async def test_an_invitation_is_no_membership(alice: Client, bob: Client) -> None:
    room_id = await alice.create_room(invite=[bob.user_id])
    await alice.set_state(room_id, VISIBILITY, {"history_visibility": "invited"})
    await alice.send(room_id, "confidential")
    assert await count(bob, "confidential") == 0
    await bob.join(room_id)
    assert await count(bob, "confidential") == 1


async def test_left_rooms(alice: Client, bob: Client) -> None:
    room_id = await alice.create_room(preset="public_chat")
    await bob.join(room_id)
    await alice.send(room_id, "word while bob was there")
    await bob.leave(room_id)
    await alice.send(room_id, "word after he left")
    assert await bodies(bob, "word") == ["word while bob was there"]
    assert await count(bob, "word") == 1
    await bob.post(f"/rooms/{quote(room_id)}/forget")
    assert await count(bob, "word") == 0


async def test_an_edit_after_leaving(alice: Client, bob: Client) -> None:
    room_id = await alice.create_room(preset="public_chat")
    await bob.join(room_id)
    event_id = await alice.send(room_id, "harmless words")
    await bob.leave(room_id)
    await edit(alice, room_id, event_id, "secret words")
    assert await count(bob, "secret") == 0
    assert await count(alice, "secret") == 1


async def test_banned(alice: Client, bob: Client) -> None:
    room_id = await alice.create_room(preset="public_chat")
    await bob.join(room_id)
    await alice.send(room_id, "word one")
    await alice.post(f"/rooms/{quote(room_id)}/ban", {"user_id": bob.user_id})
    await alice.send(room_id, "word two")
    assert await bodies(bob, "word") == ["word one"]


@pytest.mark.parametrize(
    ("visibility", "expected"),
    [("joined", ["after"]), ("invited", ["after", "invited"]), ("shared", ["after", "before", "invited"])],
)
async def test_history_visibility(alice: Client, bob: Client, visibility: str, expected: list[str]) -> None:
    room_id = await alice.create_room()
    await alice.set_state(room_id, VISIBILITY, {"history_visibility": visibility})
    await alice.send(room_id, "word before")
    await alice.invite(room_id, bob.user_id)
    await alice.send(room_id, "word invited")
    await bob.join(room_id)
    await alice.send(room_id, "word after")
    found = await bodies(bob, "word")
    assert sorted(body.removeprefix("word ") for body in found) == expected
    assert await count(bob, "word") == len(expected)


async def test_context_shows_no_more(alice: Client, bob: Client) -> None:
    room_id = await alice.create_room()
    await alice.set_state(room_id, VISIBILITY, {"history_visibility": "joined"})
    await alice.send(room_id, "hidden")
    await alice.invite(room_id, bob.user_id)
    await bob.join(room_id)
    await alice.send(room_id, "needle")
    await bob.leave(room_id)
    await alice.send(room_id, "hidden too")
    (item,) = (await search(bob, "needle", event_context={"before_limit": 20, "after_limit": 20}))["results"]
    around = [*item["context"]["events_before"], *item["context"]["events_after"]]
    assert all("hidden" not in event["content"].get("body", "") for event in around)


async def test_the_state_ends_where_one_left(alice: Client, bob: Client) -> None:
    room_id = await alice.create_room(preset="public_chat", name="Old name")
    await bob.join(room_id)
    await alice.send(room_id, "needle")
    await bob.leave(room_id)
    await alice.set_state(room_id, "m.room.name", {"name": "New name"})
    found = await search(bob, "needle", include_state=True)
    assert [event["content"]["name"] for event in found["state"][room_id] if event["type"] == "m.room.name"] == [
        "Old name"
    ]


async def test_what_one_may_not_see_tells_nothing(alice: Client, bob: Client) -> None:
    """Neither count nor rank depends on what is said elsewhere."""
    room_id = await alice.create_room(preset="public_chat")
    await bob.join(room_id)
    await bob.send(room_id, "layoffs are a rumour")
    before = await search(bob, "layoffs")
    secret = await alice.create_room()
    for _ in range(30):
        await alice.send(secret, "layoffs layoffs layoffs")
    after = await search(bob, "layoffs")
    assert after["count"] == before["count"] == 1
    assert after["results"][0]["rank"] == before["results"][0]["rank"]


async def test_ignored_users(alice: Client, bob: Client) -> None:
    room_id = await alice.create_room(preset="public_chat")
    await bob.join(room_id)
    await bob.send(room_id, "spam")
    assert await count(alice, "spam") == 1
    await alice.put(f"/user/{alice.user_id}/account_data/m.ignored_user_list", {"ignored_users": {bob.user_id: {}}})
    assert await count(alice, "spam") == 0


async def test_ignored_users_around_results(alice: Client, bob: Client) -> None:
    room_id = await alice.create_room(preset="public_chat")
    await bob.join(room_id)
    await bob.send(room_id, "spam before")
    await alice.send(room_id, "needle")
    await bob.send(room_id, "spam after")
    await alice.put(f"/user/{alice.user_id}/account_data/m.ignored_user_list", {"ignored_users": {bob.user_id: {}}})
    (item,) = (await search(alice, "needle", event_context={}))["results"]
    around = [*item["context"]["events_before"], *item["context"]["events_after"]]
    assert not any("spam" in event["content"].get("body", "") for event in around)
    await alice.put(f"/user/{alice.user_id}/account_data/m.ignored_user_list", {"ignored_users": {}})
    assert await count(alice, "spam") == 2


async def test_a_room_joined_later(alice: Client, bob: Client) -> None:
    """With its history shared, all of it is found as it is now: edits, redactions, names."""
    room_id = await alice.create_room(preset="public_chat", name="Plain words")
    edited, redacted = await alice.send(room_id, "old words"), await alice.send(room_id, "secret words")
    await edit(alice, room_id, edited, "new words")
    await redact(alice, room_id, redacted)
    assert await count(bob, "words") == 0
    await bob.join(room_id)
    assert await count(bob, "words") == 2
    assert [await count(bob, term) for term in ("plain", "new", "old", "secret")] == [1, 1, 0, 0]


async def test_history_hidden_and_shared_in_turns(alice: Client, bob: Client) -> None:
    """What counts is the visibility when something was said."""
    room_id = await alice.create_room()
    for visibility in ("joined", "shared", "joined", "world_readable"):
        await alice.set_state(room_id, VISIBILITY, {"history_visibility": visibility})
        await alice.send(room_id, f"word while {visibility}")
    await alice.invite(room_id, bob.user_id)
    await bob.join(room_id)
    assert sorted(await bodies(bob, "word")) == ["word while shared", "word while world_readable"]


async def test_left_and_back(alice: Client, bob: Client) -> None:
    room_id = await alice.create_room(preset="public_chat")
    await alice.set_state(room_id, VISIBILITY, {"history_visibility": "joined"})
    await bob.join(room_id)
    await alice.send(room_id, "word one")
    await bob.leave(room_id)
    await alice.send(room_id, "word two")
    await bob.join(room_id)
    await alice.send(room_id, "word three")
    assert sorted(await bodies(bob, "word")) == ["word one", "word three"]
    assert await count(alice, "word") == 3


async def test_what_happens_after_leaving(alice: Client, bob: Client) -> None:
    """Who left finds no new names; what is redacted is found by nobody; of what is edited the new text counts."""
    room_id = await alice.create_room(preset="public_chat", name="Old name")
    await bob.join(room_id)
    kept, redacted, edited = [await alice.send(room_id, f"word {number}") for number in range(3)]
    await bob.leave(room_id)
    await alice.set_state(room_id, "m.room.name", {"name": "New name"})
    await redact(alice, room_id, redacted)
    await edit(alice, room_id, edited, "word 2, changed")
    assert [item["result"]["event_id"] for item in (await search(bob, "word"))["results"]] == [kept]
    found = await search(bob, "name")
    assert [item["result"]["content"]["name"] for item in found["results"]] == ["Old name"]


@pytest.mark.parametrize("membership", ["kick", "invite", "knock"])
async def test_those_who_are_not_in_it(alice: Client, bob: Client, membership: str) -> None:
    room_id = await alice.create_room(preset="public_chat")
    await alice.set_state(room_id, VISIBILITY, {"history_visibility": "world_readable"})
    await alice.set_state(room_id, "m.room.join_rules", {"join_rule": "knock" if membership == "knock" else "public"})
    await alice.send(room_id, "word one")
    if membership == "knock":
        await bob.post(f"/knock/{quote(room_id)}", {})
    else:
        await alice.invite(room_id, bob.user_id)
    if membership == "kick":
        await alice.post(f"/rooms/{quote(room_id)}/kick", {"user_id": bob.user_id})
    assert await count(bob, "word") == 0


async def test_encrypted_rooms_are_not_searched(alice: Client) -> None:
    room_id = await alice.create_room(name="Plain words")
    await alice.send(room_id, "words before")
    assert await count(alice, "words") == 2
    await alice.set_state(room_id, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    assert await count(alice, "words") == 0


async def test_weights_tell_nothing(alice: Client, bob: Client) -> None:
    """How often a word stands in rooms of others does not change the ranks of one's own results."""
    room_id = await alice.create_room(preset="public_chat")
    await bob.join(room_id)
    await bob.send(room_id, "layoffs: a rumour, no rumour")
    await bob.send(room_id, "a rumour of layoffs layoffs")

    async def ranks() -> list[tuple[str, float]]:
        found = await search(bob, "layoffs rumour ")
        return [(item["result"]["event_id"], item["rank"]) for item in found["results"]]

    before = await ranks()
    secret = await alice.create_room()
    for _ in range(30):
        await alice.send(secret, "layoffs rumour layoffs layoffs")
    assert await ranks() == before
    assert len(before) == 2


async def test_tokens_open_nothing(alice: Client, bob: Client) -> None:
    """A token names a group; who uses it sees no more of that than otherwise."""
    room_id = await alice.create_room()
    for number in range(3):
        await alice.send(room_id, f"word {number}")
    grouping = {"group_by": [{"key": "room_id"}, {"key": "sender"}]}
    found = await search(alice, "word", filter={"limit": 1}, groupings=grouping)
    for group in (found["groups"]["room_id"][room_id], found["groups"]["sender"][alice.user_id]):
        assert len((await search(alice, "word", group["next_batch"]))["results"]) == 2
        assert (await search(bob, "word", group["next_batch"]))["results"] == []
        excluded = {"not_rooms": [room_id], "senders": [bob.user_id]}
        assert (await search(alice, "word", group["next_batch"], filter=excluded))["results"] == []


async def test_without_a_token(server: Server) -> None:
    body = {"search_categories": {"room_events": {"search_term": "x"}}}
    status, answer = await server.request("POST", "/search", body)
    assert (status, answer["errcode"]) == (401, "M_MISSING_TOKEN")


@pytest.mark.parametrize(("few", "scan"), [(0, 4), (0, 1000), (3, 2), (100, 1000)])
async def test_however_the_index_is_asked(
    alice: Client, bob: Client, monkeypatch: pytest.MonkeyPatch, few: int, scan: int
) -> None:
    """With few rooms and with many, and where most of what matches is in the rooms of others."""
    monkeypatch.setattr("roomkeeper.core.search.store.ROOMS_AT_ONCE", 3)
    monkeypatch.setattr("roomkeeper.core.search.store.FEW_ROOMS", few)
    monkeypatch.setattr("roomkeeper.core.search.store.SCAN", scan)
    rooms = {client: [await client.create_room() for _ in range(8)] for client in (alice, bob)}
    for number in range(8):
        for client in (alice, bob):
            await client.send(rooms[client][number], f"word {number}")
    for client in (alice, bob):
        assert await count(client, "word") == 8
        assert await bodies(client, "word", order_by="recent") == [f"word {number}" for number in range(7, -1, -1)]
