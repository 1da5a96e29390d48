/** End-to-end encryption with the SDK's Rust crypto: keys, trust, secret storage, key backups. */
import assert from "node:assert/strict";

import { ClientEvent } from "matrix-js-sdk";
import {
    CryptoEvent,
    DecryptionFailureCode,
    EventShieldColour,
    VerificationPhase,
    VerifierEvent,
} from "matrix-js-sdk/lib/crypto-api/index.js";
import { RustBackupManager } from "matrix-js-sdk/lib/rust-crypto/backup.js";

import { emitted } from "../world.mjs";

/** The SDK waits a random time before it begins to back keys up, since many clients might begin at once. */
RustBackupManager.maxBackupLoopStartDelayMillis = 0;

const ENCRYPTION = {
    initial_state: [{ type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } }],
};
const SAS = "m.sas.v1";

export async function messagesAreReadByBothAndNotByTheServer(world) {
    const { alice, bob, roomId } = await together(world);
    assert.ok(await alice.getCrypto().isEncryptionEnabledInRoom(roomId));
    for (const [sender, reader, text] of [[alice, bob, "psst"], [bob, alice, "yes?"], [alice, bob, "closer"]]) {
        const eventId = await world.say(sender, roomId, text);
        const event = await decrypted(world, reader, roomId, eventId);
        assert.deepEqual([event.isEncrypted(), event.getContent().body], [true, text]);
        const kept = await reader.fetchRoomEvent(roomId, eventId);
        assert.equal(kept.type, "m.room.encrypted");
        assert.ok(!JSON.stringify(kept).includes(text));
    }
    await decrypted(world, alice, roomId, await world.say(alice, roomId, "my own echo"));
}

export async function reactionsThreadsAndEditsWorkInEncryptedRooms(world) {
    const { alice, bob, roomId } = await together(world);
    const root = await world.say(alice, roomId, "root");
    await decrypted(world, bob, roomId, root);
    const reply = await world.say(bob, roomId, "in the thread", root);
    await world.until(() => alice.getRoom(roomId).getThread(root)?.length === 1, "the thread");
    await decrypted(world, alice, roomId, reply);
    const { event_id: edit } = await alice.sendMessage(roomId, {
        msgtype: "m.text",
        body: "* better",
        "m.new_content": { msgtype: "m.text", body: "better" },
        "m.relates_to": { rel_type: "m.replace", event_id: root },
    });
    await decrypted(world, bob, roomId, edit);
    const event = bob.getRoom(roomId).findEventById(root);
    await world.until(() => event.getContent().body === "better", "the edit");
    await bob.sendEvent(roomId, "m.reaction", { "m.relates_to": { rel_type: "m.annotation", event_id: root, key: "👍" } });
    const room = alice.getRoom(roomId);
    await world.until(
        () => room.relations.getChildEventsForEvent(root, "m.annotation", "m.reaction")?.getSortedAnnotationsByKey()?.length,
        "the reaction",
    );
}

export async function anEncryptedAttachmentArrives(world) {
    const { alice, bob, roomId } = await together(world);
    const picture = await world.sample("picture.png");
    const { data, file } = await encryptedFile(picture);
    const { content_uri: url } = await alice.uploadContent(new Blob([data]), { type: "application/octet-stream" });
    const content = { msgtype: "m.image", body: "picture.png", file: { ...file, url }, info: { size: picture.length } };
    const { event_id: eventId } = await alice.sendMessage(roomId, content);
    const shown = (await decrypted(world, bob, roomId, eventId)).getContent();
    const answer = await download(bob, shown.file.url);
    assert.equal(answer.status, 200);
    const received = Buffer.from(await answer.arrayBuffer());
    assert.ok(!received.equals(picture));
    assert.deepEqual(await decryptedFile(received, shown.file), picture);
    const mallory = await world.signUp("mallory");
    assert.equal((await download(mallory, url)).status, 404);
}

export async function whoJoinsLaterReadsOnlyWhatFollows(world) {
    const { alice, roomId } = await together(world);
    const early = await world.say(alice, roomId, "before you came");
    const carol = await signedUp(world, "carol");
    await alice.invite(roomId, carol.getUserId());
    await carol.joinRoom(roomId);
    await world.until(() => alice.getRoom(roomId).getMember(carol.getUserId())?.membership === "join", "she is in");
    const late = await world.say(alice, roomId, "welcome");
    await decrypted(world, carol, roomId, late);
    await carol.scrollback(carol.getRoom(roomId), 30);
    const event = await world.event(carol, roomId, early);
    await world.until(() => event.isDecryptionFailure(), "no key for it");
}

