/** Sync, and what two people in a room see of one another while they talk. */
import assert from "node:assert/strict";

import { ClientEvent, EventStatus, MatrixEventEvent, RoomEvent, RoomMemberEvent, SyncState, TimelineWindow } from "matrix-js-sdk";

import { bodies, emitted } from "../world.mjs";

export async function syncsUntilPreparedAndGoesOn(world) {
    const alice = await world.signUp("alice");
    const states = [];
    alice.on(ClientEvent.Sync, (state) => states.push(state));
    await alice.startClient({ threadSupport: true });
    await world.until(() => states.includes(SyncState.Prepared), "PREPARED");
    const roomId = await world.room(alice, { name: "Desk 3" });
    await world.until(() => states.includes(SyncState.Syncing), "SYNCING");
    assert.ok(!states.includes(SyncState.Error), states.join());
    assert.equal(alice.getRoom(roomId).name, "Desk 3");
}

export async function twoClientsTalk(world) {
    const { alice, bob, roomId } = await world.together();
    const hello = await world.say(alice, roomId, "Hello Bob");
    await world.event(bob, roomId, hello);
    const answer = await world.say(bob, roomId, "Hello Alice");
    await world.event(alice, roomId, answer);
    for (const client of [alice, bob]) {
        const room = client.getRoom(roomId);
        await world.until(() => room.getPendingEvents().length === 0, "local echoes resolved");
        assert.deepEqual(bodies(room.getLiveTimeline().getEvents()), ["Hello Bob", "Hello Alice"]);
        assert.equal(room.findEventById(hello).sender.userId, alice.getUserId());
    }
    const room = alice.getRoom(roomId);
    assert.equal(room.name, room.getMember(bob.getUserId()).name);
}

export async function aLocalEchoBecomesTheEvent(world) {
    const { alice, roomId } = await world.together();
    const room = alice.getRoom(roomId);
    const statuses = [];
    room.on(RoomEvent.LocalEchoUpdated, (event) => statuses.push(event.status));
    const sending = world.say(alice, roomId, "on its way");
    const [echo] = room.getPendingEvents();
    assert.deepEqual([echo.status, echo.getContent().body], [EventStatus.SENDING, "on its way"]);
    const eventId = await sending;
    await world.until(() => room.getPendingEvents().length === 0, "the remote echo");
    assert.deepEqual([echo.getId(), echo.status], [eventId, null]);
    assert.ok(statuses.includes(null), statuses.join());
    assert.equal(bodies(room.getLiveTimeline().getEvents()).filter((body) => body === "on its way").length, 1);
    assert.ok(room.findEventById(eventId).getUnsigned().transaction_id);
}

export async function theSameTransactionSendsOnce(world) {
    const { alice, roomId } = await world.together();
    const sent = [];
    for (let time = 0; time < 2; time++) {
        const path = `/rooms/${encodeURIComponent(roomId)}/send/m.room.message/the-same`;
        sent.push(await alice.http.authedRequest("PUT", path, undefined, { msgtype: "m.text", body: "once" }));
    }
    assert.equal(sent[0].event_id, sent[1].event_id);
}

export async function everyKindOfMessageArrives(world) {
    const { alice, bob, roomId } = await world.together();
    const sent = [
        await alice.sendHtmlMessage(roomId, "plain", "<b>plain</b>"),
        await alice.sendNotice(roomId, "a notice"),
        await alice.sendEmoteMessage(roomId, "waves"),
        await alice.sendEvent(roomId, "org.example.order", { number: 7, deep: [{ list: [null, true, "🌹"] }] }),
    ];
    const events = await Promise.all(sent.map(({ event_id: eventId }) => world.event(bob, roomId, eventId)));
    assert.equal(events[0].getContent().formatted_body, "<b>plain</b>");
    assert.equal(events[1].getContent().msgtype, "m.notice");
    assert.equal(events[2].getContent().msgtype, "m.emote");
    assert.deepEqual(events[3].getContent(), { number: 7, deep: [{ list: [null, true, "🌹"] }] });
}

export async function typingIsSeenAndEnds(world) {
    const { alice, bob, roomId } = await world.together();
    const member = bob.getRoom(roomId).getMember(alice.getUserId());
    const seen = emitted(bob, RoomMemberEvent.Typing, (_event, who) => who.userId === alice.getUserId() && who.typing);
    await alice.sendTyping(roomId, true, 20_000);
    await seen;
    await alice.sendTyping(roomId, false, 0);
    await world.until(() => !member.typing, "the end of typing");
}

export async function aRedactionIsSeen(world) {
    const { alice, bob, roomId } = await world.together();
    const eventId = await world.say(alice, roomId, "a slip");
    const event = await world.event(bob, roomId, eventId);
    const redacted = emitted(event, MatrixEventEvent.BeforeRedaction);
    await alice.redactEvent(roomId, eventId, undefined, { reason: "a slip of the pen" });
    await redacted;
    await world.until(() => event.isRedacted() && event.getRedactionEvent(), "the redaction");
    assert.deepEqual(event.getContent(), {});
    assert.equal(event.getRedactionEvent().content.reason, "a slip of the pen");
    const fresh = await bob.fetchRoomEvent(roomId, eventId);
    assert.deepEqual(fresh.content, {});
    assert.equal(fresh.unsigned.redacted_because.content.redacts, eventId);
    const mallory = await world.signUp("mallory");
    await world.refused("M_NOT_FOUND", mallory.fetchRoomEvent(roomId, eventId));
}

