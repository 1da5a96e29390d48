/** Threads, as a client with `threadSupport` keeps them: apart from the room's timeline. */
import assert from "node:assert/strict";

import { bodies } from "../world.mjs";

export async function repliesStandInTheThreadAndNotInTheTimeline(world) {
    const { alice, bob, roomId } = await world.together();
    const root = await world.say(alice, roomId, "root");
    await world.event(bob, roomId, root);
    const first = await world.say(bob, roomId, "first reply", root);
    const thread = await world.thread(alice, roomId, root);
    await world.thread(bob, roomId, root);
    const second = await world.say(alice, roomId, "second reply", root);
    for (const client of [alice, bob]) {
        const room = client.getRoom(roomId);
        await world.until(() => room.getThread(root)?.length === 2, "two replies");
        await world.until(() => room.getThread(root).replyToEvent?.getId() === second, "the newest reply");
        assert.deepEqual(bodies(room.getLiveTimeline().getEvents()), ["root"]);
        const shown = () => bodies(room.getThread(root).events);
        await world.until(() => String(shown()) === "root,first reply,second reply", "the replies");
        assert.equal(room.getThread(root).hasCurrentUserParticipated, true);
        assert.ok(room.findEventById(first).isRelation("m.thread"));
    }
    assert.equal(thread.rootEvent.getId(), root);
}

export async function repliesToAThreadThatIsNotOpenAreSent(world) {
    const { alice, bob, roomId } = await world.together();
    const root = await world.say(bob, roomId, "root");
    await world.event(alice, roomId, root);
    // Were the event in her sync before she is answered, her client would send nothing more for half a minute.
    for (const body of ["first reply", "second reply"]) {
        const { event_id: reply } = await alice.sendMessage(roomId, root, { msgtype: "m.text", body });
        await world.event(bob, roomId, reply);
    }
    await world.until(() => alice.getRoom(roomId).getPendingEvents().length === 0, "nothing is pending");
}

export async function aClientThatComesLaterSeesCountAndNewestReply(world) {
    const { alice, bob, roomId } = await world.together();
    const root = await world.say(alice, roomId, "root");
    await world.event(bob, roomId, root);
    let newest;
    for (let number = 0; number < 4; number++) newest = await world.say(bob, roomId, `reply ${number}`, root);

    const phone = await world.start(await world.logIn(alice.getUserId()));
    const thread = await world.thread(phone, roomId, root);
    await world.until(() => thread.length === 4 && thread.replyToEvent?.getId() === newest, "its bundle");
    const bundle = (await phone.fetchRoomEvent(roomId, root)).unsigned["m.relations"]["m.thread"];
    assert.deepEqual([bundle.count, bundle.latest_event.event_id], [4, newest]);
    assert.equal(bundle.current_user_participated, true);
}

export async function aLongThreadIsPaginated(world) {
    const { alice, bob, roomId } = await world.together();
    const root = await world.say(alice, roomId, "root");
    await world.event(bob, roomId, root);
    const texts = Array.from({ length: 70 }, (_, number) => `reply ${number}`);
    for (const text of texts) await world.say(alice, roomId, text, root);
    await world.say(alice, roomId, "after the thread");

    const phone = await world.start(await world.logIn(bob.getUserId()), { initialSyncLimit: 1 });
    const room = phone.getRoom(roomId);
    await room.createThreadsTimelineSets();
    await room.fetchRoomThreads();
    const thread = await world.thread(phone, roomId, root);
    while (thread.liveTimeline.getPaginationToken("b")) {
        await phone.paginateEventTimeline(thread.liveTimeline, { backwards: true, limit: 20 });
    }
    assert.deepEqual(bodies(thread.events), ["root", ...texts]);
}

export async function aReplyIsOpenedInItsThread(world) {
    const { alice, bob, roomId } = await world.together();
    const root = await world.say(alice, roomId, "root");
    await world.event(bob, roomId, root);
    const replies = [];
    for (let number = 0; number < 30; number++) replies.push(await world.say(alice, roomId, `reply ${number}`, root));

    const phone = await world.start(await world.logIn(bob.getUserId()), { initialSyncLimit: 1 });
    const room = phone.getRoom(roomId);
    await room.createThreadsTimelineSets();
    await room.fetchRoomThreads();
    const thread = await world.thread(phone, roomId, root);
    const timeline = await phone.getEventTimeline(thread.timelineSet, replies[3]);
    const found = timeline.getEvents().map((event) => event.getId());
    assert.deepEqual(found.slice(0, 5), [root, ...replies.slice(0, 4)]);
}

