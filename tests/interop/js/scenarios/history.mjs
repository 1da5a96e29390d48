/** Reading back: scrolling, windows around an event, dates, members that are loaded late. */
import assert from "node:assert/strict";

import { Direction, TimelineWindow } from "matrix-js-sdk";

import { bodies } from "../world.mjs";

const TEXTS = Array.from({ length: 60 }, (_, number) => `message ${number}`);

export async function scrollingBackReachesTheBeginning(world) {
    const { bob, roomId } = await told(world);
    const phone = await world.start(await world.logIn(bob.getUserId()), { initialSyncLimit: 5 });
    const room = phone.getRoom(roomId);
    assert.ok(bodies(room.getLiveTimeline().getEvents()).length <= 5);
    while (room.getLiveTimeline().getPaginationToken("b")) await phone.scrollback(room, 13);
    const events = room.getLiveTimeline().getEvents();
    assert.deepEqual(bodies(events), TEXTS);
    assert.equal(events[0].getType(), "m.room.create");
    assert.equal(new Set(events.map((event) => event.getId())).size, events.length);
}

export async function aWindowOpensAroundAnOldEvent(world) {
    const { alice, bob, roomId, sent } = await told(world);
    const phone = await world.start(await world.logIn(bob.getUserId()), { initialSyncLimit: 5 });
    const room = phone.getRoom(roomId);
    const view = new TimelineWindow(phone, room.getUnfilteredTimelineSet(), { windowLimit: 200 });
    await view.load(sent[20], 10);
    assert.ok(bodies(view.getEvents()).includes("message 20"));
    assert.ok(!bodies(view.getEvents()).includes("message 59"));
    while (view.canPaginate(Direction.Forward)) await view.paginate(Direction.Forward, 10);
    while (view.canPaginate(Direction.Backward)) await view.paginate(Direction.Backward, 10);
    assert.deepEqual(bodies(view.getEvents()), TEXTS);
    // The window has come to the live end: what is said now is in it.
    await world.event(phone, roomId, await world.say(alice, roomId, "now"));
    await view.paginate(Direction.Forward, 10);
    assert.equal(bodies(view.getEvents()).at(-1), "now");
}

export async function aDateIsJumpedTo(world) {
    const { alice, roomId, sent } = await told(world);
    const event = await alice.fetchRoomEvent(roomId, sent[30]);
    const found = await alice.timestampToEvent(roomId, event.origin_server_ts, Direction.Forward);
    assert.equal(found.origin_server_ts, event.origin_server_ts);
    await world.refused("M_NOT_FOUND", alice.timestampToEvent(roomId, Date.now() + 1e9, Direction.Forward));
}

export async function membersAreLoadedWhenTheyAreAskedFor(world) {
    const { alice, bob, roomId } = await told(world, TEXTS.slice(0, 20));
    const phone = await world.start(await world.logIn(alice.getUserId()), { initialSyncLimit: 1 });
    const room = phone.getRoom(roomId);
    assert.equal(room.getJoinedMemberCount(), 2);
    assert.equal(room.membersLoaded(), false);
    await room.loadMembersIfNeeded();
    assert.deepEqual(room.getJoinedMembers().map((member) => member.userId).sort(), [alice.getUserId(), bob.getUserId()].sort());
}

export async function whoComesLaterSeesWhatTheHistoryVisibilityAllows(world) {
    const [alice, bob] = await world.people("alice", "bob");
    const visibility = (value) => ({ type: "m.room.history_visibility", state_key: "", content: { history_visibility: value } });
    for (const [value, seen] of [
        ["shared", ["before", "after"]],
        ["joined", ["after"]],
    ]) {
        const roomId = await world.room(alice, { preset: "public_chat", initial_state: [visibility(value)] });
        await world.say(alice, roomId, "before");
        await bob.joinRoom(roomId);
        const eventId = await world.say(alice, roomId, "after");
        await world.event(bob, roomId, eventId);
        const room = bob.getRoom(roomId);
        while (room.getLiveTimeline().getPaginationToken("b")) await bob.scrollback(room, 50);
        assert.deepEqual(bodies(room.getLiveTimeline().getEvents()), seen, value);
    }
}

/** Alice, Bob, a room in which Alice said a lot, and the ids of that. */
async function told(world, texts = TEXTS) {
    const people = await world.together();
    const sent = [];
    for (const text of texts) sent.push(await world.say(people.alice, people.roomId, text));
    return { ...people, sent };
}
