/** Reactions, edits and answers, and what the SDK makes of their aggregations. */
import assert from "node:assert/strict";

import { bodies } from "../world.mjs";

export async function reactionsAreCounted(world) {
    const { alice, bob, roomId } = await world.together();
    const eventId = await world.say(alice, roomId, "Tea at four?");
    await world.event(bob, roomId, eventId);
    await react(bob, roomId, eventId, "👍");
    await react(alice, roomId, eventId, "👍");
    const reaction = await react(bob, roomId, eventId, "🌹");
    for (const client of [alice, bob]) {
        await world.until(() => String(counted(client, roomId, eventId)) === "👍,2,🌹,1", "three reactions");
    }

    await bob.redactEvent(roomId, reaction);
    for (const client of [alice, bob]) {
        await world.until(() => String(counted(client, roomId, eventId)) === "👍,2", "one is taken back");
    }
    const { events } = await alice.relations(roomId, eventId, "m.annotation", "m.reaction");
    assert.deepEqual(events.map((event) => event.getSender()), [alice.getUserId(), bob.getUserId()]);
    await world.refused("M_DUPLICATE_ANNOTATION", react(bob, roomId, eventId, "👍"));
}

export async function reactionsToOlderMessagesAreFound(world) {
    const { alice, bob, roomId } = await world.together();
    const eventId = await world.say(alice, roomId, "Tea at four?");
    await react(bob, roomId, eventId, "👍");
    for (let number = 0; number < 25; number++) await world.say(bob, roomId, `and ${number}`);
    const phone = await world.start(await world.logIn(alice.getUserId()));
    const room = phone.getRoom(roomId);
    assert.equal(room.findEventById(eventId), undefined);
    await phone.scrollback(room, 50);
    assert.deepEqual(counted(phone, roomId, eventId), [["👍", 1]]);
}

export async function anEditIsShownInPlace(world) {
    const { alice, bob, roomId } = await world.together();
    const eventId = await world.say(alice, roomId, "Te at four?");
    const event = await world.event(bob, roomId, eventId);
    await edit(alice, roomId, eventId, "Tee at four?");
    const last = await edit(alice, roomId, eventId, "Tea at four?");
    await world.until(() => event.getContent().body === "Tea at four?", "the edit");
    assert.equal(event.replacingEventId(), last);
    assert.equal(event.getOriginalContent().body, "Te at four?");

    const phone = await world.start(await world.logIn(bob.getUserId()), { initialSyncLimit: 1 });
    const fresh = await phone.fetchRoomEvent(roomId, eventId);
    assert.equal(fresh.content.body, "Te at four?");
    assert.equal(fresh.unsigned["m.relations"]["m.replace"].event_id, last);
    const { events, originalEvent } = await phone.relations(roomId, eventId, "m.replace", null);
    assert.deepEqual(events.map((each) => each.getId()).includes(last), true);
    assert.equal(originalEvent.getId(), eventId);
}

export async function anEditBehindTheTimelineIsBundled(world) {
    const { alice, bob, roomId } = await world.together();
    const eventId = await world.say(alice, roomId, "Te at four?");
    await edit(alice, roomId, eventId, "Tea at four?");
    for (let number = 0; number < 25; number++) await world.say(bob, roomId, `and ${number}`);
    const phone = await world.start(await world.logIn(bob.getUserId()));
    const room = phone.getRoom(roomId);
    // The message and its edit come in one page; then in one where it stands alone.
    await phone.scrollback(room, 50);
    assert.equal(room.findEventById(eventId).getContent().body, "Tea at four?");
    const timeline = await phone.getEventTimeline(room.getUnfilteredTimelineSet(), eventId);
    assert.ok(bodies(timeline.getEvents()).includes("Tea at four?"));
}

export async function anotherPersonsEditIsRefusedOrNotApplied(world) {
    const { alice, bob, roomId } = await world.together();
    const eventId = await world.say(alice, roomId, "mine");
    const event = await world.event(bob, roomId, eventId);
    await edit(bob, roomId, eventId, "not yours").catch(() => world.wasRefused("M_BAD_JSON"));
    await world.event(bob, roomId, await world.say(alice, roomId, "later"));
    assert.equal(event.getContent().body, "mine");
    assert.equal((await bob.fetchRoomEvent(roomId, eventId)).unsigned?.["m.relations"]?.["m.replace"], undefined);
}

export async function aRedactedMessageHasNoEdit(world) {
    const { alice, bob, roomId } = await world.together();
    const eventId = await world.say(alice, roomId, "a slip");
    const event = await world.event(bob, roomId, eventId);
    await edit(alice, roomId, eventId, "still a slip");
    await world.until(() => event.replacingEventId(), "the edit");
    await alice.redactEvent(roomId, eventId);
    await world.until(() => event.isRedacted(), "the redaction");
    const fresh = await bob.fetchRoomEvent(roomId, eventId);
    assert.deepEqual(fresh.content, {});
    assert.equal(fresh.unsigned["m.relations"]?.["m.replace"], undefined);
}

export async function anAnswerNamesWhatItAnswers(world) {
    const { alice, bob, roomId } = await world.together();
    const eventId = await world.say(alice, roomId, "Tea?");
    const content = { msgtype: "m.text", body: "Yes", "m.relates_to": { "m.in_reply_to": { event_id: eventId } } };
    const { event_id: answer } = await bob.sendMessage(roomId, content);
    assert.equal((await world.event(alice, roomId, answer)).replyEventId, eventId);
}

export async function aPollIsAnswered(world) {
    const { alice, bob, roomId } = await world.together();
    const answers = ["tea", "milk"].map((id) => ({ "m.id": id, "org.matrix.msc1767.text": id, id }));
    const start = { question: { "org.matrix.msc1767.text": "What?" }, kind: "org.matrix.msc3381.poll.disclosed", answers };
    const { event_id: poll } = await alice.sendEvent(roomId, "org.matrix.msc3381.poll.start", {
        "org.matrix.msc3381.poll.start": { ...start, max_selections: 1 },
        "org.matrix.msc1767.text": "What? tea, milk",
    });
    await world.event(bob, roomId, poll);
    await bob.sendEvent(roomId, "org.matrix.msc3381.poll.response", {
        "m.relates_to": { rel_type: "m.reference", event_id: poll },
        "org.matrix.msc3381.poll.response": { answers: ["tea"] },
    });
    const known = await world.until(() => alice.getRoom(roomId).polls.get(poll), "the poll");
    const votes = async () => (await known.getResponses()).getRelations();
    const [vote] = await world.until(async () => (await votes()).length === 1 && votes(), "Bob's vote");
    assert.equal(vote.getSender(), bob.getUserId());
}

async function react(client, roomId, eventId, key) {
    const content = { "m.relates_to": { rel_type: "m.annotation", event_id: eventId, key } };
    return (await client.sendEvent(roomId, "m.reaction", content)).event_id;
}

async function edit(client, roomId, eventId, body) {
    const content = { msgtype: "m.text", body };
    const relation = { rel_type: "m.replace", event_id: eventId };
    const sent = { msgtype: "m.text", body: `* ${body}`, "m.new_content": content, "m.relates_to": relation };
    return (await client.sendMessage(roomId, sent)).event_id;
}

/** The keys of the reactions to an event that a client knows, with their numbers. */
function counted(client, roomId, eventId) {
    const relations = client.getRoom(roomId).relations.getChildEventsForEvent(eventId, "m.annotation", "m.reaction");
    const counts = relations?.getSortedAnnotationsByKey().map(([key, events]) => [key, events.size]);
    return counts?.filter(([, count]) => count > 0);
}
