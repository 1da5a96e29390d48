"""Users of SCIM: made, read, changed, and gone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.harness import Server
from tests.integration.accounts.operator import operator
from tests.integration.organisation.scim.client import ENTERPRISE, USER, Scim, at

FULL: dict[str, Any] = {
    "externalId": "e-1",
    "displayName": "Sales desk",
    "name": {"givenName": "Sales", "familyName": "Desk", "formatted": "The Sales Desk"},
    "title": "Clerk",
    "preferredLanguage": "en_US",
    "emails": [
        {"value": "other@example.org", "type": "home"},
        {"value": "desk@example.org", "type": "work", "primary": True},
    ],
    "phoneNumbers": [{"value": "+49 30 1", "type": "work"}],
    "active": True,
    ENTERPRISE: {"employeeNumber": "701984", "department": "Sales"},
}


async def test_made_and_read(scim: Scim) -> None:
    made = await scim.create("Desk@Example.org", **FULL)
    assert made["id"] == "@desk:example.org"
    assert made["schemas"] == [USER, ENTERPRISE]
    assert {name: made[name] for name in FULL} == FULL
    assert made["meta"]["location"].endswith("/scim/v2/Users/@desk:example.org")
    assert await scim.get(at(made)) == made
    status, person = await operator(scim.server, "GET", "/people/@desk:example.org")
    assert status == 200
    assert {name: person[name] for name in ("kind", "email", "language", "title", "user_name")} == {
        "kind": "staff",
        "email": "desk@example.org",
        "language": "en-US",
        "title": "Clerk",
        "user_name": "Desk@Example.org",
    }


@pytest.mark.parametrize(
    ("user_name", "user_id"),
    [
        ("Ann.Müller@example.org", "@ann.muller:example.org"),
        ("DOMAIN\\desk one", "@domain-desk-one:example.org"),
        ("客服", "@user:example.org"),
        ("@", "@user:example.org"),
        ("_x_", "@x:example.org"),
    ],
)
async def test_a_user_name_becomes_a_matrix_name(scim: Scim, user_name: str, user_id: str) -> None:
    assert (await scim.create(user_name))["id"] == user_id


async def test_names_that_collide_get_a_number(scim: Scim) -> None:
    await scim.server.register("desk")
    assert (await scim.create("desk@a.example"))["id"] == "@desk2:example.org"
    assert (await scim.create("desk@b.example"))["id"] == "@desk3:example.org"
    answer = await scim.ask("POST", "/Users", {"userName": "DESK@A.example"})
    assert answer.kind == (409, "uniqueness")


async def test_many_of_one_name_at_once(scim: Scim) -> None:
    made = await asyncio.gather(*(scim.create(f"desk@{number}.example") for number in range(8)))
    assert len({each["id"] for each in made}) == 8
    body = {"userName": "one@example.org"}
    answers = await asyncio.gather(*(scim.ask("POST", "/Users", body) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [201, *[409] * 7]


async def test_a_password_lets_them_in_and_is_never_told(scim: Scim) -> None:
    made = await scim.create("desk", password="correct horse battery")
    assert "password" not in made
    desk = await scim.server.login("desk")
    await scim.patch(at(made), {"op": "replace", "path": "password", "value": "another horse battery"})
    assert (await desk.attempt("GET", "/account/whoami"))[0] == 401
    await scim.server.login("desk", "another horse battery")
    answer = await scim.ask("POST", "/Users", {"userName": "weak", "password": "x"})
    assert answer.kind == (400, "invalidValue")


@pytest.mark.parametrize("value", [False, "False", "false"])
async def test_who_is_not_active_is_locked_at_once(scim: Scim, value: Any) -> None:
    made = await scim.create("desk", password="correct horse battery")
    desk = await scim.server.login("desk")
    answer = await scim.patch(at(made), {"op": "Replace", "path": "active", "value": value})
    assert (answer.status, answer.body["active"]) == (200, False)
    status, refused = await desk.attempt("GET", "/account/whoami")
    assert (status, refused["errcode"]) == (401, "M_USER_LOCKED")
    assert (await operator(scim.server, "GET", "/people/@desk:example.org"))[1]["state"] == "departed"
    await scim.server.restart()
    assert (await desk.attempt("GET", "/account/whoami"))[1]["errcode"] == "M_USER_LOCKED"
    back = await scim.patch(at(made), {"op": "Add", "value": {"active": "True"}})
    assert back.body["active"] is True
    assert (await desk.get("/account/whoami"))["user_id"] == "@desk:example.org"
    assert (await operator(scim.server, "GET", "/people/@desk:example.org"))[1]["state"] == "active"


async def test_who_departs_by_another_way_is_locked_as_well(scim: Scim) -> None:
    made = await scim.create("desk", password="correct horse battery")
    desk = await scim.server.login("desk")
    assert (await operator(scim.server, "PATCH", f"/people/{made['id']}", {"state": "departed"}))[0] == 200
    assert (await desk.attempt("GET", "/account/whoami"))[1]["errcode"] == "M_USER_LOCKED"
    assert (await scim.get(at(made)))["active"] is False


async def test_who_is_on_leave_is_active_and_stays_so(scim: Scim) -> None:
    made = await scim.create("desk")
    await operator(scim.server, "PATCH", f"/people/{made['id']}", {"state": "on_leave"})
    assert (await scim.patch(at(made), {"op": "replace", "value": {"active": True, "title": "x"}})).body["active"]
    assert (await operator(scim.server, "GET", f"/people/{made['id']}"))[1]["state"] == "on_leave"


async def test_deleted_is_gone_and_what_they_wrote_stays(scim: Scim) -> None:
    made = await scim.create("desk", password="correct horse battery", externalId="e-1")
    desk, guest = await scim.server.login("desk"), await scim.server.register("guest")
    room_id = await guest.create_room(preset="public_chat")
    await desk.join(room_id)
    await desk.send(room_id, "kept")
    answer = await scim.ask("DELETE", at(made))
    assert (answer.status, answer.body) == (204, {})
    assert (await scim.ask("GET", at(made))).status == 404
    assert (await scim.ask("DELETE", at(made))).status == 404
    assert await scim.names('userName eq "desk"') == []
    assert (await desk.attempt("GET", "/account/whoami"))[1]["errcode"] == "M_USER_LOCKED"
    assert (await operator(scim.server, "GET", f"/people/{made['id']}"))[1]["state"] == "departed"
    assert "kept" in await guest.timeline(room_id)
    again = await scim.create("desk", externalId="e-1")
    assert again["id"] == "@desk2:example.org"


async def test_replaced(scim: Scim) -> None:
    made = await scim.create("desk", **FULL)
    body = {"schemas": [USER], "userName": "desk2", "active": True, "id": "ignored", "meta": {}, "groups": []}
    answer = await scim.ask("PUT", at(made), body)
    assert answer.status == 200, answer
    assert set(answer.body) == {"schemas", "id", "userName", "active", "meta"}
    assert answer.body["id"] == made["id"]
    assert (await scim.ask("PUT", "/Users/@nobody:example.org", body)).status == 404
    assert (await scim.ask("PUT", at(made), {"schemas": [USER]})).kind == (400, "invalidValue")


async def test_patched_as_the_rfc_says(scim: Scim) -> None:
    made = await scim.create("desk", **FULL)
    answer = await scim.patch(
        at(made),
        {"op": "replace", "path": "name.familyName", "value": "Counter"},
        {"op": "add", "path": "emails", "value": [{"value": "third@example.org", "type": "other"}]},
        {"op": "remove", "path": 'emails[type eq "home"]'},
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "new@example.org"},
        {"op": "remove", "path": "title"},
        {"op": "add", "path": f"{ENTERPRISE}:employeeNumber", "value": "7"},
        {"op": "add", "value": {"nickName": "D"}},
    )
    assert answer.status == 200, answer
    found = answer.body
    assert found["name"]["familyName"] == "Counter"
    assert [each["value"] for each in found["emails"]] == ["new@example.org", "third@example.org"]
    assert "title" not in found
    assert (found[ENTERPRISE]["employeeNumber"], found["nickName"]) == ("7", "D")
    assert (await operator(scim.server, "GET", f"/people/{made['id']}"))[1]["email"] == "new@example.org"


async def test_patched_as_entra_id_does(scim: Scim) -> None:
    made, boss = await scim.create("desk"), await scim.create("boss")
    answer = await scim.patch(
        at(made),
        {"op": "Add", "path": 'emails[type eq "work"].value', "value": "desk@example.org"},
        {"op": "Replace", "value": {"name.givenName": "G", "displayName": "D", f"{ENTERPRISE}:department": "Sales"}},
        {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": boss["id"]},
        {"op": "Add", "path": "unheardOf", "value": "x"},
        {"op": "Add", "path": 'addresses[type eq "work"].country', "value": "DE"},
    )
    assert answer.status == 200, answer
    found = answer.body
    assert found["emails"] == [{"value": "desk@example.org", "type": "work"}]
    assert (found["displayName"], found["name"]["givenName"]) == ("D", "G")
    assert (found[ENTERPRISE]["department"], found[ENTERPRISE]["manager"]["value"]) == ("Sales", boss["id"])
    assert found["addresses"][0]["country"] == "DE"


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ({"op": "replace", "path": "id", "value": "x"}, (400, "mutability")),
        ({"op": "remove"}, (400, "noTarget")),
        ({"op": "replace", "path": "emails[", "value": "x"}, (400, "invalidPath")),
        ({"op": "bogus", "path": "title", "value": "x"}, (400, "invalidValue")),
        ({"op": "replace", "path": "title", "value": {"a": 1}}, (400, "invalidValue")),
        ({"op": "replace", "path": "title", "value": "x" * 201}, (400, "invalidValue")),
        ({"op": "replace", "path": "title", "value": "a\x00b"}, (400, "invalidValue")),
        ({"op": "remove", "path": "userName"}, (400, "mutability")),
        ({"path": "title"}, (400, "invalidSyntax")),
    ],
)
async def test_a_patch_that_cannot_be(scim: Scim, operation: dict[str, Any], kind: tuple[int, str]) -> None:
    made = await scim.create("desk")
    answer = await scim.patch(at(made), {"op": "add", "path": "nickName", "value": "N"}, operation)
    assert answer.kind == kind, answer
    assert await scim.get(at(made)) == made


async def test_versions(scim: Scim) -> None:
    made = await scim.create("desk")
    etag = made["meta"]["version"]
    shown = await scim.ask("GET", at(made))
    assert shown.headers["etag"] == etag
    assert etag.startswith('W/"')
    assert (await scim.ask("GET", at(made), if_none_match=etag)).status == 304
    title = {"op": "replace", "path": "title", "value": "x"}
    assert (await scim.patch(at(made), title, if_match='W/"nothing"')).status == 412
    changed = await scim.patch(at(made), title, if_match=etag)
    assert changed.status == 200
    assert changed.headers["etag"] != etag
    assert (await scim.ask("DELETE", at(made), if_match=etag)).status == 412
    assert (await scim.ask("GET", at(made), if_none_match=etag)).status == 200
    assert (await scim.ask("PUT", at(made), {"userName": "desk"}, if_match="*")).status == 200


async def test_attributes(scim: Scim) -> None:
    made = await scim.create("desk", **FULL)
    found = await scim.get(at(made), attributes="userName,emails.value")
    assert found == {
        "schemas": made["schemas"],
        "id": made["id"],
        "userName": "desk",
        "emails": [{"value": "other@example.org"}, {"value": "desk@example.org"}],
    }
    rest = await scim.get(at(made), excludedAttributes=f"id,emails.type,name,meta,{ENTERPRISE}:department")
    assert (rest["id"], "name" in rest, "meta" in rest) == (made["id"], False, False)
    assert rest["emails"][0] == {"value": "other@example.org"}
    assert rest[ENTERPRISE] == {"employeeNumber": "701984"}


async def test_tokens(server: Server, scim: Scim) -> None:
    await scim.create("desk")
    listed = (await operator(server, "GET", "/provisioning_tokens"))[1]["provisioning_tokens"]
    assert [(each["name"], each["created_by"]) for each in listed] == [("idp", "operator")]
    assert listed[0]["last_used_ts"] is not None
    assert scim.token not in str(listed)
    audit = (await operator(server, "GET", "/audit"))[1]["entries"]
    assert ("provisioning:idp", "people.create", "@desk:example.org") in {
        (each["actor"], each["permission"], each["object"]) for each in audit
    }
    assert (await operator(server, "POST", "/provisioning_tokens", {"name": "idp"}))[0] == 400
    assert (await operator(server, "DELETE", "/provisioning_tokens/idp"))[0] == 200
    refused = await scim.ask("GET", "/Users")
    assert (refused.status, refused.headers["www-authenticate"]) == (401, 'Bearer realm="scim"')
    assert (await operator(server, "DELETE", "/provisioning_tokens/idp"))[0] == 404


async def test_other_tokens_open_nothing(server: Server) -> None:
    alice = await server.register("alice")
    assert (await Scim(server, alice.token).ask("GET", "/Users")).status == 401
    made = (await operator(server, "POST", "/provisioning_tokens", {"name": "idp"}))[1]
    assert (await server.request("GET", "/_roomkeeper/v1/people", token=made["token"]))[0] == 401
    assert (await server.request("GET", "/account/whoami", token=made["token"]))[0] == 401


async def test_customers_and_who_has_no_user_name_are_no_users(server: Server, scim: Scim) -> None:
    guest = await server.register("guest")
    assert (await operator(server, "POST", "/people", {"localpart": "desk"}))[0] == 200
    assert (await scim.get("/Users"))["totalResults"] == 0
    for user_id in (guest.user_id, "@desk:example.org"):
        assert (await scim.ask("GET", f"/Users/{user_id}")).status == 404
    await operator(server, "PATCH", "/people/@desk:example.org", {"user_name": "desk"})
    assert (await scim.get("/Users"))["totalResults"] == 1


async def test_requests_are_limited(make_server: Any) -> None:
    from tests.integration.organisation.scim.client import scim_of

    server = await make_server(ROOMKEEPER_RATE_LIMITS="on")
    scim = await scim_of(server)
    for _ in range(3000):
        answer = await scim.ask("GET", "/ServiceProviderConfig")
        if answer.status == 429:
            assert int(answer.headers["retry-after"]) >= 1
            return
    pytest.fail("there is no limit")


async def test_what_is_not_there(scim: Scim) -> None:
    assert (await scim.ask("GET", "/nothing/at/all")).status == 404
    assert (await scim.ask("POST", "/Bulk", {"Operations": []})).status == 501
    config = await scim.get("/ServiceProviderConfig")
    assert config["bulk"]["supported"] is False
    assert config["patch"]["supported"] is True
    answer = await scim.ask("POST", "/Users", [1])
    assert answer.kind == (400, "invalidSyntax")