export async function whoHasLeftIsNotGivenTheNextKey(world) {
    const { alice, bob, roomId } = await together(world);
    const first = await decrypted(world, bob, roomId, await world.say(alice, roomId, "one"));
    await bob.leave(roomId);
    await world.until(() => alice.getRoom(roomId).getMember(bob.getUserId()).membership === "leave", "he has left");
    const second = await world.event(alice, roomId, await world.say(alice, roomId, "two"));
    const [one, two] = [first, second].map((event) => event.getWireContent().session_id);
    assert.notEqual(one, two);
}

export async function aDeviceThatIsGoneIsForgotten(world) {
    const { alice, bob, roomId } = await together(world);
    const phone = await signedIn(world, bob.getUserId());
    const known = async () => (await alice.getCrypto().getUserDeviceInfo([bob.getUserId()], true)).get(bob.getUserId());
    await world.until(async () => (await known()).size === 2, "both of his devices");
    const both = await decrypted(world, phone, roomId, await world.say(alice, roomId, "to both"));
    await phone.logout(true);
    await world.until(async () => (await known()).size === 1, "one device");
    const next = await decrypted(world, bob, roomId, await world.say(alice, roomId, "to one"));
    assert.notEqual(both.getWireContent().session_id, next.getWireContent().session_id);
}

export async function crossSigningIsSetUpWithThePassword(world) {
    const { alice, bob } = await together(world);
    const crypto = alice.getCrypto();
    assert.equal(await crypto.isCrossSigningReady(), false);
    let asked = 0;
    await crypto.bootstrapCrossSigning({
        authUploadDeviceSigningKeys: async (upload) => {
            await upload(null).catch((error) => {
                asked = error.httpStatus;
                assert.ok(error.data.flows.some(({ stages }) => stages.includes("m.login.password")));
            });
            await withPassword(world, alice, upload);
        },
        setupNewCrossSigning: true,
    });
    // The first keys of a user need no confirmation. spec: POST /keys/device_signing/upload
    assert.ok([0, 401].includes(asked));
    assert.equal(await crypto.isCrossSigningReady(), true);
    await world.until(() => isCrossSigned(alice), "her device is signed");
    await world.until(() => bob.getCrypto().userHasCrossSigningKeys(alice.getUserId(), true), "Bob sees her identity");
    const status = await bob.getCrypto().getUserVerificationStatus(alice.getUserId());
    assert.deepEqual([status.known, status.isCrossSigningVerified()], [true, false]);

    // New keys, which replace those: this must be confirmed.
    const before = await crypto.getCrossSigningKeyId();
    asked = 0;
    await crypto.bootstrapCrossSigning({
        authUploadDeviceSigningKeys: async (upload) => {
            const error = await upload(null).then(() => assert.fail("it was not asked for the password"), (error) => error);
            asked = error.httpStatus;
            await upload(passwordOf(world, alice, error.data.session));
        },
        setupNewCrossSigning: true,
    });
    assert.equal(asked, 401);
    assert.notEqual(await crypto.getCrossSigningKeyId(), before);
}

export async function aSecondDeviceIsVerifiedWithEmoji(world) {
    const { alice, bob, roomId } = await together(world);
    await bootstrap(world, alice);
    const early = await world.say(alice, roomId, "before the phone");
    await kept(world, alice, 1);
    const phone = await signedIn(world, alice.getUserId());
    assert.equal(await phone.getCrypto().isCrossSigningReady(), false);

    const asked = emitted(alice, CryptoEvent.VerificationRequestReceived);
    const request = await phone.getCrypto().requestOwnUserVerification();
    const [incoming] = await asked;
    assert.deepEqual([incoming.isSelfVerification, incoming.otherDeviceId], [true, phone.getDeviceId()]);
    await compareEmoji(world, request, incoming);

    for (const client of [alice, phone, bob]) {
        await world.until(async () => {
            const of = await client.getCrypto().getDeviceVerificationStatus(alice.getUserId(), phone.getDeviceId());
            return of?.signedByOwner;
        }, `the phone is signed, sees ${client.getUserId()}`);
    }
    await world.until(() => phone.getCrypto().isCrossSigningReady(), "the phone was given the private keys");
    assert.ok((await phone.getCrypto().getUserVerificationStatus(alice.getUserId())).isVerified());
    // The key backup's key came with them, and with it the history.
    const event = await world.event(phone, roomId, early);
    await world.until(() => event.getContent().body === "before the phone", "the history");
}