export async function receiptsAreSeen(world) {
    const { alice, bob, roomId } = await world.together();
    const eventId = await world.say(alice, roomId, "have you read this?");
    const event = await world.event(bob, roomId, eventId);
    await bob.sendReadReceipt(event);
    const room = alice.getRoom(roomId);
    await world.until(() => room.hasUserReadEvent(bob.getUserId(), eventId), "Bob's receipt");
    assert.ok(room.getUsersReadUpTo(room.findEventById(eventId)).includes(bob.getUserId()));
    await bob.setRoomReadMarkers(roomId, eventId, event);
    await world.until(
        () => bob.getRoom(roomId).getAccountData("m.fully_read")?.getContent().event_id === eventId,
        "the read marker",
    );
}

export async function aPrivateReceiptIsNotSeenByOthers(world) {
    const { alice, bob, roomId } = await world.together();
    const first = await world.event(bob, roomId, await world.say(alice, roomId, "first"));
    const second = await world.event(bob, roomId, await world.say(alice, roomId, "second"));
    await bob.sendReadReceipt(second, "m.read.private");
    await world.until(() => bob.getRoom(roomId).getUnreadNotificationCount("total") === 0, "nothing unread");
    await bob.sendReadReceipt(first);
    const room = alice.getRoom(roomId);
    await world.until(() => room.hasUserReadEvent(bob.getUserId(), first.getId()), "the public receipt");
    assert.ok(!room.hasUserReadEvent(bob.getUserId(), second.getId()));
}

export async function unreadCountsRiseAndFall(world) {
    const { alice, bob, roomId } = await world.together();
    const room = bob.getRoom(roomId);
    await world.say(alice, roomId, "one");
    const mention = { msgtype: "m.text", body: "two", "m.mentions": { user_ids: [bob.getUserId()] } };
    const { event_id: eventId } = await alice.sendMessage(roomId, mention);
    await world.event(bob, roomId, eventId);
    await world.until(() => room.getUnreadNotificationCount("total") === 2, "two unread");
    assert.equal(room.getUnreadNotificationCount("highlight"), 1);
    assert.equal(bob.getPushActionsForEvent(room.findEventById(eventId)).tweaks.highlight, true);
    await bob.sendReadReceipt(room.findEventById(eventId));
    await world.until(() => room.getUnreadNotificationCount("total") === 0, "none unread");
    assert.equal(room.getUnreadNotificationCount("highlight"), 0);

    // A device that signs in now is told the same.
    const phone = await world.start(await world.logIn(bob.getUserId()));
    assert.equal(phone.getRoom(roomId).getUnreadNotificationCount("total"), 0);
    await world.say(alice, roomId, "three");
    await world.until(() => phone.getRoom(roomId).getUnreadNotificationCount("total") === 1, "one unread");
}

export async function presenceIsSeen(world) {
    const { alice, bob } = await world.together();
    await alice.setPresence({ presence: "unavailable", status_msg: "at lunch" });
    const user = bob.getUser(alice.getUserId());
    await world.until(() => user.presence === "unavailable" && user.presenceStatusMsg === "at lunch", "her presence");
    assert.equal((await bob.getPresence(alice.getUserId())).status_msg, "at lunch");
}

export async function toDeviceMessagesArrive(world) {
    const [alice, bob] = await world.people("alice", "bob");
    const arrived = emitted(bob, ClientEvent.ToDeviceEvent, (event) => event.getType() === "org.example.ping");
    const contents = new Map([[bob.getUserId(), new Map([[bob.getDeviceId(), { number: 1 }]])]]);
    await alice.sendToDevice("org.example.ping", contents);
    const [event] = await arrived;
    assert.deepEqual([event.getSender(), event.getContent()], [alice.getUserId(), { number: 1 }]);
}

export async function whoWasCutOffCatchesUp(world) {
    const { alice, bob, roomId } = await world.together();
    const room = bob.getRoom(roomId);
    const heard = (timeline) => bodies(timeline.getEvents());
    await world.say(alice, roomId, "before");
    await world.until(() => heard(room.getLiveTimeline()).includes("before"), "before");
    world.cutOff(bob);
    const texts = Array.from({ length: 120 }, (_, number) => `message ${number}`);
    for (const text of texts) await world.say(alice, roomId, text);
    await world.until(() => bob.getSyncState() === SyncState.Reconnecting, "the client notices");
    world.reconnect(bob);
    await world.until(() => heard(room.getLiveTimeline()).at(-1) === texts.at(-1), "the newest message");

    // There is a gap, which scrolling back closes without holes or repetitions.
    assert.ok(!heard(room.getLiveTimeline()).includes("message 5"));
    const view = new TimelineWindow(bob, room.getUnfilteredTimelineSet());
    await view.load(undefined, 20);
    while (view.canPaginate("b")) await view.paginate("b", 20);
    assert.deepEqual(heard(view), ["before", ...texts]);
}
