/** Uploading, showing, downloading with the authenticated addresses, thumbnails. */
import assert from "node:assert/strict";

export async function aPictureIsUploadedShownAndDownloaded(world) {
    const { alice, bob, roomId } = await world.together();
    const picture = await world.sample("picture.png");
    const progress = [];
    const { content_uri: uri } = await alice.uploadContent(new Blob([picture]), {
        name: "a cat & a dog.png",
        type: "image/png",
        progressHandler: ({ loaded, total }) => progress.push([loaded, total]),
    });
    assert.match(uri, /^mxc:\/\/example\.org\/[\w-]+$/);
    assert.equal((await download(bob, uri)).status, 404);

    await alice.sendImageMessage(roomId, null, uri, { mimetype: "image/png", w: 1000, h: 500 }, "a cat.png");
    const shown = await world.until(
        () => bob.getRoom(roomId).getLiveTimeline().getEvents().find((event) => event.getContent().url === uri),
        "the picture",
    );
    const answer = await download(bob, shown.getContent().url);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("content-type"), "image/png");
    assert.match(answer.headers.get("content-disposition"), /a%20cat%20%26%20a%20dog\.png|a cat & a dog\.png/);
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), picture);

    const mallory = await world.signUp("mallory");
    assert.equal((await download(mallory, uri)).status, 404);
    assert.equal((await fetch(bob.mxcUrlToHttp(uri, ...WHOLE))).status, 401);
}

export async function thumbnailsAreMade(world) {
    const alice = await world.signUp("alice");
    const picture = await world.sample("picture.png");
    const { content_uri: uri } = await alice.uploadContent(new Blob([picture]), { type: "image/png" });
    for (const [width, height, method, made] of [
        [96, 96, "crop", [96, 96]],
        [320, 240, "scale", [320, 160]],
    ]) {
        const url = alice.mxcUrlToHttp(uri, width, height, method, false, true, true);
        assert.match(url, /\/_matrix\/client\/v1\/media\/thumbnail\/example\.org\//);
        const answer = await get(alice, url);
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get("content-type"), "image/jpeg");
        assert.deepEqual(sizeOfJpeg(Buffer.from(await answer.arrayBuffer())), made);
    }
}

export async function aTextWithoutANameIsUploaded(world) {
    const alice = await world.signUp("alice");
    const { content_uri: uri } = await alice.uploadContent("good morning", { type: "text/plain", includeFilename: false });
    const answer = await download(alice, uri);
    assert.equal(await answer.text(), "good morning");
    assert.equal(answer.headers.get("content-type"), "text/plain; charset=utf-8");
}

export async function anUploadIsCancelled(world) {
    const alice = await world.signUp("alice");
    const uploading = alice.uploadContent(new Blob([Buffer.alloc(20 * 2 ** 20)]), { type: "application/zip" });
    assert.equal(alice.getCurrentUploads().length, 1);
    assert.equal(alice.cancelUpload(uploading), true);
    await assert.rejects(uploading);
    const { content_uri: uri } = await alice.uploadContent("the next one works", { type: "text/plain" });
    assert.equal(await (await download(alice, uri)).text(), "the next one works");
}

export async function theLargestUploadIsTold(world) {
    const alice = await world.signUp("alice");
    assert.equal((await alice.getMediaConfig(true))["m.upload.size"], 100 * 2 ** 20);
}

export async function avatarsAreForEverybody(world) {
    const { alice, roomId } = await world.together();
    const picture = await world.sample("picture.png");
    const { content_uri: uri } = await alice.uploadContent(new Blob([picture]), { type: "image/png" });
    await alice.setAvatarUrl(uri);
    const mallory = await world.signUp("mallory");
    const { avatar_url: seen } = await mallory.getProfileInfo(alice.getUserId());
    assert.equal((await download(mallory, seen)).status, 200);

    await alice.sendStateEvent(roomId, "m.room.avatar", { url: uri });
    await world.until(() => alice.getRoom(roomId).getMxcAvatarUrl() === uri, "the room's picture");
}

/** For `mxcUrlToHttp`: no size, no direct links, redirects, with authentication. */
const WHOLE = [undefined, undefined, undefined, false, true, true];

async function download(client, uri) {
    const url = client.mxcUrlToHttp(uri, ...WHOLE);
    assert.match(url, /\/_matrix\/client\/v1\/media\/download\/example\.org\//);
    return get(client, url);
}

/** As a client's service worker does it. */
async function get(client, url) {
    return fetch(url, { headers: { Authorization: `Bearer ${client.getAccessToken()}` } });
}

/** Width and height, from the segment that begins the frame. */
function sizeOfJpeg(bytes) {
    let at = 2;
    while (bytes[at + 1] < 0xc0 || bytes[at + 1] > 0xc2) at += 2 + bytes.readUInt16BE(at + 2);
    return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)];
}
