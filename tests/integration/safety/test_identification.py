"""Who is in what is submitted: found by real models, shown to the human in charge alone, asked in when confirmed."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image

from roomkeeper.capabilities.safety.vault import Vault
from roomkeeper.platform.database import Write
from tests import identities, samples, senses
from tests.databases import ON_POSTGRESQL
from tests.harness import Client, Server
from tests.integration.organisation.conftest import MakeOffice
from tests.integration.organisation.office import Office
from tests.integration.safety.test_events import QUICK, asked, asks, group, joined, near, organisation, report, settled
from tests.integration.safety.world import ROOT, follow, go, notices, of, people, until

AUDIT = "/_roomkeeper/v1/audit"
SENSES = {**QUICK, "ROOMKEEPER_ANALYSIS_SENSES": "faces,reading,voices"}
PATIENCE_S = 90.0
"""Loading a model on a busy machine takes a while."""


@pytest.fixture
async def office(make_office: MakeOffice) -> Office:
    return await make_office(**SENSES)


@pytest.fixture
def server(office: Office) -> Server:
    return office.server


@pytest.fixture
async def officer(office: Office) -> Client:
    found = await office.staff("officer")
    await office.give(found.user_id, "safety_officer")
    return found


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.integration.safety.world.FORWARD_S", PATIENCE_S)


async def enrol(client: Client, kind: str, data: bytes = b"", content_type: str = "image/jpeg", **more: Any) -> str:
    body = {"kind": kind, "consent": True, **more}
    if data:
        body |= {"data": base64.b64encode(data).decode(), "content_type": content_type}
    return str((await client.post(f"{of(client.user_id)}/features", body))["feature_id"])


async def upload(client: Client, data: bytes, content_type: str = "image/jpeg") -> str:
    headers = {"authorization": f"Bearer {client.token}", "content-type": content_type}
    status, _, body = await client.server.raw("POST", "/_matrix/media/v3/upload", data, headers)
    assert status == 200, body
    return body.decode().split('"')[3]


def root(event_id: str) -> str:
    return f"{ROOT}/events/{event_id}/identifications"


async def submit(client: Client, event_id: str, data: bytes, content_type: str = "image/jpeg") -> str:
    url = await upload(client, data, content_type)
    return str((await client.post(root(event_id), {"url": url}))["identification_id"])


async def looked_at(client: Client, event_id: str, identification_id: str) -> dict[str, Any]:
    """A submission, as soon as it was compared."""

    async def is_done() -> Any:
        found = await client.get(f"{root(event_id)}/{identification_id}")
        return found if found["state"] != "waiting" else None

    found = await until(is_done)
    assert isinstance(found, dict)
    return found


def evidence(found: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(each["user_id"], [one["kind"] for one in each["evidence"]]) for each in found["candidates"]]


async def audited(office: Office, permission: str) -> list[dict[str, Any]]:
    entries = (await office.owner.get(AUDIT, permission=permission))["entries"]
    assert isinstance(entries, list)
    return entries


async def decide(client: Client, event_id: str, found: dict[str, Any], user_id: str, *, confirm: bool) -> Any:
    path = f"{root(event_id)}/{found['identification_id']}/candidates/{quote(user_id, safe='')}"
    return await client.attempt("POST", path, {"confirm": confirm, "reason": "I have seen them there"})


async def test_a_face_brings_the_person_and_their_followers(  # noqa: PLR0915 (a story)
    office: Office, officer: Client, server: Server
) -> None:
    reporter, person, parent, other = await people(server, "reporter", "person", "parent", "other")
    await follow(parent, person)
    await enrol(person, "face", identities.face("astronaut"))
    await enrol(other, "face", identities.face("officer"))
    station = await organisation(office, officer, "police", kinds=["fire"])
    (neighbour,) = await near(server, "neighbour")
    event_id = await report(reporter)
    room_id = await group(reporter, event_id)
    await until(lambda: joined(station, room_id))
    await neighbour.join(await asked(neighbour))
    await until(lambda: joined(neighbour, room_id))
    before = await reporter.get(f"/rooms/{room_id}/messages", dir="b", limit=200)

    identification = await submit(reporter, event_id, identities.another("astronaut"))
    found = await looked_at(officer, event_id, identification)
    assert evidence(found) == [(person.user_id, ["face"])]
    face = found["candidates"][0]["evidence"][0]
    assert face["score"] > face["threshold"] + 0.15
    assert 0 < face["box"][0] < 1
    assert (await officer.get(f"{ROOT}/overview"))["candidates"] == 1
    in_review = (await officer.get(f"{ROOT}/identifications"))["identifications"]
    assert [each["identification_id"] for each in in_review] == [identification]

    # Nobody else learns of it: not who submitted it, not the organisation that has not taken it in hand, not the group.
    told = await reporter.get(f"{root(event_id)}/{identification}")
    assert (told["state"], "candidates" in told, told["found"]["faces"]) == ("decided", False, 1)
    for client in (station, neighbour, person):
        assert (await client.attempt("GET", f"{root(event_id)}/{identification}"))[0] == 404
        assert (await decide(client, event_id, found, person.user_id, confirm=True))[0] == 404
    assert (await decide(reporter, event_id, found, person.user_id, confirm=True))[0] == 404
    assert (await reporter.get(f"/rooms/{room_id}/messages", dir="b", limit=200))["chunk"] == before["chunk"]
    await settled(server, event_id)
    assert await asks(person) == {}
    assert await asks(parent) == {}

    # Whoever decides looks at both pictures.
    feature = f"{root(event_id)}/{identification}/candidates/{quote(person.user_id, safe='')}/features/"
    path = f"{feature}{face['feature_id']}/file"
    status, _, data = await server.raw("GET", path, headers={"authorization": f"Bearer {officer.token}"})
    assert (status, data) == (200, identities.face("astronaut"))
    assert (await server.raw("GET", path, headers={"authorization": f"Bearer {reporter.token}"}))[0] == 404
    path = f"{root(event_id)}/{identification}/file"
    status, _, data = await server.raw("GET", path, headers={"authorization": f"Bearer {officer.token}"})
    assert (status, data) == (200, identities.another("astronaut"))

    status, answer = await decide(officer, event_id, found, person.user_id, confirm=True)
    assert (status, answer["state"], answer["candidates"][0]["decided_by"]) == (200, "decided", officer.user_id)
    room = await asked(person)
    about = (await asks(person))[room]
    assert about["m.room.member"]["content"]["org.roomkeeper.safety.ask"]["reason"] == "identified"
    room = await asked(parent)
    watching = (await asks(parent))[room]
    assert watching["m.room.member"]["content"]["org.roomkeeper.safety.ask"]["reason"] == "follower_of_identified"
    assert await asks(other) == {}
    for client in (person, parent):
        await client.join(await asked(client))
        await until(lambda client=client: joined(client, room_id))  # type: ignore[misc]
    assert any("parent" in each for each in await notices(person)), "whom one's followers are asked because of is told"
    assert (await person.get(of(person.user_id)))["compared"][0]["state"] == "confirmed"

    # Everything stands in the audit log, with its reason.
    target = f"{event_id} {identification}"
    assert [(each["actor"], each["object"]) for each in await audited(office, "safety.identify")] == [
        (reporter.user_id, target)
    ]
    (confirmed,) = await audited(office, "safety.candidates.confirm")
    assert (confirmed["actor"], confirmed["object"]) == (officer.user_id, f"{target} {person.user_id}")
    assert confirmed["reason"] == "I have seen them there"
    seen = {each["object"] for each in await audited(office, "safety.candidates.read")}
    assert seen == {target, f"{target} {person.user_id} {face['feature_id']}"}


async def test_who_may_submit_and_who_decides(  # noqa: PLR0915 (a story)
    office: Office, officer: Client, server: Server
) -> None:
    reporter, person, parent, stranger = await people(server, "reporter", "person", "parent", "stranger")
    (there, gone, unanswered) = await near(server, "there", "gone", "unanswered")
    await follow(parent, there, when="always")
    await enrol(person, "plate", text="RK 2026")
    station = await organisation(office, officer, "police", kinds=["fire"])
    second = await organisation(office, officer, "brigade", kinds=["fire"])
    event_id = await report(reporter)
    room_id = await group(reporter, event_id)
    for client in (there, gone, parent):
        await client.join(await asked(client))
        await until(lambda client=client: joined(client, room_id))  # type: ignore[misc]
    await until(lambda: joined(station, room_id))
    await until(lambda: joined(second, room_id))
    await asked(unanswered)
    await gone.delete(f"{ROOT}/location")
    await go(there, 52.52, 13.405, accuracy=5)

    photo = identities.plate("RK 2026")
    for client in (gone, parent, unanswered, officer):
        body = {"url": await upload(client, photo)}
        assert (await client.attempt("POST", root(event_id), body))[0] == 403, client.user_id
    body = {"url": await upload(stranger, photo)}
    assert (await stranger.attempt("POST", root(event_id), body))[0] == 404
    # Somebody else's file, and none at all.
    assert (await reporter.attempt("POST", root(event_id), body))[0] == 404
    assert (await reporter.attempt("POST", root(event_id), {"url": "mxc://example.org/none"}))[0] == 404
    assert (await reporter.attempt("POST", root(event_id), {"url": "http://example.org/x"}))[0] == 400

    first = await submit(there, event_id, photo)
    found = await looked_at(officer, event_id, first)
    assert evidence(found) == [(person.user_id, ["plate"])]
    assert "RK" in found["candidates"][0]["evidence"][0]["text"]
    assert [each["identification_id"] for each in (await there.get(root(event_id)))["identifications"]] == [first]
    assert (await reporter.get(root(event_id)))["identifications"] == []

    # The organisation that takes it in hand is told, sees them and decides; the other one does not.
    assert (await station.attempt("GET", f"{root(event_id)}/{first}"))[0] == 404
    await station.put(f"{ROOT}/events/{event_id}/status", {"status": "handled"})
    third = await submit(station, event_id, photo)
    await looked_at(station, event_id, third)
    await until(lambda: _is_told(station))
    assert not await _is_told(second)
    assert (await second.attempt("GET", f"{root(event_id)}/{first}"))[0] == 404
    status, answer = await decide(station, event_id, found, person.user_id, confirm=False)
    assert (status, answer["candidates"][0]["state"]) == (200, "rejected")
    assert (await decide(officer, event_id, found, person.user_id, confirm=True))[0] == 400
    await settled(server, event_id)
    assert await asks(person) == {}
    (rejected,) = await audited(office, "safety.candidates.reject")
    assert rejected["actor"] == station.user_id
    assert (await decide(station, event_id, {"identification_id": third}, stranger.user_id, confirm=True))[0] == 404
    path = f"{root(event_id)}/{third}/candidates/{quote(person.user_id, safe='')}"
    assert (await station.attempt("POST", path, {"confirm": True, "reason": ""}))[0] == 400


async def _is_told(client: Client) -> bool:
    return any("candidates" in each for each in await notices(client))


@pytest.mark.parametrize(
    ("kind", "registered", "photo"),
    [
        ("plate", "京A·D1234", lambda: identities.plate("京A·D1234")),
        ("badge", "K-4711-08", lambda: identities.badge("Example Works", "No. K-4711-08")),
        ("name", "仓库主管", lambda: identities.badge("示例公司", "仓库主管", "二号楼")),
        ("phone", "+49 30 5550 1234", lambda: identities.badge("If found call", "030 5550 1234")),
    ],
)
async def test_what_is_read(
    office: Office, officer: Client, server: Server, kind: str, registered: str, photo: Callable[[], bytes]
) -> None:
    reporter, person, other = await people(server, "reporter", "person", "other")
    await enrol(person, kind, text=registered)
    await enrol(other, "plate", text="ZZ 99999")
    event_id = await report(reporter)
    await group(reporter, event_id)
    found = await looked_at(officer, event_id, await submit(reporter, event_id, photo()))
    assert evidence(found) == [(person.user_id, [kind])]


async def test_a_voice_and_a_belonging(office: Office, officer: Client, server: Server) -> None:
    reporter, speaker, owner = await people(server, "reporter", "speaker", "keeper")
    await enrol(speaker, "voice", senses.spoken(identities.SENTENCES[0]), "audio/wav")
    await enrol(owner, "belonging", samples.encoded(identities.thing(1), "JPEG"))
    await enrol(reporter, "belonging", samples.encoded(identities.thing(2), "JPEG"))
    event_id = await report(reporter)
    await group(reporter, event_id)
    heard = await submit(reporter, event_id, senses.spoken(identities.SENTENCES[1]), "audio/wav")
    found = await looked_at(officer, event_id, heard)
    assert evidence(found) == [(speaker.user_id, ["voice"])]
    turned = identities.thing(1).crop((60, 40, 600, 440)).rotate(20, expand=True)
    seen = await submit(reporter, event_id, samples.encoded(turned, "JPEG", quality=70))
    found = await looked_at(officer, event_id, seen)
    assert evidence(found) == [(owner.user_id, ["belonging"])]


async def test_a_name_that_is_said_and_a_face_and_a_plate_in_a_film(make_office: MakeOffice) -> None:
    office = await make_office(**{**SENSES, "ROOMKEEPER_ANALYSIS_SENSES": "faces,reading,voices,speech"})
    server = office.server
    officer = await office.staff("officer")
    await office.give(officer.user_id, "safety_officer")
    reporter, named, seen, driver = await people(server, "reporter", "named", "seen", "driver")
    await enrol(named, "name", text="Customer Service Manager")
    await enrol(seen, "face", identities.face("astronaut"))
    await enrol(driver, "plate", text="粤B·D12345")
    event_id = await report(reporter)
    await group(reporter, event_id)
    words = "I am standing at the gate together with the customer service manager, and we wait for help."
    plate = Image.open(io.BytesIO(identities.plate("粤B·D12345")))
    film = senses.film([identities.portrait("astronaut"), plate], senses.spoken(words), seconds=3.0)
    found = await looked_at(officer, event_id, await submit(reporter, event_id, film, "video/mp4"))
    assert dict(evidence(found)) == {named.user_id: ["name"], seen.user_id: ["face"], driver.user_id: ["plate"]}
    times = {each["user_id"]: each["evidence"][0]["at_ms"] for each in found["candidates"]}
    assert times[seen.user_id] < 3000 <= times[driver.user_id]


@pytest.mark.parametrize(
    ("data", "content_type", "failure"),
    [
        (lambda: samples.encoded(Image.new("RGB", (400, 300), "grey"), "PNG"), "image/png", "nothing_to_compare"),
        (lambda: samples.png(2, 2), "image/png", "nothing_to_compare"),
        (lambda: samples.too_large()["png bomb"], "image/png", "too_large"),
        (lambda: b"\x89PNG\r\n\x1a\n broken", "image/png", "unreadable"),
        (lambda: senses.silence(5), "audio/wav", "nothing_to_compare"),
    ],
)
async def test_what_cannot_be_compared(
    officer: Client, server: Server, data: Callable[[], bytes], content_type: str, failure: str
) -> None:
    (reporter,) = await people(server, "reporter")
    event_id = await report(reporter)
    await group(reporter, event_id)
    found = await looked_at(reporter, event_id, await submit(reporter, event_id, data(), content_type))
    assert (found["state"], found["failure"]) == ("failed", failure)


async def test_many_faces_are_each_compared(officer: Client, server: Server) -> None:
    reporter, first, second = await people(server, "reporter", "first", "second")
    await enrol(first, "face", identities.face("astronaut"))
    await enrol(second, "face", identities.face("officer"))
    event_id = await report(reporter)
    await group(reporter, event_id)
    photo = identities.together("officer", "astronaut")
    found = await looked_at(officer, event_id, await submit(reporter, event_id, photo))
    assert {user_id for user_id, _ in evidence(found)} == {first.user_id, second.user_id}
    left = {each["user_id"]: each["evidence"][0]["box"][0] for each in found["candidates"]}
    assert left[second.user_id] < 0.5 < left[first.user_id]
    # One is decided about, the other is still to be.
    _, answer = await decide(officer, event_id, found, first.user_id, confirm=True)
    assert answer["state"] == "review"


@pytest.mark.parametrize("what", ["too_dark", "too_small", "blurred", "no_face", "many_faces"])
async def test_a_bad_picture_is_not_registered(server: Server, what: Any) -> None:
    (client,) = await people(server, "customer")
    data = base64.b64encode(identities.bad_face(what)).decode()
    body = {"kind": "face", "consent": True, "data": data, "content_type": "image/jpeg"}
    status, answer = await client.attempt("POST", f"{of(client.user_id)}/features", body)
    assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM")
    assert what in answer["org.roomkeeper.quality"]
    assert (await client.get(of(client.user_id)))["features"] == []


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({"kind": "voice", "content_type": "audio/wav", "data": senses.silence(5)}, "silence"),
        ({"kind": "voice", "content_type": "audio/wav", "data": senses.silence(1)}, "too_short"),
        ({"kind": "voice", "content_type": "audio/ogg", "data": b"OggS broken"}, "unreadable"),
        ({"kind": "belonging", "content_type": "image/png", "data": samples.png(300, 200)}, "too_plain"),
        ({"kind": "face", "content_type": "image/png", "data": samples.png(3, 3)}, "unreadable"),
        ({"kind": "name", "text": "Al"}, "too_few_letters"),
        ({"kind": "phone", "text": "112"}, "too_few_letters"),
    ],
)
async def test_what_else_is_not_good_enough(server: Server, body: dict[str, Any], what: str) -> None:
    (client,) = await people(server, "customer")
    sent = {**body, "consent": True}
    if "data" in body:
        sent["data"] = base64.b64encode(body["data"]).decode()
    status, answer = await client.attempt("POST", f"{of(client.user_id)}/features", sent)
    assert (status, answer["org.roomkeeper.quality"]) == (400, [what])


async def test_without_consent_nothing_is_registered(server: Server) -> None:
    (client,) = await people(server, "customer")
    status, answer = await client.attempt("POST", f"{of(client.user_id)}/features", {"kind": "name", "text": "Example"})
    assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM")
    assert "consent" in answer["error"]


async def test_what_is_withdrawn_is_compared_no_more(officer: Client, server: Server) -> None:
    reporter, first, second, third = await people(server, "reporter", "first", "second", "third")
    features = [await enrol(client, "plate", text="RK 20261") for client in (first, second)]
    event_id = await report(reporter)
    await group(reporter, event_id)
    photo = identities.plate("RK 20261")
    before = await looked_at(officer, event_id, await submit(reporter, event_id, photo))
    assert {user_id for user_id, _ in evidence(before)} == {first.user_id, second.user_id}
    # While all is in memory: one feature, everything, and somebody new.
    await first.delete(f"{of(first.user_id)}/features/{features[0]}")
    await second.delete(of(second.user_id))
    await enrol(third, "plate", text="RK 20261")
    after = await looked_at(officer, event_id, await submit(reporter, event_id, photo))
    assert [user_id for user_id, _ in evidence(after)] == [third.user_id]
    # Who was a candidate by it is none any more, and there is nothing left to decide.
    found = await officer.get(f"{root(event_id)}/{before['identification_id']}")
    assert (found["state"], found["candidates"]) == ("decided", [])


async def test_closing_erases_it(office: Office, officer: Client, server: Server) -> None:
    reporter, person = await people(server, "reporter", "person")
    await enrol(person, "plate", text="RK 2026")
    event_id = await report(reporter)
    room_id = await group(reporter, event_id)
    kept, lost = (
        await upload(reporter, identities.plate("RK 2026")),
        await upload(reporter, identities.plate("RK 2027")),
    )
    picture = {"msgtype": "m.image", "body": "picture", "url": kept}
    await reporter.put(f"/rooms/{room_id}/send/m.room.message/picture", picture)
    for url in (kept, lost):
        identification = (await reporter.post(root(event_id), {"url": url}))["identification_id"]
        await looked_at(officer, event_id, identification)
    await officer.post(f"{ROOT}/events/{event_id}/close", {"summary": "It is over."})
    for table in ("safety_identifications", "safety_candidates"):
        assert await server.app.driver.query_one(f"SELECT count(*) FROM {table}") == (0,)
    assert (await officer.attempt("GET", f"{root(event_id)}/{identification}"))[0] == 404
    assert (await reporter.attempt("POST", root(event_id), {"url": kept}))[0] == 400
    download = "/_matrix/client/v1/media/download/"
    assert (await reporter.attempt("GET", download + lost.removeprefix("mxc://")))[0] == 404
    headers = {"authorization": f"Bearer {reporter.token}"}
    status, _, _ = await server.raw("GET", download + kept.removeprefix("mxc://"), headers=headers)
    assert status == 200
    assert len(await audited(office, "safety.identify")) == 2, "what was done stays in the audit log"


async def test_rates_and_sizes_are_bounded(make_office: MakeOffice) -> None:
    limits = {"ROOMKEEPER_SAFETY_IDENTIFICATIONS_AN_HOUR": "2", "ROOMKEEPER_SAFETY_IDENTIFICATION_MIB": "1"}
    server = (await make_office(**QUICK, **limits)).server
    (reporter,) = await people(server, "reporter")
    event_id = await report(reporter)
    await group(reporter, event_id)
    url = await upload(reporter, samples.png())
    for wrong in (await upload(reporter, b"%PDF-1.7", "application/pdf"), await upload(reporter, samples.png() * 9000)):
        assert (await reporter.attempt("POST", root(event_id), {"url": wrong}))[0] == 400
    for _ in range(2):
        await reporter.post(root(event_id), {"url": url})
    status, answer = await reporter.attempt("POST", root(event_id), {"url": url})
    assert (status, answer["errcode"]) == (429, "M_LIMIT_EXCEEDED")


async def test_without_models_it_says_so_and_enrolment_waits_for_them(make_office: MakeOffice) -> None:
    office = await make_office(**{**SENSES, "ROOMKEEPER_ANALYSIS_SENSES": "nudity"})
    server = office.server
    (reporter,) = await people(server, "reporter")
    await enrol(reporter, "face", identities.bad_face("no_face"))
    event_id = await report(reporter)
    await group(reporter, event_id)
    found = await looked_at(reporter, event_id, await submit(reporter, event_id, samples.png(9, 9)))
    assert (found["state"], found["failure"]) == ("failed", "nothing_to_compare")
    recording = await submit(reporter, event_id, senses.silence(5), "audio/wav")
    assert (await looked_at(reporter, event_id, recording))["failure"] == "unavailable"


async def test_what_waited_is_compared_after_a_restart(make_office: MakeOffice) -> None:
    office = await make_office(**SENSES)
    server = office.server
    officer = await office.staff("officer")
    await office.give(officer.user_id, "safety_officer")
    reporter, person = await people(server, "reporter", "person")
    await enrol(person, "plate", text="RK 2026")
    event_id = await report(reporter)
    await group(reporter, event_id)
    identification = await submit(reporter, event_id, identities.plate("RK 2026"))
    await server.restart()
    assert evidence(await looked_at(officer, event_id, identification)) == [(person.user_id, ["plate"])]


async def test_what_another_model_made_is_made_anew(officer: Client, server: Server) -> None:
    reporter, person = await people(server, "reporter", "person")
    await enrol(person, "face", identities.face("astronaut"))
    write = Write()
    write.add("UPDATE safety_templates SET version = $1, sealed = $2", "old", b"nothing of any use")
    await server.app.committer.submit(write)
    await server.restart()

    async def is_renewed() -> bool:
        return await server.app.driver.query_one("SELECT 1 FROM safety_templates WHERE version <> 'old'") is not None

    await until(is_renewed)
    event_id = await report(reporter)
    await group(reporter, event_id)
    found = await looked_at(officer, event_id, await submit(reporter, event_id, identities.another("astronaut")))
    assert evidence(found) == [(person.user_id, ["face"])]


@pytest.mark.skipif(ON_POSTGRESQL, reason="looks into the file of the database")
async def test_the_database_has_no_vector_in_clear(officer: Client, server: Server) -> None:
    reporter, person = await people(server, "reporter", "person")
    await enrol(person, "face", identities.face("astronaut"))
    event_id = await report(reporter)
    await group(reporter, event_id)
    found = await looked_at(officer, event_id, await submit(reporter, event_id, identities.another("astronaut")))
    assert evidence(found) == [(person.user_id, ["face"])]
    register = await _vectors(server)
    await server.restart()
    content = b"".join(path.read_bytes() for path in server.data_dir.glob("roomkeeper.db*"))
    assert register not in content
    assert not any((server.data_dir / "examined").glob("*"))


async def _vectors(server: Server) -> bytes:
    row = await server.app.driver.query_one(
        "SELECT t.sealed, t.user_id, t.feature_id, k.wrapped FROM safety_templates t, safety_keys k"
        " WHERE t.user_id = k.user_id"
    )
    assert row is not None
    vault = Vault(server.data_dir / "safety.key")
    vault.load(is_needed=True)
    data = vault.open_bytes(bytes(row[3]), row[1], row[2], "template", bytes(row[0]))
    assert len(data) == 512
    return data[:64]
