/** What scenarios are written with: people with clients of the real SDK, and waiting for what these come to know. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { createClient, PendingEventOrdering, SyncState } from "matrix-js-sdk";

const PASSWORD = "correct horse battery staple";
const UNTIL_MS = 20_000;

/** As Element starts it. */
const START_OPTIONS = {
    initialSyncLimit: 20,
    lazyLoadMembers: true,
    pendingEventOrdering: PendingEventOrdering.Detached,
    threadSupport: true,
};

let people = 0;

export class World {
    #say;
    #clients = [];
    #cutOff = new Set();
    #samples;
    #instance;
    #refusals = [];
    #mayBeAbsent = [];
    #mayBeRefused = new Set();

    constructor({ server, roomVersion, samples, instance, say }) {
        /** The server's address. */
        this.server = server;
        /** The version that new rooms get, "11" or "12". */
        this.roomVersion = roomVersion;
        this.password = PASSWORD;
        /** The server's JSON answers: method, path with query, status, body. */
        this.answers = [];
        this.#samples = samples;
        this.#instance = instance;
        this.#say = say;
    }

    /** Sign up a new user whose name starts so; a client that is signed in, and not started. */
    async signUp(name) {
        const guest = this.client();
        const credentials = await guest.registerRequest({
            username: `${name}${++people}`,
            password: PASSWORD,
            auth: { type: "m.login.dummy" },
        });
        return this.signedIn(credentials);
    }

    /** Another device of a user: a client that is signed in, and not started. */
    async logIn(userId, deviceName = "Phone") {
        return this.signedIn(
            await this.client().loginRequest({
                type: "m.login.password",
                identifier: { type: "m.id.user", user: userId },
                password: PASSWORD,
                initial_device_display_name: deviceName,
            }),
        );
    }