export async function twoPeopleVerifyEachOtherInTheirRoom(world) {
    const { alice, bob, roomId } = await together(world);
    for (const client of [alice, bob]) await bootstrap(world, client);
    for (const [client, other] of [[alice, bob], [bob, alice]]) {
        await world.until(() => client.getCrypto().userHasCrossSigningKeys(other.getUserId(), true), "the other's keys");
    }
    const asked = emitted(bob, CryptoEvent.VerificationRequestReceived);
    const request = await alice.getCrypto().requestVerificationDM(bob.getUserId(), roomId);
    const [incoming] = await asked;
    assert.equal(incoming.roomId, roomId);
    await compareEmoji(world, request, incoming);
    for (const [client, other] of [[alice, bob], [bob, alice]]) {
        await world.until(
            async () => (await client.getCrypto().getUserVerificationStatus(other.getUserId())).isCrossSigningVerified(),
            `${client.getUserId()} trusts the other`,
        );
    }
    const event = await decrypted(world, bob, roomId, await world.say(alice, roomId, "now we know"));
    const info = await bob.getCrypto().getEncryptionInfoForEvent(event);
    assert.equal(info.shieldColour, EventShieldColour.NONE);
}

export async function aVerificationIsCancelled(world) {
    const { alice } = await together(world);
    await bootstrap(world, alice);
    const phone = await signedIn(world, alice.getUserId());
    const asked = emitted(alice, CryptoEvent.VerificationRequestReceived);
    const request = await phone.getCrypto().requestOwnUserVerification();
    const [incoming] = await asked;
    await incoming.cancel();
    await world.until(() => request.phase === VerificationPhase.Cancelled, "the phone is told");
    assert.equal(request.cancellationCode, "m.user");
}

export async function theHistoryIsRestoredFromTheKeyBackup(world) {
    const { alice, bob, roomId } = await together(world);
    const key = await bootstrap(world, alice);
    const eventIds = [];
    for (const [client, text] of [[alice, "one"], [bob, "two"], [alice, "three"]]) {
        eventIds.push(await world.say(client, roomId, text));
        await decrypted(world, alice, roomId, eventIds.at(-1));
    }
    await kept(world, alice, 2);
    // Her phone reads the history, and adds to it.
    const phone = await restored(world, alice.getUserId(), key, roomId, eventIds, ["one", "two", "three"]);
    eventIds.push(await world.say(phone, roomId, "four"));
    await kept(world, phone, 3);
    // All of her devices are gone: what is left is the recovery key.
    await alice.logout(true);
    await phone.logout(true);
    const tablet = await restored(world, alice.getUserId(), key, roomId, eventIds, ["one", "two", "three", "four"]);
    assert.ok(await tablet.getCrypto().getActiveSessionBackupVersion());
}

export async function aKeyBackupIsReplacedAndDeleted(world) {
    const { alice, roomId } = await together(world);
    await bootstrap(world, alice);
    const crypto = alice.getCrypto();
    const first = await crypto.getKeyBackupInfo();
    assert.deepEqual((await crypto.isKeyBackupTrusted(first)).trusted, true);
    await crypto.resetKeyBackup();
    const second = await crypto.getKeyBackupInfo();
    assert.notEqual(second.version, first.version);
    await world.say(alice, roomId, "kept in the second");
    await kept(world, alice, 1);
    await crypto.deleteKeyBackupVersion(second.version);
    await world.until(async () => (await crypto.getKeyBackupInfo())?.version !== second.version, "it is gone");
}

export async function keysAreWithheldFromDevicesThatAreNotVerified(world) {
    const { alice, bob, roomId } = await together(world);
    for (const client of [alice, bob]) await bootstrap(world, client);
    alice.getCrypto().globalBlacklistUnverifiedDevices = true;
    const event = await world.event(bob, roomId, await world.say(alice, roomId, "for the verified alone"));
    await world.until(() => event.isDecryptionFailure(), "he has no key");
    await world.until(
        () => event.decryptionFailureReason === DecryptionFailureCode.MEGOLM_KEY_WITHHELD_FOR_UNVERIFIED_DEVICE,
        "he is told why",
    );
    await alice.getCrypto().setDeviceVerified(bob.getUserId(), bob.getDeviceId(), true);
    await decrypted(world, bob, roomId, await world.say(alice, roomId, "you are verified now"));
}

export async function keysAreExportedAndImported(world) {
    const { alice, bob, roomId } = await together(world);
    const eventId = await world.say(bob, roomId, "take it with you");
    await decrypted(world, alice, roomId, eventId);
    const keys = await alice.getCrypto().exportRoomKeysAsJson();
    const phone = await signedIn(world, alice.getUserId());
    const event = await world.event(phone, roomId, eventId);
    await world.until(() => event.isDecryptionFailure(), "the phone has no key");
    await phone.getCrypto().importRoomKeysAsJson(keys);
    await world.until(() => event.getContent().body === "take it with you", "it has");
}

