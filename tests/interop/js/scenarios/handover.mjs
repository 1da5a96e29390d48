/** Somebody of the staff leaves: what the client of a customer shows, who has never heard of sessions or handovers. */
import assert from "node:assert/strict";

import { EventType, Preset, RoomEvent } from "matrix-js-sdk";

import { bodies, emitted } from "../world.mjs";

export async function aCustomerGoesOnWithTheSuccessor(world) {
    const { customer, leaver, successor, old } = await begun(world);
    const departure = await depart(world, leaver, successor);
    // The list of rooms has an invitation under the successor's name, to a direct chat, and the old room as before.
    const invited = await invitation(world, customer);
    const offered = invited.roomId;
    assert.equal(invited.name, "Desk 5");
    assert.equal(invited.getMember(customer.getUserId()).events.member.getContent().is_direct, true);
    assert.deepEqual(visible(customer), [old, offered].sort());
    const room = customer.getRoom(old);
    await world.until(() => texts(room).at(-1)?.startsWith("Desk 3 has left. Desk 5 now takes care of you."), "the notice");
    assert.equal(tombstone(room), null);
    assert.equal(room.getUnreadNotificationCount("highlight"), 0);

    const joined = emitted(invited, RoomEvent.MyMembership, (_room, membership) => membership === "join");
    await customer.joinRoom(offered);
    await joined;
    await untilStatus(world, departure, customer, "accepted");
    // Now it is as after an upgrade: the new room instead of the old one, from which one can go back to what was said.
    await world.until(() => tombstone(room)?.getContent().replacement_room === offered, "the tombstone");
    assert.deepEqual(visible(customer), [offered]);
    assert.equal(invited.findPredecessor().roomId, old);
    assert.deepEqual(history(customer, offered), [old, offered]);
    await world.until(() => invited.name === "Desk 5" && invited.getJoinedMemberCount() === 3, "the successor");
    const mine = await world.until(() => successor.getRoom(offered), "the successor's room");
    await world.until(() => texts(mine).at(-1)?.startsWith("You can now write to each other."), "what is said first");
    await world.say(customer, offered, "Where is my chair?");
    await world.until(() => texts(mine).at(-1) === "Where is my chair?", "the customer's message");
    await world.say(successor, offered, "It is on its way");
    await world.until(() => texts(invited).at(-1) === "It is on its way", "the successor's message");
    // Both clients know it for a direct chat with the other.
    const direct = { [leaver.getUserId()]: [old], [successor.getUserId()]: [offered] };
    await world.until(() => same(customer.getAccountData(EventType.Direct)?.getContent(), direct), "m.direct");
    const theirs = { [customer.getUserId()]: [offered] };
    await world.until(() => same(successor.getAccountData(EventType.Direct)?.getContent(), theirs), "m.direct");
}

export async function aCustomerDeclinesAndThinksBetterOfIt(world) {
    const { customer, leaver, successor, old } = await begun(world);
    const departure = await depart(world, leaver, successor);
    const invited = await invitation(world, customer);
    const [room, offered] = [customer.getRoom(old), invited.roomId];
    await customer.leave(offered);
    await world.until(() => invited.getMyMembership() === "leave", "the refused invitation");
    await untilStatus(world, departure, customer, "declined");
    await world.until(() => texts(room).at(-1).startsWith("Desk 3 can no longer receive messages."), "the notice");
    assert.equal(tombstone(room), null);
    // A message is shown as not sent, with the reason that the server gives; nobody ever gets it.
    const before = texts(room);
    const error = await world.refused("M_FORBIDDEN", world.say(customer, old, "Are you there?"));
    assert.match(error.message, /has left/);
    const [unsent] = room.getPendingEvents();
    assert.equal(unsent.status, "not_sent");
    customer.cancelPendingEvent(unsent);
    const { chunk } = await customer.createMessagesRequest(old, null, 50, "b");
    const stored = chunk.filter((event) => event.type === EventType.RoomMessage).map((event) => event.content.body);
    assert.deepEqual(stored.reverse(), before);
    assert.equal(successor.getRoom(offered), null);

    await customer.joinRoom(offered);
    await untilStatus(world, departure, customer, "accepted");
    await world.until(() => tombstone(room), "the tombstone");
    assert.deepEqual(visible(customer), [offered]);
    const mine = await world.until(() => successor.getRoom(offered), "the successor's room");
    await world.say(customer, offered, "So it is you");
    await world.until(() => texts(mine).at(-1) === "So it is you", "the message");
}

