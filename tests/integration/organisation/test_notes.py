"""What the staff notes about customers."""

from __future__ import annotations

import pytest

from roomkeeper.core.organisation import notes as module
from tests.harness import Client
from tests.integration.handover.leaving import asked, team, until_status
from tests.integration.organisation.office import PASSWORD, Office, person
from tests.integration.organisation.talking import direct, until
from tests.integration.rooms.paths import error


def notes_path(customer: Client) -> str:
    """The path of the notes about a customer."""
    return f"{person(customer.user_id)}/notes"


async def bodies(reader: Client, customer: Client) -> list[str]:
    """What is noted."""
    return [each["body"] for each in (await reader.get(notes_path(customer)))["notes"]]


async def test_written_read_deleted(office: Office) -> None:
    """By those who have the customer, and who may see their contacts; never by the customer."""
    ann, ben = await team(office, "ann", "ben")
    customer = await office.server.register("customer")
    path = notes_path(customer)
    assert await error(ann, "GET", path) == (403, "M_FORBIDDEN")
    await direct(customer, ann)
    first = await ann.post(path, {"body": "Prefers mornings.\nHas a dog."})
    assert (first["author_id"], first["customer_id"]) == (ann.user_id, customer.user_id)
    await office.owner.post(path, {"body": "Pays late"})
    assert await bodies(ann, customer) == ["Pays late", "Prefers mornings.\nHas a dog."]
    for client in (ben, customer):
        for method, json in (("GET", None), ("POST", {"body": "x"})):
            assert await error(client, method, path, json) == (403, "M_FORBIDDEN")
        assert await error(client, "DELETE", f"{path}/{first['note_id']}") == (403, "M_FORBIDDEN")
    assert await error(office.owner, "DELETE", f"{path}/{first['note_id']}") == (403, "M_FORBIDDEN")
    await ann.delete(f"{path}/{first['note_id']}")
    assert await error(ann, "DELETE", f"{path}/{first['note_id']}") == (404, "M_NOT_FOUND")
    assert await bodies(ann, customer) == ["Pays late"]
    audited = await office.server.app.audit.about(customer.user_id, before=None, limit=100)
    assert [(each.permission, each.actor) for each in audited if "notes" in each.permission] == [
        ("notes.delete", ann.user_id),
        ("notes.add", office.owner.user_id),
        ("notes.add", ann.user_id),
    ]


async def test_a_supervisor_of_the_department(office: Office) -> None:
    sales, support = await office.department("Sales"), await office.department("Support")
    ann, customer = await office.staff("ann", sales), await office.server.register("customer")
    await direct(customer, ann)
    await ann.post(notes_path(customer), {"body": "x"})
    for name, department_id, expected in (("one", sales, 200), ("two", support, 403)):
        chief = await office.staff(name, department_id)
        await office.give(chief.user_id, "supervisor", department_id)
        assert (await chief.attempt("GET", notes_path(customer)))[0] == expected


async def test_the_successor_reads_them_after_the_yes(office: Office) -> None:
    ann, ben = await team(office, "ann", "ben")
    customer = await office.server.register("customer")
    await direct(customer, ann)
    await ann.post(notes_path(customer), {"body": "Prefers mornings"})
    departure_id, [offer] = await asked(office, ann, customer)
    assert await error(ben, "GET", notes_path(customer)) == (403, "M_FORBIDDEN")
    await customer.join(offer["new_room_id"])
    await until_status(office, departure_id, customer, "accepted")
    assert await bodies(ben, customer) == ["Prefers mornings"]
    # And who the customer is.
    contacts = (await ben.get("/_roomkeeper/v1/contacts"))["contacts"]
    assert [each["customer_id"] for each in contacts] == [customer.user_id]


async def test_pages_and_limits(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 5)
    ann, customer = await office.staff("ann"), await office.server.register("customer")
    await direct(customer, ann)
    path = notes_path(customer)
    for number in range(5):
        await ann.post(path, {"body": f"{number}"})
    assert (await ann.attempt("POST", path, {"body": "one more"}))[1]["errcode"] == "M_USER_LIMIT_EXCEEDED"
    page = await ann.get(path, limit=3)
    rest = await ann.get(path, limit=3, **{"from": page["next_batch"]})
    found = [each["body"] for each in page["notes"] + rest["notes"]]
    assert (sorted(found), len(found), "next_batch" in rest) == (["0", "1", "2", "3", "4"], 5, False)
    for wrong in ({}, {"body": ""}, {"body": "x" * 5001}, {"body": "\0"}, {"body": 1}):
        assert (await ann.attempt("POST", path, wrong))[0] == 400
    assert await error(ann, "GET", f"{person(ann.user_id)}/notes") == (404, "M_NOT_FOUND")
    assert await error(ann, "GET", f"{person('@nobody:example.org')}/notes") == (404, "M_NOT_FOUND")


async def test_they_go_with_the_customer(office: Office) -> None:
    ann, customer = await office.staff("ann"), await office.server.register("customer")
    await direct(customer, ann)
    await ann.post(notes_path(customer), {"body": "x"})
    identifier = {"type": "m.id.user", "user": customer.user_id}
    auth = {"type": "m.login.password", "password": PASSWORD, "identifier": identifier}
    await customer.post("/account/deactivate", {"auth": auth, "erase": True})

    async def is_gone() -> bool:
        return await bodies(office.owner, customer) == []

    await until(is_gone)
