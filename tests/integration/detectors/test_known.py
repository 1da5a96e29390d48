"""Known files: the lists, and finding what is on them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from roomkeeper.capabilities.screening.detectors import Detector, Refused
from roomkeeper.capabilities.screening.detectors.known import rules
from tests import samples
from tests.conftest import MakeServer
from tests.harness import Server
from tests.integration.accounts.operator import operator
from tests.integration.detectors import documents, pictures
from tests.integration.detectors.world import Asker, built_in, detector, post_csv, upload

ROOT = "/screening/known"


async def add(server: Server, **body: Any) -> dict[str, Any]:
    status, answer = await operator(server, "POST", ROOT, {"label": "prohibited", **body})
    assert status == 200, answer
    return answer


async def add_file(server: Server, data: bytes, **body: Any) -> dict[str, Any]:
    """Upload a file, and make it known."""
    clients = server.__dict__.setdefault("uploaders", [])
    if not clients:
        clients.append(await server.register("uploader"))
    return await add(server, media=await upload(clients[0], data), **body)


def jpeg(seed: int) -> bytes:
    return samples.encoded(pictures.scene(seed), "JPEG")


async def test_the_same_bytes(asker: Asker) -> None:
    data = b"any file at all"
    assert await asker.seen("known", data) == set()
    await add(asker.server, sha256=hashlib.sha256(data).hexdigest(), source="list of example.org", note="case 7")
    scores = await asker.look("known", data)
    assert scores.labels == {"prohibited": 1.0, "unwanted": 0.0}
    assert "list of example.org, case 7" in scores.findings[0].text
    assert await asker.seen("known", b"another file") == set()


async def test_similar_pictures(asker: Asker) -> None:
    await add_file(asker.server, jpeg(1), label="unwanted")
    for name, change in pictures.SIMILAR.items():
        scores = await asker.look("known", change(pictures.scene(1)))
        assert scores.labels["unwanted"] >= 0.75, name
        assert "pdq" in scores.hashes
        assert await asker.seen("known", change(pictures.scene(2))) == set(), name


async def test_a_frame_of_what_moves(asker: Asker) -> None:
    await add_file(asker.server, jpeg(1))
    frames = [pictures.scene(seed) for seed in (5, 6, 1)]
    moving = samples.encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=50)
    assert await asker.seen("known", moving) == {"prohibited"}


async def test_parts_of_pictures(asker: Asker) -> None:
    for seed in range(1, 13):
        item = await add_file(asker.server, jpeg(seed))
        assert item["features"]
    for name, change in pictures.PARTS.items():
        scores = await asker.look("known_parts", change(pictures.scene(4)))
        assert scores.labels["prohibited"] >= 0.6, name
        assert "Known file 4:" in scores.findings[0].text, name
        assert await asker.seen("known_parts", change(pictures.scene(40))) == set(), name


async def test_what_is_no_picture(asker: Asker) -> None:
    data = samples.broken()["half a png"]
    with pytest.raises(Refused):
        await asker.look("known", data)
    await add(asker.server, sha256=hashlib.sha256(data).hexdigest())
    assert await asker.seen("known", data) == {"prohibited"}


async def test_flat_pictures_are_not_like_one_another(asker: Asker) -> None:
    plain = samples.encoded(samples.picture(300, 300).point(lambda _: 200), "PNG")
    item = await add_file(asker.server, plain)
    assert "pdq" not in item
    assert await asker.seen("known", samples.encoded(samples.picture(310, 300).point(lambda _: 190), "PNG")) == set()


async def test_sounds(asker: Asker) -> None:
    melody = documents.notes(1, 30)
    item = await add_file(asker.server, documents.as_wave(melody))
    assert item["sound"]
    noisy = documents.as_wave(melody[16_000 * 6 : 16_000 * 22] * 0.5 + documents.notes(9, 16) * 0.02)
    scores = await asker.look("known_sound", noisy)
    assert scores.labels["prohibited"] >= 0.9
    span = scores.findings[0].span
    assert span is not None
    assert span.end - span.start > 3
    assert await asker.seen("known_sound", documents.wave(20, seed=2)) == set()
    with pytest.raises(Refused):
        await asker.look("known_sound", b"ID3" + bytes(500))


async def test_lists_survive_a_restart(asker: Asker) -> None:
    await add_file(asker.server, jpeg(1))
    version = detector(asker.server, "known").version
    asker.server.__dict__.pop("uploaders")
    await asker.server.restart()
    assert detector(asker.server, "known").version == version
    assert await asker.seen("known", pictures.SIMILAR["grey"](pictures.scene(1))) == {"prohibited"}
    assert await asker.seen("known_parts", pictures.PARTS["cropped"](pictures.scene(1))) == {"prohibited"}


async def test_changes_are_told(server: Server) -> None:
    told: list[str] = []

    def note(changed: Detector) -> None:
        told.append(f"{changed.name} {changed.version}")

    before = detector(server, "known").version
    built_in(server).detectors.on_change(note)
    item = await add(server, sha256="ab" * 32)
    assert {line.split()[0] for line in told} == {"known", "known_parts", "known_sound", "archive"}
    assert detector(server, "known").version != before
    assert f"known {detector(server, 'known').version}" in told
    told.clear()
    assert (await operator(server, "DELETE", f"{ROOT}/{item['id']}"))[0] == 200
    assert told
    assert (await operator(server, "DELETE", f"{ROOT}/{item['id']}"))[0] == 404
    for wrong in ("x", "-1", "99999999999999999999", "%00"):
        assert (await operator(server, "DELETE", f"{ROOT}/{wrong}"))[0] in (400, 404)


async def test_lists_in_and_out(asker: Asker, make_server: MakeServer) -> None:
    text = (
        "SHA256,pdq,label,source,note\n"
        f"{'AB' * 32},,prohibited,,\n"
        f",{'0f' * 32},,other,=1+1\n"
        f"{'cd' * 32},,nonsense,,\n"
        ",,unwanted,,\n"
        "zz,,unwanted,,\n"
    )
    status, answer = await post_csv(asker.server, text, "?label=unwanted&source=all")
    assert (status, answer["items"], answer["left_out"]) == (200, 2, 3)
    assert [error["line"] for error in answer["errors"]] == [4, 5, 6]
    assert (await post_csv(asker.server, text, "?label=unwanted&source=all"))[1]["items"] == 2
    page = (await operator(asker.server, "GET", ROOT))[1]["items"]
    assert [(item["label"], item["source"]) for item in page] == [("unwanted", "other"), ("prohibited", "all")]

    exported = await export(asker.server)
    assert exported.startswith(b"sha256,pdq,label,source,note")
    assert b"'=1+1" in exported
    other = await make_server()
    assert (await post_csv(other, exported))[1] == {"items": 2, "left_out": 0, "errors": []}
    assert len((await operator(other, "GET", ROOT))[1]["items"]) == 2


async def export(server: Server) -> bytes:
    from roomkeeper.platform.instance import find_running

    running = find_running(server.data_dir)
    assert running is not None
    status, headers, body = await server.raw(
        "GET", f"/_roomkeeper/v1{ROOT}/export", headers={"authorization": f"Bearer {running.token}"}
    )
    assert status == 200
    assert int(headers["content-length"]) == len(body)
    return body


async def test_wrong_lists(server: Server) -> None:
    for wrong in (b"", b"a,b\n1,2\n", b"\xff\xfe", b'sha256\n"a', b"\x00", b"sha256\n" + b"x" * 200_000):
        status, answer = await post_csv(server, wrong)
        assert status in (200, 400), answer
        if status == 200:
            assert answer["items"] == 0


async def test_pages(server: Server) -> None:
    rows = "".join(f"{number:064x},prohibited\n" for number in range(1200))
    assert (await post_csv(server, f"sha256,label\n{rows}"))[1]["items"] == 1200
    seen, token = set(), ""
    while True:
        page = (await operator(server, "GET", ROOT, **({"from": token} if token else {}), limit=500))[1]
        seen |= {item["sha256"] for item in page["items"]}
        if "next_batch" not in page:
            break
        token = page["next_batch"]
    assert len(seen) == 1200
    assert (await export(server)).count(b"\n") == 1201


async def test_wrong_items(server: Server) -> None:
    good = {"label": "prohibited", "sha256": "ab" * 32}
    for wrong in (
        {},
        {"label": "prohibited"},
        {**good, "label": "allowed"},
        {**good, "sha256": "AB" * 32},
        {**good, "media": "mxc://example.org/x"},
        {**good, "note": "a\nb"},
        {"label": "prohibited", "media": "https://example.org/"},
        {"label": "prohibited", "media": "mxc://example.org/../x"},
    ):
        assert (await operator(server, "POST", ROOT, wrong))[0] == 400, wrong
    for absent in ("mxc://example.org/absent", "mxc://other.example/absent"):
        assert (await operator(server, "POST", ROOT, {"label": "prohibited", "media": absent}))[0] == 404


async def test_who_may(server: Server) -> None:
    somebody = await server.register("somebody")
    assert (await somebody.attempt("GET", f"/_roomkeeper/v1{ROOT}"))[0] == 403
    assert (await somebody.attempt("POST", f"/_roomkeeper/v1{ROOT}", {"label": "prohibited"}))[0] == 403


def test_a_hundred_thousand_hashes() -> None:
    index = rules.HashIndex()
    for number in range(100_000):
        index.add(number, hashlib.sha256(f"{number}".encode()).hexdigest())
    wanted = bytearray(hashlib.sha256(b"77").digest())
    for place in range(31):
        wanted[place] ^= 1
    assert index.near([bytes(wanted).hex()]) == [(77, 31)]
    wanted[31] ^= 1
    assert index.near([bytes(wanted).hex()]) == []


def test_scores() -> None:
    assert rules.pdq_score(0) == 1
    assert rules.pdq_score(31) == 0.75
    assert rules.inlier_score(15) == 0.6
    assert rules.inlier_score(500) == 0.9


def test_nothing_is_known_at_first(tmp_path: Path) -> None:
    assert rules.HashIndex().near(["00" * 32]) == []
    assert rules.FeatureIndex(()).candidates([b""], 5) == []