export async function encryptedToDeviceMessagesArrive(world) {
    const { alice, bob } = await together(world);
    await alice.getCrypto().getUserDeviceInfo([bob.getUserId()], true);
    const arrived = emitted(bob, ClientEvent.ReceivedToDeviceMessage, ({ message }) => message.type === "org.example.call");
    const devices = [{ userId: bob.getUserId(), deviceId: bob.getDeviceId() }];
    await alice.queueToDevice(await alice.getCrypto().encryptToDeviceMessages("org.example.call", devices, { key: "secret" }));
    const [{ message, encryptionInfo }] = await arrived;
    assert.deepEqual([message.sender, message.content.key], [alice.getUserId(), "secret"]);
    assert.equal(encryptionInfo.sender, alice.getUserId());
}

export async function oneTimeKeysAreRenewedAsTheyAreUsed(world) {
    const { alice, roomId } = await together(world);
    const uploads = () => world.answers.filter(([method, path]) => method === "POST" && path.endsWith("/keys/upload"));
    const before = uploads().length;
    for (const name of ["carol", "dave", "erin"]) {
        const client = await signedUp(world, name);
        await alice.invite(roomId, client.getUserId());
        await client.joinRoom(roomId);
        await world.until(() => client.getRoom(roomId)?.getMember(alice.getUserId())?.membership === "join", "in");
        await decrypted(world, alice, roomId, await world.say(client, roomId, `hello from ${name}`));
    }
    await world.until(() => uploads().length > before + 3, "new one-time keys, besides those of the three");
}

// ---------------------------------------------------------------- people

/** Alice and Bob, whose clients encrypt, in an encrypted room. */
async function together(world) {
    const [alice, bob] = [await signedUp(world, "alice"), await signedUp(world, "bob")];
    const roomId = await world.room(alice, { invite: [bob.getUserId()], ...ENCRYPTION });
    await bob.joinRoom(roomId);
    for (const client of [alice, bob]) {
        await world.until(() => client.getRoom(roomId)?.getJoinedMemberCount() === 2, "two are in the room");
    }
    return { alice, bob, roomId };
}

async function signedUp(world, name) {
    return start(world, await world.signUp(name));
}

/** Another device; `key` opens the secret storage. */
async function signedIn(world, userId, key = null) {
    const client = await world.logIn(userId);
    client.cryptoCallbacks.getSecretStorageKey = async ({ keys }) => key && [Object.keys(keys)[0], key];
    return start(world, client);
}

async function start(world, client) {
    // What the SDK looks for and does not find is no refusal.
    world.mayBeAbsent(/\/room_keys\/(version$|keys\/)/, /\/account_data\/m\.(secret_storage|cross_signing|megolm_backup|org)/);
    await client.initRustCrypto({ useIndexedDB: false });
    return world.start(client);
}

/** Cross-signing, secret storage and a key backup, as a client sets them up at the first sign-in; the recovery key. */
async function bootstrap(world, client) {
    const crypto = client.getCrypto();
    const recovery = await crypto.createRecoveryKeyFromPassphrase();
    client.cryptoCallbacks.getSecretStorageKey = async ({ keys }) => [Object.keys(keys)[0], recovery.privateKey];
    await crypto.bootstrapCrossSigning({
        authUploadDeviceSigningKeys: (upload) => withPassword(world, client, upload),
    });
    await crypto.bootstrapSecretStorage({
        createSecretStorageKey: async () => recovery,
        setupNewSecretStorage: true,
        setupNewKeyBackup: true,
    });
    await world.until(() => crypto.isSecretStorageReady(), "the secret storage");
    await world.until(() => crypto.getActiveSessionBackupVersion(), "the key backup");
    return recovery.privateKey;
}

/** A new device, with the recovery key, on which the history can be read from the key backup; nobody else helps it. */
async function restored(world, userId, key, roomId, eventIds, texts) {
    const client = await signedIn(world, userId, key);
    const room = await world.until(() => client.getRoom(roomId), "the room");
    for (const eventId of eventIds) {
        const event = await world.event(client, roomId, eventId);
        await world.until(() => event.isDecryptionFailure(), "it cannot be read yet");
    }
    await world.until(() => client.getCrypto().userHasCrossSigningKeys(), "her own identity");
    await client.getCrypto().bootstrapCrossSigning({});
    await client.getCrypto().loadSessionBackupPrivateKeyFromSecretStorage();
    const { total, imported } = await client.getCrypto().restoreKeyBackup();
    assert.ok(total >= 2 && imported === total, `${imported} of ${total}`);
    for (const [index, eventId] of eventIds.entries()) {
        const event = room.findEventById(eventId);
        await world.until(() => event.getContent().body === texts[index], "it can be read");
    }
    assert.ok(await client.getCrypto().isCrossSigningReady());
    await world.until(() => isCrossSigned(client), "it is signed");
    await client.getCrypto().checkKeyBackupAndEnable();
    return client;
}