    /** Ask an endpoint under `/_roomkeeper/v1` in the name of who operates the server; the answer. */
    async operate(method, path, body) {
        const { token } = JSON.parse(await readFile(this.#instance, "utf8"));
        const headers = { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" };
        const url = `${this.server}/_roomkeeper/v1${path}`;
        const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
        const text = await answer.text();
        assert.ok(answer.ok, `${method} ${path} -> ${answer.status} ${text}`);
        return JSON.parse(text);
    }

    /** Somebody new of the staff, with a client that syncs. */
    async hire(displayName) {
        const localpart = `desk${++people}`;
        const person = { localpart, display_name: displayName, password: PASSWORD };
        const { user_id: userId } = await this.operate("POST", "/people", person);
        return this.start(await this.logIn(userId));
    }

    /** A client for what registration or login answered. */
    signedIn(credentials, options = {}) {
        return this.client({
            accessToken: credentials.access_token,
            deviceId: credentials.device_id,
            userId: credentials.user_id,
            ...options,
        });
    }

    /** A client, with the options that `createClient` takes. */
    client(options = {}) {
        const name = `${options.userId ?? "somebody"} ${options.deviceId ?? ""}`;
        const client = createClient({
            baseUrl: this.server,
            fetchFn: (resource, init) => {
                // What fetch does without a network.
                if (this.#cutOff.has(options.accessToken)) throw new TypeError("fetch failed");
                return this.#fetch(name, resource, init);
            },
            localTimeoutMs: UNTIL_MS * 2,
            cryptoCallbacks: {},
            logger: this.#logger(name),
            timelineSupport: true,
            ...options,
        });
        this.#clients.push(client);
        return client;
    }

    /** Start a client, and wait until its first sync is through; the client. */
    async start(client, options = {}) {
        await client.startClient({ ...START_OPTIONS, ...options });
        await this.until(() => client.getSyncState() === SyncState.Prepared || client.isInitialSyncComplete(), "PREPARED");
        return client;
    }

    /** New users with clients that sync, one for each name. */
    async people(...names) {
        return Promise.all(names.map(async (name) => this.start(await this.signUp(name))));
    }

    /**
     * Alice and Bob, whose clients sync, in a room that both see both in.
     * `options`: further ones for the room.
     */
    async together(options = {}) {
        const [alice, bob] = await this.people("alice", "bob");
        const roomId = await this.room(alice, { invite: [bob.getUserId()], ...options });
        await bob.joinRoom(roomId);
        for (const client of [alice, bob]) {
            await this.until(() => client.getRoom(roomId)?.getJoinedMemberCount() === 2, "two are in the room");
        }
        return { alice, bob, roomId };
    }

    /** A new room, which its creator's client has synced; its id. */
    async room(client, options = {}) {
        const { room_id: roomId } = await client.createRoom(options);
        await this.until(() => client.getRoom(roomId)?.getMyMembership() === "join", "the new room");
        return roomId;
    }

    /** Send a text message, into a thread where its root is given; its event id, when the server has it. */
    async say(client, roomId, body, threadRoot = null) {
        if (threadRoot !== null) this.openThread(client, roomId, threadRoot);
        const { event_id: eventId } = await client.sendMessage(roomId, threadRoot, { msgtype: "m.text", body });
        return eventId;
    }

    /** The thread of a root, made where the client knows of none, as Element does it when somebody opens it. */
    openThread(client, roomId, root) {
        const room = client.getRoom(roomId);
        return room.getThread(root) ?? room.createThread(root, room.findEventById(root), [], true);
    }

    /**
     * Wait until a client has a thread and the events that it fetches when it hears of one; the thread.
     * The SDK forgets an event that comes while it fetches them (see its `updateThreadMetadata`).
     */
    async thread(client, roomId, root) {
        const found = () => client.getRoom(roomId).getThread(root);
        await this.until(() => found()?.initialEventsFetched, `the thread of ${root} at ${client.getUserId()}`);
        return found();
    }

    /** Wait until a client has an event in a room; the event. */
    async event(client, roomId, eventId) {
        return this.until(() => client.getRoom(roomId)?.findEventById(eventId), `${eventId} at ${client.getUserId()}`);
    }

    /** Wait until `wanted` gives something true; that. */
    async until(wanted, what) {
        const end = Date.now() + UNTIL_MS;
        for (;;) {
            const found = await wanted();
            if (found) return found;
            if (Date.now() > end) assert.fail(`waited in vain for: ${what ?? wanted}`);
            await new Promise((resolve) => setTimeout(resolve, 5));
        }
    }

    /** Check that the server refuses what `promise` asks for, with this error code; the error. */
    async refused(errcode, promise) {
        const error = await promise.then(
            () => assert.fail(`${errcode} was expected, not success`),
            (error) => error,
        );
        assert.equal(error.errcode, errcode, error.stack);
        this.wasRefused(errcode);
        return error;
    }

    /** Check that the server has refused something with this error code, of which the SDK made something else. */
    wasRefused(errcode) {
        const refusal = this.#refusals.findLast((refusal) => refusal.errcode === errcode && !refusal.expected);
        assert.ok(refusal, `the server did not answer ${errcode}`);
        refusal.expected = true;
    }

    /** Fail where the server refused what no scenario expected it to: the SDK keeps quiet about much. */
    checkRefusals() {
        const unexpected = this.#refusals.filter((refusal) => !refusal.expected).map((refusal) => refusal.text);
        assert.deepEqual(unexpected, [], "the server refused");
    }

    /** What matches one of these may be asked for and not be there (M_NOT_FOUND): the SDK looks whether it is. */
    mayBeAbsent(...paths) {
        this.#mayBeAbsent = paths;
    }

    /** The server may refuse with this error code as often as it likes: clients of somebody who is locked out ask on. */
    mayBeRefused(errcode) {
        this.#mayBeRefused.add(errcode);
    }

    /** From now on no request of this client reaches the server; what is under way does. */
    cutOff(client) {
        this.#cutOff.add(client.getAccessToken());
    }

    /** Undo `cutOff`, and make the client try at once. */
    reconnect(client) {
        this.#cutOff.delete(client.getAccessToken());
        client.retryImmediately();
    }

    /** A sample file's bytes. */
    async sample(name) {
        return readFile(join(this.#samples, name));
    }

    /** Something that nobody else has in a name. */
    unique(word) {
        return `${word}-${randomUUID().slice(0, 8)}`;
    }

    /** Stop all clients. */
    close() {
        for (const client of this.#clients) {
            client.stopClient();
            client.http.abort();
        }
    }

    #logger(name) {
        const logger = { getChild: (child) => this.#logger(`${name} ${child}`) };
        for (const level of ["trace", "debug", "info", "warn", "error"]) {
            logger[level] = (...parts) => this.#say(level, [`[${name}]`, ...parts]);
        }
        return logger;
    }

    async #fetch(name, resource, init) {
        const url = new URL(resource);
        const method = init?.method ?? "GET";
        const answer = await fetch(resource, init);
        const path = url.pathname + url.search;
        const isJson = answer.headers.get("content-type") === "application/json";
        const body = isJson ? await answer.clone().json() : undefined;
        this.#say("http", [`[${name}] ${method} ${path} -> ${answer.status}`]);
        if (isJson) this.answers.push([method, path, answer.status, body]);
        // Being asked for the password is no refusal, and what is not in the specification may be unknown.
        const isAsked = answer.status === 401 && body?.flows !== undefined;
        const isAbsent = body?.errcode === "M_NOT_FOUND" && this.#mayBeAbsent.some((each) => each.test(url.pathname));
        if (!answer.ok && !isAsked && !isAbsent && !path.includes("/unstable/")) {
            const text = `${method} ${path} -> ${answer.status} ${JSON.stringify(body)}`;
            this.#refusals.push({ errcode: body?.errcode, expected: this.#mayBeRefused.has(body?.errcode), text });
        }
        return answer;
    }
}

/** What the SDK emits next under a name, once `wanted` likes it; the arguments. */
export function emitted(emitter, name, wanted = () => true) {
    return new Promise((resolve) => {
        const listener = (...values) => {
            if (!wanted(...values)) return;
            emitter.off(name, listener);
            resolve(values);
        };
        emitter.on(name, listener);
    });
}

/** The bodies of the messages among events. */
export function bodies(events) {
    return events.filter((event) => event.getType() === "m.room.message").map((event) => event.getContent().body);
}