export async function threadsAreListedTheLivelyOnesFirst(world) {
    const { alice, bob, roomId } = await world.together();
    const roots = [];
    for (const name of ["one", "two", "three"]) {
        roots.push(await world.say(alice, roomId, name));
        await world.event(bob, roomId, roots.at(-1));
    }
    for (const root of [roots[0], roots[1], roots[2], roots[0]]) await world.say(alice, roomId, "a reply", root);
    await world.say(bob, roomId, "Bob's reply", roots[1]);

    const phone = await world.start(await world.logIn(bob.getUserId()));
    const room = phone.getRoom(roomId);
    const [all, mine] = await room.createThreadsTimelineSets();
    await room.fetchRoomThreads();
    const listed = (set) => bodies(set.getLiveTimeline().getEvents());
    // The SDK puts the one with the newest reply last.
    assert.deepEqual(listed(all), ["three", "one", "two"]);
    assert.deepEqual(listed(mine), ["two"]);

    await world.say(alice, roomId, "another", roots[2]);
    await world.until(() => listed(all).at(-1) === "three", "the list follows");
}

export async function unreadCountsAndReceiptsOfAThread(world) {
    const { alice, bob, roomId } = await world.together();
    const room = bob.getRoom(roomId);
    const root = await world.say(bob, roomId, "root");
    await world.event(alice, roomId, root);
    const main = await world.event(bob, roomId, await world.say(alice, roomId, "in the room"));
    await world.say(alice, roomId, "in the thread", root);
    world.openThread(alice, roomId, root);
    const mention = { msgtype: "m.text", body: "again", "m.mentions": { user_ids: [bob.getUserId()] } };
    const { event_id: newest } = await alice.sendMessage(roomId, root, mention);
    const counts = () => [
        room.getRoomUnreadNotificationCount("total"),
        room.getThreadUnreadNotificationCount(root, "total"),
        room.getThreadUnreadNotificationCount(root, "highlight"),
    ];
    await world.until(() => String(counts()) === "1,2,1", "one unread in the room, two in the thread");

    await bob.sendReadReceipt(main);
    await world.until(() => String(counts()) === "0,2,1", "the room is read, the thread is not");
    const reply = await world.event(bob, roomId, newest);
    await bob.sendReadReceipt(reply);
    await world.until(() => String(counts()) === "0,0,0", "the thread is read");
    const thread = await world.thread(alice, roomId, root);
    await world.until(() => thread.hasUserReadEvent(bob.getUserId(), newest), "Bob's receipt in the thread");

    const phone = await world.start(await world.logIn(bob.getUserId()));
    assert.equal(phone.getRoom(roomId).getThreadUnreadNotificationCount(root, "total"), 0);
    await world.say(alice, roomId, "one more", root);
    await world.until(() => phone.getRoom(roomId).getThreadUnreadNotificationCount(root, "total") === 1, "one more");
    assert.equal(phone.getRoom(roomId).getRoomUnreadNotificationCount("total"), 0);
}

export async function anUnthreadedReceiptReadsAll(world) {
    const { alice, bob, roomId } = await world.together();
    const room = bob.getRoom(roomId);
    const root = await world.say(alice, roomId, "root");
    await world.event(bob, roomId, root);
    const reply = await world.event(bob, roomId, await world.say(alice, roomId, "in the thread", root));
    await world.until(() => room.getUnreadNotificationCount("total") === 2, "two unread");
    await bob.sendReadReceipt(reply, "m.read", true);
    await world.until(() => room.getUnreadNotificationCount("total") === 0, "none unread");
    assert.equal(room.getThreadUnreadNotificationCount(root, "total"), 0);
}

export async function aRedactedReplyIsNotCounted(world) {
    const { alice, bob, roomId } = await world.together();
    const root = await world.say(alice, roomId, "root");
    await world.event(bob, roomId, root);
    const kept = await world.say(alice, roomId, "kept", root);
    const slip = await world.say(alice, roomId, "a slip", root);
    const thread = await world.thread(bob, roomId, root);
    await world.until(() => thread.length === 2, "two replies");
    await alice.redactEvent(roomId, root, slip);
    await world.until(() => thread.length === 1 && thread.replyToEvent?.getId() === kept, "one reply");
    const bundle = (await bob.fetchRoomEvent(roomId, root)).unsigned["m.relations"]["m.thread"];
    assert.deepEqual([bundle.count, bundle.latest_event.event_id], [1, kept]);
}
