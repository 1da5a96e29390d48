/** Safety with a client that knows nothing of it: live location, invitations, and groups are Matrix's own. */
import assert from "node:assert/strict";

import { makeBeaconContent, makeBeaconInfoContent } from "matrix-js-sdk/lib/content-helpers.js";

const BEACON = "org.matrix.msc3672.beacon";
const HOUR_MS = 3_600_000;

/** Ask an endpoint of safety in the name of a client's user; the answer. */
async function safety(world, client, method, path, body) {
    const headers = { "Authorization": `Bearer ${client.getAccessToken()}`, "Content-Type": "application/json" };
    const url = `${world.server}/_roomkeeper/v1/safety${path}`;
    const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path} -> ${answer.status} ${text}`);
    return JSON.parse(text);
}

/** Begin to share one's live location in a room, as Element does it; what ends it, and what tells a position. */
async function share(client, roomId) {
    const content = (isLive) => makeBeaconInfoContent(HOUR_MS, isLive, "Live location", "m.self");
    const { event_id: info } = await client.unstable_createLiveBeacon(roomId, content(true));
    return {
        tell: (uri) => client.sendEvent(roomId, BEACON, makeBeaconContent(uri, Date.now(), info, "Live location")),
        end: () => client.unstable_setLiveBeacon(roomId, content(false)),
    };
}

/** The position that a client shows of somebody in a room. */
function shown(client, roomId, userId) {
    const beacons = [...(client.getRoom(roomId)?.currentState.beacons.values() ?? [])];
    return beacons.find((beacon) => beacon.beaconInfoOwner === userId && beacon.isLive)?.latestLocationState?.uri;
}

export async function aStockClientSharesIsAskedComesAndIsSeen(world) {
    const officer = await world.hire("Safety officer");
    await world.operate("PUT", `/people/${encodeURIComponent(officer.getUserId())}/roles/safety_officer`);
    const [neighbour] = await world.people("neighbour");
    const me = encodeURIComponent(neighbour.getUserId());
    await safety(world, neighbour, "PUT", `/people/${me}/preferences`, { location: "exact" });

    // Where one is: live location in a room of one's own.
    const { room_id: own } = await safety(world, neighbour, "POST", "/location/room");
    await world.until(() => neighbour.getRoom(own)?.getMyMembership() === "join", "the room for one's own location");
    const alone = await share(neighbour, own);
    const { event_id: first } = await alone.tell("geo:-12.0464,-77.0428;u=10");
    await alone.tell("geo:-12.0465,-77.0429;u=10");
    const { position } = await safety(world, neighbour, "GET", "/location");
    assert.deepEqual([position.latitude, position.mode, position.source], [-12.0465, "live", "beacon"]);
    await world.until(() => neighbour.getRoom(own).findEventById(first)?.isRedacted(), "older beacons are redacted");

    // Something happens there: an invitation, which says why.
    const circle = { latitude: -12.0464, longitude: -77.0428, radius: 300 };
    const body = { kind: "fire", title: "Fire in hall 4", place: { circles: [circle] } };
    const { event_id: eventId } = await safety(world, officer, "POST", "/events", body);
    const invited = () => neighbour.getRooms().find((room) => room.getMyMembership() === "invite");
    const asking = await world.until(invited, "the invitation that asks");
    assert.match(asking.getMember(neighbour.getUserId()).events.member.getContent().reason, /in the area/);
    const groups = () => officer.getRooms().filter((room) => room.currentState.getStateEvents("org.roomkeeper.safety", ""));
    const [group] = await world.until(() => groups().length > 0 && groups(), "the group at the officer");
    assert.equal(group.getMember(neighbour.getUserId()), null);

    // To enter the room that asks is to come.
    await neighbour.joinRoom(asking.roomId);
    await world.until(() => neighbour.getRoom(group.roomId)?.getMyMembership() === "join", "the group");
    await world.until(() => group.getMember(neighbour.getUserId())?.membership === "join", "the neighbour in it");

    // In the group, live location shows where one is, and only there.
    const there = await share(neighbour, group.roomId);
    await there.tell("geo:-12.0466,-77.043;u=10");
    await world.until(() => shown(officer, group.roomId, neighbour.getUserId()) === "geo:-12.0466,-77.043;u=10", "the pin");
    await there.tell("geo:-12.0467,-77.0431;u=10");
    await world.until(() => shown(officer, group.roomId, neighbour.getUserId()) === "geo:-12.0467,-77.0431;u=10", "the next");

    // When it is over, it has ended for everybody, and every position is gone.
    await safety(world, officer, "POST", `/events/${eventId}/close`, { summary: "A toaster." });
    for (const client of [officer, neighbour]) {
        await world.until(() => shown(client, group.roomId, neighbour.getUserId()) === undefined, "nobody shares any more");
        const beacons = () => client.getRoom(group.roomId).getLiveTimeline().getEvents().filter((event) => event.getType() === BEACON);
        await world.until(() => beacons().every((event) => event.isRedacted()), "all positions are redacted");
    }

    // And who stops is found no more.
    await alone.end();
    await world.until(async () => (await safety(world, neighbour, "GET", "/location")).position === null, "no position");
}
