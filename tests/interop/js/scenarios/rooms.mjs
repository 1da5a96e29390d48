/** Making rooms, coming and going, upgrades. Much here differs between room versions 11 and 12. */
import assert from "node:assert/strict";

import { EventType, RoomEvent } from "matrix-js-sdk";

import { emitted } from "../world.mjs";

export async function aRoomHasTheDefaultVersion(world) {
    const [alice] = await world.people("alice");
    const roomId = await world.room(alice, { name: "Desk 3", topic: "Deliveries", preset: "private_chat" });
    const room = alice.getRoom(roomId);
    assert.equal(room.getVersion(), world.roomVersion);
    // Since version 12 a room's id is the hash of its first event, and names no server.
    assert.equal(roomId.endsWith(":example.org"), world.roomVersion === "11");
    assert.deepEqual([room.name, room.getCreator()], ["Desk 3", alice.getUserId()]);
    // And who made the room has no number any more, but stands above all.
    const power = world.roomVersion === "11" ? 100 : Infinity;
    assert.equal(room.getMember(alice.getUserId()).powerLevel, power);
    assert.deepEqual([room.getJoinRule(), room.getHistoryVisibility()], ["invite", "shared"]);
    assert.equal(room.currentState.getStateEvents("m.room.topic", "").getContent().topic, "Deliveries");
}

export async function stateIsSetAndRead(world) {
    const { alice, bob, roomId } = await world.together();
    await alice.setRoomName(roomId, "Desk 4");
    await alice.setRoomTopic(roomId, "Returns", "<b>Returns</b>");
    await alice.setPowerLevel(roomId, bob.getUserId(), 50);
    const room = bob.getRoom(roomId);
    await world.until(() => room.getMember(bob.getUserId()).powerLevel === 50, "Bob's power level");
    assert.equal(room.name, "Desk 4");
    assert.ok(room.currentState.maySendStateEvent("m.room.name", bob.getUserId()));
    assert.equal((await bob.getStateEvent(roomId, "m.room.topic", "")).topic, "Returns");
    const state = await bob.roomState(roomId);
    assert.ok(state.some((event) => event.type === "m.room.create"));
    const { joined } = await bob.getJoinedRoomMembers(roomId);
    assert.deepEqual(Object.keys(joined).sort(), [alice.getUserId(), bob.getUserId()].sort());
    await bob.sendStateEvent(roomId, "org.example.desk", { open: true }, "a/b c");
    assert.deepEqual(await alice.getStateEvent(roomId, "org.example.desk", "a/b c"), { open: true });
    await world.refused("M_FORBIDDEN", bob.sendStateEvent(roomId, EventType.RoomPowerLevels, { users_default: 100 }));
}

export async function anInvitationIsSeenAndAccepted(world) {
    const [alice, bob] = await world.people("alice", "bob");
    const roomId = await world.room(alice, { name: "Desk 3" });
    await alice.invite(roomId, bob.getUserId(), { reason: "come in" });
    const room = await world.until(() => bob.getRoom(roomId), "the invitation");
    assert.deepEqual([room.getMyMembership(), room.name], ["invite", "Desk 3"]);
    assert.equal(room.getMember(bob.getUserId()).events.member.getSender(), alice.getUserId());
    assert.equal(room.getMember(bob.getUserId()).events.member.getContent().reason, "come in");
    const joined = emitted(room, RoomEvent.MyMembership, (_room, membership) => membership === "join");
    await bob.joinRoom(roomId);
    await joined;
    await world.until(() => alice.getRoom(roomId).getJoinedMemberCount() === 2, "Alice sees him");
    assert.deepEqual((await bob.getJoinedRooms()).joined_rooms, [roomId]);
}

export async function anInvitationIsRefused(world) {
    const [alice, bob] = await world.people("alice", "bob");
    const roomId = await world.room(alice, { invite: [bob.getUserId()] });
    const room = await world.until(() => bob.getRoom(roomId), "the invitation");
    await bob.leave(roomId);
    await world.until(() => room.getMyMembership() === "leave", "Bob is out");
    await world.until(() => alice.getRoom(roomId).getMember(bob.getUserId()).membership === "leave", "Alice sees it");
    await bob.forget(roomId);
    assert.equal(bob.getRoom(roomId), null);
    await world.refused("M_FORBIDDEN", bob.joinRoom(roomId));
}

