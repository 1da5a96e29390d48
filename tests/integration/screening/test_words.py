"""Words: lists, where they count, disguises, imports, policies, trying them."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest

from roomkeeper.capabilities.screening.detectors import Detector, MediaFile, Scores, Text
from roomkeeper.capabilities.screening.detectors.interface import MEDIA_KINDS
from tests import samples
from tests.conftest import MakeServer
from tests.harness import Server
from tests.integration.media.test_access import sees
from tests.integration.media.uploading import mxc, together, upload
from tests.integration.organisation.office import Office
from tests.integration.retention.operator import Operator
from tests.integration.screening.world import (
    ROOT,
    add_marks,
    events_of,
    marked,
    parts_of,
    send_content,
    send_file,
    until,
)


async def words(server: Server, *patterns: str, **more: Any) -> str:
    """A new list; its id."""
    body = {"name": "words", "action": "block", "patterns": list(patterns), **more}
    return str((await Operator(server).ask("POST", "/screening/lists", body))["list_id"])


async def policies(server: Server, *given: dict[str, Any]) -> dict[str, Any]:
    """Put policies in force."""
    operator = Operator(server)
    version = (await operator.ask("GET", "/screening/policies"))["version"]
    return await operator.ask("PUT", "/screening/policies", {"version": version, "policies": list(given)})


async def test_words_count_wherever_people_read_them(server: Server) -> None:
    await words(server, "rotten fish")
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    first = await alice.send(room_id, "fresh fish")
    before = await events_of(bob, room_id)
    for content in (
        {"msgtype": "m.text", "body": "Rotten  Fish!"},
        {"msgtype": "m.text", "body": "r0tten f1sh"},
        {"msgtype": "m.text", "body": "x", "format": "org.matrix.custom.html", "formatted_body": "rot<b>ten</b> fish"},
        {"msgtype": "m.text", "body": "* x", "m.new_content": {"body": "rotten fish", "msgtype": "m.text"},
         "m.relates_to": {"rel_type": "m.replace", "event_id": first}},
        {"msgtype": "m.file", "body": "caption", "filename": "rotten fish.pdf", "url": "mxc://example.org/none"},
    ):  # fmt: skip
        status, answer = await send_content(alice, room_id, content)
        assert (status, answer.get("org.roomkeeper.reason")) == (403, "blocked"), content
    poll = {"m.poll": {"question": {"m.text": [{"body": "rotten fish?"}]}}}
    assert (await send_content(alice, room_id, poll, "m.poll.start"))[0] == 403
    topic = {"topic": "x", "m.topic": {"m.text": [{"body": "rotten fish"}]}}
    assert (await alice.attempt("PUT", f"/rooms/{room_id}/state/m.room.topic/", topic))[0] == 403
    assert (await alice.attempt("POST", "/createRoom", {"name": "Rotten fish"}))[0] == 403
    assert (await alice.attempt("PUT", f"/profile/{alice.user_id}/displayname", {"displayname": "rotten fish"}))[
        0
    ] == 403
    assert await events_of(bob, room_id) == before
    await alice.send(room_id, "rotten fishes and fish")
    encrypted = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "rotten fish", "body": "rotten fish"}
    assert (await send_content(alice, room_id, encrypted, "m.room.encrypted"))[0] == 200


async def test_lists_change_while_the_server_runs_and_stay(server: Server) -> None:
    operator = Operator(server)
    list_id = await words(server, "rotten")
    alice = await server.register("alice")
    room_id = await alice.create_room()

    async def passes(text: str) -> bool:
        return (await send_content(alice, room_id, {"msgtype": "m.text", "body": text}))[0] == 200

    path = f"/screening/lists/{list_id}"
    assert not await passes("rotten")
    assert (await operator.ask("POST", f"{path}/patterns", {"patterns": ["mouldy", "stale*"]}))["entries"] == 3
    assert not await passes("mouldy")
    assert not await passes("staleness")
    assert (await operator.ask("DELETE", f"{path}/patterns", {"patterns": ["mouldy"]}))["entries"] == 2
    assert await passes("mouldy")
    await words(server, "rotten borough", kind="allow")
    assert await passes("a rotten borough")
    assert not await passes("a rotten borough is rotten")
    await operator.ask("PATCH", path, {"enabled": False})
    assert await passes("rotten")
    await operator.ask("PATCH", path, {"enabled": True})
    await server.restart()
    assert not await passes("rotten")
    await operator.ask("DELETE", path)
    assert await passes("rotten")
    await words(server, r"\b\d{4} \d{4} \d{4} \d{4}\b", kind="expressions", label="card")
    assert not await passes("my card: 1234 5678 9012 3456")
    status, answer = await operator.attempt(
        "POST", "/screening/lists", {"name": "x", "kind": "expressions", "patterns": ["("]}
    )
    assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM")
    for pattern in ("*", "  ", "a" * 1001, "a\nb", ""):
        assert (await operator.attempt("POST", "/screening/lists", {"name": "x", "patterns": [pattern]}))[0] == 400, (
            pattern
        )


@pytest.mark.parametrize("form", ["csv", "json"])
async def test_lists_are_files_in_and_out(server: Server, form: str) -> None:
    operator = Operator(server)
    list_id = await words(server, "old")
    many = [f"word{number}" for number in range(5000)]
    head = "pattern\r\n" if form == "csv" else ""
    given = head + "\r\n".join([*many, "*"]) if form == "csv" else json.dumps({"patterns": [*many, "*"]})
    path = f"{ROOT}/lists/{list_id}"
    token = {"authorization": f"Bearer {server.app.instance.token}"}
    status, _, body = await server.raw("POST", f"{path}/import?format={form}&replace=true", given.encode(), token)
    assert status == 200, body
    done = await operator.done(json.loads(body))
    assert done["progress"] == {"done": 5001, "total": 5001, "unit": "patterns"}
    assert "5000 taken, 1 left out" in done["message"]
    status, _, body = await server.raw("GET", f"{path}/export?format={form}", b"", token)
    found = body.decode().split()[1:] if form == "csv" else json.loads(body)["patterns"]
    assert sorted(found) == sorted(many)
    alice = await server.register("alice")
    room_id = await alice.create_room()

    async def blocked() -> bool:
        return (await send_content(alice, room_id, {"msgtype": "m.text", "body": "word4999"}))[0] == 403

    await until(blocked)
    assert (await send_content(alice, room_id, {"msgtype": "m.text", "body": "old"}))[0] == 200
    for bad in (b"\xff\xfe", b'{"patterns": 1}', b"[" * 5000):
        assert (await server.raw("POST", f"{path}/import?format=json", bad, token))[0] == 400


class Reads(Detector):
    """Finds the words that are in a file's last bytes."""

    name = "reads"
    kinds = MEDIA_KINDS
    labels: ClassVar[dict[str, Any]] = {}
    version = "1"

    async def look(self, file: MediaFile) -> Scores:
        return Scores(texts=(Text(file.path.read_bytes()[-100:].decode("latin-1"), "picture"),))


