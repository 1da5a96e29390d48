/** Registration, login, devices, profiles. */
import assert from "node:assert/strict";

import { InteractiveAuth } from "matrix-js-sdk";

export async function registerLoginWhoamiLogout(world) {
    const alice = await world.signUp("alice");
    const userId = alice.getUserId();
    assert.equal(userId, `@${alice.getUserIdLocalpart()}:example.org`);
    assert.equal(await alice.isUsernameAvailable(alice.getUserIdLocalpart()), false);
    world.wasRefused("M_USER_IN_USE");
    assert.equal(await alice.isUsernameAvailable(world.unique("free")), true);

    const somebody = world.client();
    const { flows } = await somebody.loginFlows();
    assert.ok(flows.some((flow) => flow.type === "m.login.password"));
    await world.refused("M_FORBIDDEN", somebody.loginWithPassword(userId, "not the password"));

    const phone = await world.logIn(userId);
    const whoami = await phone.whoami();
    assert.deepEqual([whoami.user_id, whoami.device_id], [userId, phone.getDeviceId()]);
    assert.notEqual(phone.getDeviceId(), alice.getDeviceId());

    await phone.logout(true);
    const late = world.signedIn({ access_token: phone.getAccessToken(), user_id: userId });
    await world.refused("M_UNKNOWN_TOKEN", late.whoami());
    assert.equal((await alice.whoami()).user_id, userId);
}

export async function devicesAreNamedAndRemovedWithThePassword(world) {
    const alice = await world.signUp("alice");
    const tablet = await world.logIn(alice.getUserId(), "Tablet");
    const deviceId = tablet.getDeviceId();
    await alice.setDeviceDetails(deviceId, { display_name: "Old tablet" });
    const { devices } = await alice.getDevices();
    assert.deepEqual(devices.map((device) => device.device_id).sort(), [alice.getDeviceId(), deviceId].sort());
    assert.equal((await alice.getDevice(deviceId)).display_name, "Old tablet");

    const asked = await withPassword(world, alice, (auth) => alice.deleteMultipleDevices([deviceId], auth));
    assert.deepEqual(asked, {});
    await world.refused("M_UNKNOWN_TOKEN", tablet.whoami());
    await world.refused("M_NOT_FOUND", alice.getDevice(deviceId));
}

export async function aNewPasswordEndsOtherSessions(world) {
    const alice = await world.signUp("alice");
    const phone = await world.logIn(alice.getUserId());
    await withPassword(world, alice, (auth) => alice.setPassword(auth, "a new one, and long", true));
    await world.refused("M_UNKNOWN_TOKEN", phone.whoami());
    await world.refused("M_FORBIDDEN", world.client().loginWithPassword(alice.getUserId(), world.password));
    const signedIn = await world.client().loginWithPassword(alice.getUserId(), "a new one, and long");
    assert.equal(signedIn.user_id, alice.getUserId());
}

export async function tokensAreRefreshed(world) {
    const { user_id: userId } = await (await world.signUp("alice")).whoami();
    const credentials = await world.client().loginRequest({
        type: "m.login.password",
        identifier: { type: "m.id.user", user: userId },
        password: world.password,
        refresh_token: true,
    });
    assert.ok(credentials.expires_in_ms > 0);
    const client = world.signedIn(credentials);
    const renewed = await client.refreshToken(credentials.refresh_token);
    assert.notEqual(renewed.access_token, credentials.access_token);
    const later = world.signedIn({ ...credentials, ...renewed });
    assert.equal((await later.whoami()).device_id, credentials.device_id);
}

export async function profilesAreSeen(world) {
    const { alice, bob, roomId } = await world.together();
    const userId = alice.getUserId();
    await alice.setDisplayName("Alice (desk 3)");
    await alice.setAvatarUrl("mxc://example.org/picture");
    const profile = await bob.getProfileInfo(userId);
    assert.deepEqual([profile.displayname, profile.avatar_url], ["Alice (desk 3)", "mxc://example.org/picture"]);
    const member = bob.getRoom(roomId).getMember(userId);
    await world.until(() => member.name === "Alice (desk 3)" && member.getMxcAvatarUrl(), "the new name and picture");

    assert.equal(await alice.doesServerSupportExtendedProfiles(), true);
    await alice.setExtendedProfileProperty("m.tz", "Europe/London");
    await alice.setExtendedProfileProperty("org.example.desk", { number: 3 });
    assert.equal(await bob.getExtendedProfileProperty(userId, "m.tz"), "Europe/London");
    assert.deepEqual((await bob.getExtendedProfile(userId))["org.example.desk"], { number: 3 });
    await alice.deleteExtendedProfileProperty("org.example.desk");
    assert.equal(await bob.getExtendedProfileProperty(userId, "org.example.desk"), undefined);
    world.wasRefused("M_NOT_FOUND");
}

export async function capabilitiesNameTheDefaultRoomVersion(world) {
    const alice = await world.signUp("alice");
    const capabilities = await alice.getCapabilities();
    assert.equal(capabilities["m.room_versions"].default, world.roomVersion);
    assert.equal(capabilities["m.room_versions"].available[world.roomVersion], "stable");
    assert.equal(capabilities["m.change_password"].enabled, true);
    assert.ok((await alice.getVersions()).versions.includes("v1.19"));
}

/** What `request` answers in the end, when the SDK's own dialogue has given the password that the server asks for. */
async function withPassword(world, client, request) {
    const dialogue = new InteractiveAuth({
        matrixClient: client,
        doRequest: (auth) => request(auth ?? undefined),
        stateUpdated: (stage) => {
            assert.equal(stage, "m.login.password");
            const identifier = { type: "m.id.user", user: client.getUserId() };
            dialogue.submitAuthDict({ type: stage, identifier, password: world.password });
        },
        requestEmailToken: () => assert.fail("no e-mail here"),
    });
    return dialogue.attemptAuth();
}