export async function aKnockIsAnsweredWithAnInvitation(world) {
    const [alice, bob] = await world.people("alice", "bob");
    const rules = { type: "m.room.join_rules", state_key: "", content: { join_rule: "knock" } };
    const roomId = await world.room(alice, { name: "Desk 3", initial_state: [rules] });
    await world.refused("M_FORBIDDEN", bob.joinRoom(roomId));
    await bob.knockRoom(roomId, { reason: "my order" });
    const knocked = await world.until(() => bob.getRoom(roomId), "his knock");
    assert.equal(knocked.getMyMembership(), "knock");
    const who = alice.getRoom(roomId);
    await world.until(() => who.getMember(bob.getUserId())?.membership === "knock", "Alice hears it");
    assert.equal(who.getMember(bob.getUserId()).events.member.getContent().reason, "my order");
    await alice.invite(roomId, bob.getUserId());
    await world.until(() => knocked.getMyMembership() === "invite", "the invitation");
    await bob.joinRoom(roomId);
    await world.until(() => knocked.getMyMembership() === "join" && knocked.name === "Desk 3", "Bob is in");
}

export async function kickBanUnban(world) {
    const { alice, bob, roomId } = await world.together();
    const room = bob.getRoom(roomId);
    await alice.kick(roomId, bob.getUserId(), "closed for today");
    await world.until(() => room.getMyMembership() === "leave", "the kick");
    assert.equal(room.getMember(bob.getUserId()).events.member.getContent().reason, "closed for today");
    await alice.ban(roomId, bob.getUserId());
    await world.until(() => room.getMyMembership() === "ban", "the ban");
    await world.refused("M_FORBIDDEN", bob.joinRoom(roomId));
    await alice.unban(roomId, bob.getUserId());
    await world.until(() => room.getMyMembership() === "leave", "the end of the ban");
    await alice.invite(roomId, bob.getUserId());
    await bob.joinRoom(roomId);
    await world.until(() => room.getMyMembership() === "join", "Bob is back");
}

export async function aRoomIsUpgraded(world) {
    const { alice, bob, roomId } = await world.together({ name: "Desk 3", room_version: "11" });
    const { replacement_room: newId } = await alice.upgradeRoom(roomId, "12");
    const old = alice.getRoom(roomId);
    await world.until(() => alice.getRoom(newId)?.getMyMembership() === "join", "the new room");
    await world.until(() => old.currentState.getStateEvents("m.room.tombstone", ""), "the tombstone");
    const replacement = alice.getRoom(newId);
    assert.deepEqual([replacement.getVersion(), replacement.name], ["12", "Desk 3"]);
    assert.ok(!newId.includes(":"));
    assert.equal(replacement.findPredecessor().roomId, roomId);
    assert.deepEqual(alice.getRoomUpgradeHistory(newId, true).map((room) => room.roomId), [roomId, newId]);
    await alice.invite(newId, bob.getUserId());
    await bob.joinRoom(newId);
    await world.until(() => bob.getRoomUpgradeHistory(newId, true).length === 2, "Bob's history");
    assert.deepEqual(bob.getVisibleRooms().map((room) => room.roomId), [newId]);
}

export async function creatorsOfANewerRoomAreSeveral(world) {
    const [alice, bob] = await world.people("alice", "bob");
    const roomId = await world.room(alice, {
        room_version: "12",
        invite: [bob.getUserId()],
        creation_content: { additional_creators: [bob.getUserId()] },
    });
    await bob.joinRoom(roomId);
    await world.until(() => bob.getRoom(roomId)?.getMember(bob.getUserId())?.powerLevel === Infinity, "Bob's power");
    await world.refused("M_FORBIDDEN", bob.kick(roomId, alice.getUserId()));
    await bob.setRoomName(roomId, "ours");
    await world.until(() => alice.getRoom(roomId).name === "ours", "the name");
}

export async function directMessagesAreMarked(world) {
    const [alice, bob] = await world.people("alice", "bob");
    const roomId = await world.room(alice, { is_direct: true, preset: "trusted_private_chat", invite: [bob.getUserId()] });
    const room = await world.until(() => bob.getRoom(roomId), "the invitation");
    assert.equal(room.getMember(bob.getUserId()).events.member.getContent().is_direct, true);
    assert.equal(room.getDMInviter(), alice.getUserId());
    await alice.setAccountData("m.direct", { [bob.getUserId()]: [roomId] });
    assert.deepEqual(alice.getAccountData("m.direct").getContent(), { [bob.getUserId()]: [roomId] });
}
