/** What people keep for themselves: account data, tags, whom they ignore, push rules, pushers. */
import assert from "node:assert/strict";

import { ClientEvent, RoomEvent } from "matrix-js-sdk";

import { emitted } from "../world.mjs";

export async function accountDataReachesTheOtherDevice(world) {
    const [alice] = await world.people("alice");
    const phone = await world.start(await world.logIn(alice.getUserId()));
    const arrived = emitted(phone, ClientEvent.AccountData, (event) => event.getType() === "org.example.theme");
    await alice.setAccountData("org.example.theme", { dark: true });
    await arrived;
    assert.deepEqual(phone.getAccountData("org.example.theme").getContent(), { dark: true });
    assert.deepEqual(await phone.getAccountDataFromServer("org.example.theme"), { dark: true });

    const roomId = await world.room(alice);
    await alice.setRoomAccountData(roomId, "org.example.note", { text: "later" });
    await world.until(
        () => phone.getRoom(roomId)?.getAccountData("org.example.note")?.getContent().text === "later",
        "the note on the phone",
    );
}

export async function tagsReachTheOtherDevice(world) {
    const [alice] = await world.people("alice");
    const phone = await world.start(await world.logIn(alice.getUserId()));
    const roomId = await world.room(alice);
    const room = await world.until(() => phone.getRoom(roomId), "the room");
    const tagged = emitted(room, RoomEvent.Tags);
    await alice.setRoomTag(roomId, "m.favourite", { order: 0.25 });
    await tagged;
    assert.deepEqual(room.tags, { "m.favourite": { order: 0.25 } });
    assert.deepEqual((await phone.getRoomTags(roomId)).tags, room.tags);
    await phone.deleteRoomTag(roomId, "m.favourite");
    await world.until(() => Object.keys(alice.getRoom(roomId).tags).length === 0, "it is taken off");
}

export async function whoIsIgnoredIsNotHeard(world) {
    const { alice, bob, roomId } = await world.together();
    await alice.setIgnoredUsers([bob.getUserId()]);
    await world.until(() => alice.isUserIgnored(bob.getUserId()), "Bob is ignored");
    const unheard = await world.say(bob, roomId, "psst");
    const own = await world.say(alice, roomId, "quiet here");
    await world.event(alice, roomId, own);
    assert.equal(alice.getRoom(roomId).findEventById(unheard), undefined);
}

export async function pushRulesAreSetAndFollowed(world) {
    const { alice, bob, roomId } = await world.together();
    const room = bob.getRoom(roomId);
    const rule = { pattern: "refund", actions: ["notify", { set_tweak: "highlight" }] };
    await bob.addPushRule("global", "content", "refund", rule);
    const known = () => bob.pushRules.global.content.find((each) => each.rule_id === "refund");
    await world.until(() => known()?.enabled, "the rule in his sync");
    const event = await world.event(bob, roomId, await world.say(alice, roomId, "about the refund"));
    assert.equal(bob.getPushActionsForEvent(event).tweaks.highlight, true);
    await world.until(() => room.getUnreadNotificationCount("highlight") === 1, "the server counts so too");

    await bob.setPushRuleEnabled("global", "content", "refund", false);
    await world.until(() => known()?.enabled === false, "it is off");
    await world.event(bob, roomId, await world.say(alice, roomId, "another refund"));
    await world.until(() => room.getUnreadNotificationCount("total") === 2, "a message like any other");
    // What is unread is counted by the rules of today.
    assert.equal(room.getUnreadNotificationCount("highlight"), 0);
    await bob.setPushRuleActions("global", "content", "refund", ["notify"]);
    await bob.deletePushRule("global", "content", "refund");
    await world.until(() => !known(), "it is gone");
    assert.ok((await bob.getPushRules()).global.underride.some((each) => each.rule_id === ".m.rule.message"));
}

export async function aMutedRoomDoesNotCount(world) {
    const { alice, bob, roomId } = await world.together();
    const room = bob.getRoom(roomId);
    await bob.setRoomMutePushRule("global", roomId, true);
    await world.until(() => bob.getRoomPushRule("global", roomId), "the rule");
    await world.event(bob, roomId, await world.say(alice, roomId, "nobody rings"));
    assert.equal(room.getUnreadNotificationCount("total"), 0);
    // The SDK's way back looks for the `dont_notify` that it sent.
    await bob.setRoomMutePushRule("global", roomId, false);
    await world.until(() => !bob.getRoomPushRule("global", roomId), "no rule any more");
    await world.say(alice, roomId, "it rings");
    await world.until(() => room.getUnreadNotificationCount("total") === 1, "one unread");
}

export async function pushersAreKept(world) {
    const alice = await world.signUp("alice");
    const pusher = {
        app_display_name: "Desk",
        app_id: "org.example.desk",
        data: { url: "https://push.example.org/_matrix/push/v1/notify", format: "event_id_only" },
        device_display_name: "Phone",
        kind: "http",
        lang: "en",
        pushkey: "a key",
    };
    await alice.setPusher(pusher);
    const { pushers } = await alice.getPushers();
    assert.deepEqual(pushers.map((each) => [each.app_id, each.pushkey]), [["org.example.desk", "a key"]]);
    await alice.removePusher("a key", "org.example.desk");
    assert.deepEqual((await alice.getPushers()).pushers, []);
}

export async function reportsAreTaken(world) {
    const { alice, bob, roomId } = await world.together();
    const eventId = await world.say(alice, roomId, "buy now!");
    assert.deepEqual(await bob.reportEvent(roomId, eventId, -100, "advertising"), {});
    assert.deepEqual(await bob.reportRoom(roomId, "advertising"), {});
}