/** Wait until the server's key backup has so many sessions. */
async function kept(world, client, sessions) {
    const { version } = await client.getCrypto().getKeyBackupInfo();
    const counted = () => client.http.authedRequest("GET", `/room_keys/version/${version}`);
    await world.until(async () => (await counted()).count >= sessions, `${sessions} sessions in the key backup`);
}

/** Whether a client's own device is signed with its user's cross-signing keys, and it trusts them. */
async function isCrossSigned(client) {
    const status = await client.getCrypto().getDeviceVerificationStatus(client.getUserId(), client.getDeviceId());
    return status?.signedByOwner && status.crossSigningVerified;
}

/** `upload`, confirmed with the password where the server asks for that. */
async function withPassword(world, client, upload) {
    try {
        return await upload(null);
    } catch (error) {
        if (error.httpStatus !== 401) throw error;
        return upload(passwordOf(world, client, error.data.session));
    }
}

function passwordOf(world, client, session) {
    const identifier = { type: "m.id.user", user: client.getUserId() };
    return { type: "m.login.password", identifier, password: world.password, session };
}

/** Both sides of a verification compare emoji, find them equal, and are done. */
async function compareEmoji(world, request, incoming) {
    await incoming.accept();
    await world.until(() => request.phase === VerificationPhase.Ready, "it was accepted");
    const ours = await request.startVerification(SAS);
    const theirs = await world.until(() => incoming.verifier, "the other side has begun");
    const shown = [ours, theirs].map((verifier) => sasOf(verifier));
    const finished = [ours.verify(), theirs.verify()];
    const [mine, yours] = await Promise.all(shown);
    assert.equal(mine.sas.emoji.length, 7);
    assert.deepEqual(mine.sas, yours.sas);
    await Promise.all([mine.confirm(), yours.confirm(), ...finished]);
    for (const side of [request, incoming]) {
        await world.until(() => side.phase === VerificationPhase.Done, "both are done");
    }
}

async function sasOf(verifier) {
    return verifier.getShowSasCallbacks() ?? (await emitted(verifier, VerifierEvent.ShowSas))[0];
}

/** Wait until a client can read an encrypted event; the event. */
async function decrypted(world, client, roomId, eventId) {
    const event = await world.event(client, roomId, eventId);
    await world.until(
        () => event.isEncrypted() && !event.isBeingDecrypted() && event.getClearContent(),
        `${client.getUserId()} can read ${eventId} (${event.decryptionFailureReason})`,
    );
    assert.equal(event.isDecryptionFailure(), false, event.decryptionFailureReason);
    return event;
}

// ---------------------------------------------------------------- attachments

/** spec: client-server §Sending encrypted attachments */
async function encryptedFile(data) {
    const iv = crypto.getRandomValues(new Uint8Array(16)).fill(0, 8);
    const key = await crypto.subtle.generateKey({ name: "AES-CTR", length: 256 }, true, ["encrypt", "decrypt"]);
    const encrypted = await crypto.subtle.encrypt({ name: "AES-CTR", counter: iv, length: 64 }, key, data);
    const jwk = await crypto.subtle.exportKey("jwk", key);
    const file = { v: "v2", key: { ...jwk, alg: "A256CTR", ext: true }, iv: base64(iv), hashes: { sha256: await sha256(encrypted) } };
    return { data: encrypted, file };
}

async function decryptedFile(data, file) {
    assert.equal(await sha256(data), file.hashes.sha256);
    const key = await crypto.subtle.importKey("jwk", file.key, { name: "AES-CTR" }, false, ["decrypt"]);
    const counter = Buffer.from(file.iv, "base64");
    return Buffer.from(await crypto.subtle.decrypt({ name: "AES-CTR", counter, length: 64 }, key, data));
}

async function sha256(data) {
    return base64(await crypto.subtle.digest("SHA-256", data));
}

function base64(data) {
    return Buffer.from(data).toString("base64").replaceAll("=", "");
}

async function download(client, uri) {
    const url = client.mxcUrlToHttp(uri, undefined, undefined, undefined, false, true, true);
    return fetch(url, { headers: { Authorization: `Bearer ${client.getAccessToken()}` } });
}