async def test_words_in_media_count_as_words(server: Server) -> None:
    await words(server, "rotten fish", action="review")
    parts_of(server).detectors.add(Reads())
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    written, named = await upload(alice, samples.png() + b" rotten fish"), await upload(alice, name="rotten fish.png")
    for media_id in (written, named):
        event_id = (await send_file(alice, room_id, media_id))[1]["event_id"]
        assert event_id not in await events_of(bob, room_id)
    cases = (await Operator(server).ask("GET", "/screening/cases"))["cases"]
    assert [case["reasons"][0]["source"] for case in cases] == ["text", "text"]
    assert cases[0]["reasons"][0]["detector"] == "reads"


async def test_policies_are_for_rooms_senders_departments_and_kinds(office: Office) -> None:
    server = office.server
    add_marks(server)
    await words(server, "rotten", label="rude", action="review")
    sales = await office.department("Sales")
    north = await office.department("North", sales)
    seller = await office.staff("seller", north)
    customer = await server.register("customer")
    room_id, other = await together(seller, customer, office.owner), await together(customer, seller, office.owner)
    strict = {"thresholds": {"bad": {"block": 0.2}}}
    await policies(
        server,
        {"name": "a room", "match": {"rooms": [other]}, "screen": False},
        {"name": "sales", "match": {"departments": [sales], "senders": ["staff"]}, "text": {"rude": "allow"},
         "detectors": {"marks": {"enabled": False}}},
        {"name": "customers' documents", "match": {"senders": ["customer"], "media": ["document"]},
         "detectors": {"marks": strict}},
        {"name": "customers", "match": {"senders": ["customer"]}, "text": {"rude": "block"}},
    )  # fmt: skip

    async def says(client: Any, where: str) -> int:
        return (await send_content(client, where, {"msgtype": "m.text", "body": "rotten"}))[0]

    assert (await says(seller, room_id), await says(customer, room_id), await says(customer, other)) == (200, 403, 200)
    assert (await send_file(seller, room_id, await upload(seller, marked(1.0))))[0] == 200
    mild = await upload(customer, marked(0.3, "m"))
    assert (await send_file(customer, room_id, mild))[0] == 200
    text = await upload(customer, b"words bad=0.30", content_type="text/plain")
    assert (await send_file(customer, room_id, text))[0] == 403
    assert (await send_file(customer, other, text))[0] == 200
    tried = await Operator(server).ask(
        "POST", "/screening/try", {"media_id": text, "room_id": room_id, "sender": customer.user_id}
    )
    assert (tried["action"], tried["policy"]) == ("block", "customers' documents")
    assert {"detector": "marks", "outcome": "seen", "labels": {"bad": 0.3}, "message": ""} in tried["seen"]
    tried = await Operator(server).ask("POST", "/screening/try", {"text": "rotten", "sender": seller.user_id})
    assert (tried["action"], tried["policy"]) == ("allow", "sales")


