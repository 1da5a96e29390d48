/** Directories of rooms and people, message search, spaces. */
import assert from "node:assert/strict";

import { RoomHierarchy } from "matrix-js-sdk/lib/room-hierarchy.js";

export async function aPublicRoomIsFoundAndEntered(world) {
    const [alice, bob] = await world.people("alice", "bob");
    const [name, alias] = [world.unique("Gardeners"), world.unique("gardeners")];
    const options = { name, topic: "Roses", visibility: "public", preset: "public_chat", room_alias_name: alias };
    const roomId = await world.room(alice, options);
    const { chunk } = await bob.publicRooms({ limit: 10, filter: { generic_search_term: name } });
    assert.deepEqual(chunk.map((room) => [room.room_id, room.name, room.topic]), [[roomId, name, "Roses"]]);
    assert.equal(chunk[0].canonical_alias, `#${alias}:example.org`);
    assert.equal((await bob.getRoomIdForAlias(`#${alias}:example.org`)).room_id, roomId);
    const summary = await bob.getRoomSummary(`#${alias}:example.org`);
    assert.deepEqual([summary.room_id, summary.num_joined_members], [roomId, 1]);
    const room = await bob.joinRoom(`#${alias}:example.org`);
    assert.equal(room.roomId, roomId);
    await alice.setRoomDirectoryVisibility(roomId, "private");
    assert.equal((await bob.getRoomDirectoryVisibility(roomId)).visibility, "private");
    assert.deepEqual((await bob.publicRooms({ filter: { generic_search_term: name } })).chunk, []);
}

export async function thePublicRoomsArePaginated(world) {
    const [alice] = await world.people("alice");
    const word = world.unique("page");
    const made = [];
    for (let number = 0; number < 5; number++) {
        made.push(await world.room(alice, { name: `${word} ${number}`, visibility: "public" }));
    }
    const found = [];
    let since;
    do {
        const page = await alice.publicRooms({ limit: 2, since, filter: { generic_search_term: word } });
        found.push(...page.chunk.map((room) => room.room_id));
        since = page.next_batch;
    } while (since);
    assert.deepEqual(found.sort(), made.sort());
}

export async function aliasesAreMadeAndDeleted(world) {
    const [alice, bob] = await world.people("alice", "bob");
    const roomId = await world.room(alice);
    const alias = `#${world.unique("desk")}:example.org`;
    await alice.createAlias(alias, roomId);
    assert.deepEqual((await alice.getLocalAliases(roomId)).aliases, [alias]);
    await world.refused("M_FORBIDDEN", bob.deleteAlias(alias));
    await alice.deleteAlias(alias);
    await world.refused("M_NOT_FOUND", bob.getRoomIdForAlias(alias));
}

export async function peopleAreFound(world) {
    const { alice, bob } = await world.together();
    const name = world.unique("Rosalind");
    await alice.setDisplayName(`${name} (desk 3)`);
    const found = async () => (await bob.searchUserDirectory({ term: name, limit: 5 })).results;
    const [person] = await world.until(async () => ((await found()).length === 1 ? found() : null), "her name");
    assert.deepEqual([person.user_id, person.display_name], [alice.getUserId(), `${name} (desk 3)`]);
}

export async function messagesAreFoundWithHighlightsAndContext(world) {
    const { alice, bob, roomId } = await world.together();
    await world.say(alice, roomId, "before it");
    const eventId = await world.say(alice, roomId, "Please water the roses 明天浇水");
    await world.say(alice, roomId, "after it");
    const search = (term) => bob.searchRoomEvents({ term, filter: { rooms: [roomId] } });
    for (const [term, highlight] of [
        ["roses", "roses"],
        ["浇水", "浇水"],
    ]) {
        const found = await world.until(async () => {
            const results = await search(term);
            return results.count > 0 ? results : null;
        }, term);
        assert.equal(found.results[0].context.getEvent().getId(), eventId);
        assert.ok(found.highlights.includes(highlight), found.highlights.join());
        const around = found.results[0].context.getTimeline().map((event) => event.getContent().body);
        assert.deepEqual(around, ["before it", "Please water the roses 明天浇水", "after it"]);
    }
    const mallory = await world.signUp("mallory");
    assert.equal((await mallory.searchRoomEvents({ term: "roses" })).count, 0);
}

export async function searchResultsArePaginated(world) {
    const { alice, roomId } = await world.together();
    for (let number = 0; number < 25; number++) await world.say(alice, roomId, `roses number ${number}`);
    const options = { term: "roses", filter: { rooms: [roomId], limit: 10 } };
    const results = await world.until(async () => {
        const first = await alice.searchRoomEvents(options);
        return first.count === 25 ? first : null;
    }, "all are indexed");
    while (results.next_batch) await alice.backPaginateRoomEventsSearch(results);
    const found = results.results.map((result) => result.context.getEvent().getContent().body);
    assert.deepEqual(found, Array.from({ length: 25 }, (_, number) => `roses number ${24 - number}`));
}

export async function aSpaceIsWalkedPageByPage(world) {
    const [alice, bob] = await world.people("alice", "bob");
    const space = (name) => ({ name, creation_content: { type: "m.space" }, preset: "public_chat" });
    const top = await world.room(alice, space("top"));
    const inner = await world.room(alice, space("inner"));
    const rooms = [];
    for (const name of ["one", "two", "three"]) rooms.push(await world.room(alice, { name, preset: "public_chat" }));
    const hidden = await world.room(alice, { name: "hidden", preset: "private_chat" });
    const child = (parent, roomId, content = {}) =>
        alice.sendStateEvent(parent, "m.space.child", { via: ["example.org"], ...content }, roomId);
    await child(top, inner, { order: "a" });
    await child(top, rooms[0], { order: "b", suggested: true });
    await child(top, hidden, { order: "c" });
    await child(inner, rooms[1], { order: "a" });
    await child(inner, rooms[2], { order: "b" });

    const hierarchy = new RoomHierarchy(await joined(world, bob, top), 2);
    while (hierarchy.canLoadMore) await hierarchy.load();
    assert.deepEqual(hierarchy.rooms.map((room) => room.room_id), [top, inner, rooms[1], rooms[2], rooms[0]]);
    assert.equal(hierarchy.isSuggested(top, rooms[0]), true);
    assert.deepEqual(hierarchy.backRefs.get(rooms[1]), [inner]);
    assert.equal(hierarchy.roomMap.get(inner).room_type, "m.space");
    assert.equal(bob.getRoom(top).isSpaceRoom(), true);

    const suggested = new RoomHierarchy(bob.getRoom(top), 10, 1, true);
    await suggested.load();
    assert.deepEqual(suggested.rooms.map((room) => room.room_id), [top, rooms[0]]);
}

export async function whoIsInTheSpaceMayJoinItsRooms(world) {
    const [alice, bob] = await world.people("alice", "bob");
    const space = await world.room(alice, { creation_content: { type: "m.space" }, preset: "public_chat" });
    const rule = { join_rule: "restricted", allow: [{ type: "m.room_membership", room_id: space }] };
    const roomId = await world.room(alice, {
        initial_state: [{ type: "m.room.join_rules", state_key: "", content: rule }],
    });
    await world.refused("M_FORBIDDEN", bob.joinRoom(roomId));
    await joined(world, bob, space);
    await bob.joinRoom(roomId);
    await world.until(() => bob.getRoom(roomId)?.getMyMembership() === "join", "Bob is in");
}

async function joined(world, client, roomId) {
    await client.joinRoom(roomId);
    return world.until(() => client.getRoom(roomId)?.getMyMembership() === "join" && client.getRoom(roomId), "joined");
}