export async function whoAsksForSomebodyWhoHasLeftIsToldWhoTakesCare(world) {
    const [stranger] = await world.people("stranger");
    const [leaver, successor] = [await world.hire("Desk 3"), await world.hire("Desk 5")];
    await depart(world, leaver, successor);
    const wish = { invite: [leaver.getUserId()], is_direct: true, preset: Preset.TrustedPrivateChat };
    const error = await world.refused("M_FORBIDDEN", stranger.createRoom(wish));
    assert.match(error.message, /Desk 3 has left and gets no messages any more\. Desk 5 takes care of you/);
    // For clients that know more there is the same in data.
    assert.equal(error.data["org.roomkeeper.succession"].successor.user_id, successor.getUserId());
    const own = await world.room(stranger);
    await world.refused("M_FORBIDDEN", stranger.invite(own, leaver.getUserId()));
    const { room_id: roomId } = await stranger.createRoom({ ...wish, invite: [successor.getUserId()] });
    await world.say(stranger, roomId, "Good morning");
    const mine = await world.until(() => successor.getRoom(roomId), "the successor's room");
    await world.until(() => texts(mine).includes("Good morning"), "the message");
}

export async function theLeaversClientEndsAndGoesOnAfterAnUndo(world) {
    const { customer, leaver, successor, old } = await begun(world);
    const departure = await depart(world, leaver, successor);
    await world.until(() => leaver.getSyncStateData()?.error?.errcode === "M_USER_LOCKED", "the end of the leaver's sync");
    leaver.stopClient();
    const invited = await invitation(world, customer);

    await world.operate("POST", `/departures/${departure}/undo`);
    await untilStatus(world, departure, customer, "withdrawn");
    await world.until(() => invited.getMyMembership() === "leave", "the withdrawn invitation");
    const room = customer.getRoom(old);
    await world.until(() => texts(room).at(-1) === "Desk 3 is back: you can write here again.", "the notice");
    await world.say(customer, old, "Welcome back");
    // The same device, with the same token.
    const back = await world.start(
        world.signedIn({
            access_token: leaver.getAccessToken(),
            device_id: leaver.getDeviceId(),
            user_id: leaver.getUserId(),
        }),
    );
    await world.until(() => texts(back.getRoom(old)).at(-1) === "Welcome back", "the message");
    await world.say(back, old, "Thank you");
    await world.until(() => texts(room).at(-1) === "Thank you", "the answer");
}

/** A customer in a direct chat with the desk that is to leave, and the successor; all clients sync. */
async function begun(world) {
    const [customer] = await world.people("customer");
    const [leaver, successor] = [await world.hire("Desk 3"), await world.hire("Desk 5")];
    const invite = [leaver.getUserId()];
    const { room_id: old } = await customer.createRoom({ invite, is_direct: true, preset: Preset.TrustedPrivateChat });
    await world.until(() => customer.getRoom(old)?.getJoinedMemberCount() === 3, "the session");
    await world.say(customer, old, "Good morning");
    await world.until(() => texts(leaver.getRoom(old)).includes("Good morning"), "the message");
    return { customer, leaver, successor, old };
}

/** Let somebody leave, in favour of somebody; the departure's id, when all customers have been asked. */
async function depart(world, leaver, successor) {
    world.mayBeRefused("M_USER_LOCKED");
    const plan = { rules: [{ staff_id: successor.getUserId() }] };
    const body = { user_id: leaver.getUserId(), plan };
    const { departure_id: departure } = await world.operate("POST", "/departures", body);
    const state = async () => (await world.operate("GET", `/departures/${departure}`)).departure.state;
    await world.until(async () => (await state()) === "finished", "the end of the asking");
    return departure;
}

/** Wait until a customer has a status, and their room says so. */
async function untilStatus(world, departure, customer, status) {
    await world.until(async () => {
        const { customers } = await world.operate("GET", `/departures/${departure}/customers`);
        const mine = customers.find((each) => each.customer_id === customer.getUserId());
        return mine?.status === status && mine.told !== false;
    }, status);
}

/** Wait for an invitation, as Element's list of rooms shows it; the room. */
async function invitation(world, customer) {
    return world.until(() => customer.getRooms().find((room) => room.getMyMembership() === "invite"), "the invitation");
}

/** The rooms that a list of rooms shows: not those that others have replaced. */
function visible(client) {
    const rooms = client.getVisibleRooms().filter((room) => ["join", "invite"].includes(room.getMyMembership()));
    return rooms.map((room) => room.roomId).sort();
}

function history(client, roomId) {
    return client.getRoomUpgradeHistory(roomId, true).map((room) => room.roomId);
}

function tombstone(room) {
    return room.currentState.getStateEvents(EventType.RoomTombstone, "");
}

function texts(room) {
    return room === null ? [] : bodies(room.getLiveTimeline().getEvents());
}

function same(found, wanted) {
    return JSON.stringify(Object.entries(found ?? {}).sort()) === JSON.stringify(Object.entries(wanted).sort());
}