async def test_policies_have_versions(server: Server) -> None:
    operator = Operator(server)
    assert (await policies(server, {"name": "one"}))["version"] == 1
    assert (await policies(server, {"name": "two"}))["version"] == 2
    status, answer = await operator.attempt("PUT", "/screening/policies", {"version": 1, "policies": []})
    assert (status, answer["errcode"]) == (409, "M_INVALID_PARAM")
    versions = (await operator.ask("GET", "/screening/policies/versions"))["versions"]
    assert [(each["version"], each["policies"][0]["name"]) for each in versions] == [(2, "two"), (1, "one")]
    assert (await operator.ask("GET", "/screening/policies/versions/1"))["policies"] == [{"name": "one"}]
    await server.restart()
    assert (await operator.ask("GET", "/screening/policies"))["version"] == 2
    for bad in (
        [{"name": "x"}, {"name": "x"}],
        [{"name": "x", "detectors": {"type": {"thresholds": {"a": {"review": 0.9, "block": 0.1}}}}}],
        [{"name": "x", "deadline": -1}],
        [{"name": "x", "match": {"senders": ["nobody"]}}],
        [{"name": ""}],
    ):
        assert (await operator.attempt("PUT", "/screening/policies", {"version": 2, "policies": bad}))[0] == 400, bad


async def test_what_was_sent_is_looked_at_anew(make_server: MakeServer) -> None:
    server = await make_server()
    marks, operator = add_marks(server), Operator(server)
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    bad, good = await upload(alice, samples.png() + b"BAD"), await upload(alice, samples.png())
    event_id = (await send_file(alice, room_id, bad))[1]["event_id"]
    await send_file(alice, room_id, good)
    await bob.put(f"/profile/{bob.user_id}/avatar_url", {"avatar_url": mxc(good)})
    assert await sees(bob, bad)
    marks.sees = lambda data: Scores(labels={"bad": float(b"BAD" in data)})
    marks.revision = "2"
    parts_of(server).detectors.version_changed(marks)

    async def withheld() -> bool:
        return not await sees(bob, bad)

    await until(withheld)
    assert await sees(alice, bad)
    assert await sees(bob, good)

    async def cases() -> Any:
        return (await operator.ask("GET", "/screening/cases", kind="sent"))["cases"]

    (case,) = await until(cases)  # It is withheld a moment before its case is stored.
    assert (case["event_id"], case["labels"]) == (event_id, ["bad"])
    await server.restart()
    assert not await sees(bob, bad), "it stays so"
    await operator.ask("POST", f"/screening/cases/{case['case_id']}/approve", {"reason": "a mistake"})
    assert await sees(bob, bad)


async def test_a_new_policy_may_redact_what_was_sent(server: Server) -> None:
    add_marks(server)
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    media_id = await upload(alice, marked(0.4))
    event_id = (await send_file(alice, room_id, media_id))[1]["event_id"]
    await policies(server, {"name": "strict", "on_seen_later": "redact",
                            "detectors": {"marks": {"thresholds": {"bad": {"block": 0.3}}}}})  # fmt: skip

    async def redacted() -> bool:
        return bool((await bob.get(f"/rooms/{room_id}/event/{event_id}"))["content"] == {})

    await until(redacted)
    assert not await sees(bob, media_id)
