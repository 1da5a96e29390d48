"""People from a CSV file."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from roomkeeper.core.organisation.imports import service
from roomkeeper.platform.instance import find_running
from tests.harness import Server
from tests.integration.accounts.operator import operator
from tests.integration.organisation.office import PASSWORD

ROOT = "/_roomkeeper/v1"
CSV = """\
User Name,Display name,E-Mail,Department,Skills,Session limit,Ignored
Ann@example.org,"Desk, first",ann@example.org,Sales/North; Support,a;b,5,x
ben@example.org,Ben,ben@example.org,Sales,,,
"""


class Importer:
    """The operator, with files."""

    def __init__(self, server: Server) -> None:
        self.server = server

    async def upload(self, content: str | bytes) -> str:
        """The id of a file."""
        running = find_running(self.server.data_dir)
        assert running is not None
        body = content if isinstance(content, bytes) else content.encode()
        headers = {"authorization": f"Bearer {running.token}", "content-type": "text/csv"}
        status, _, answer = await self.server.raw("POST", f"{ROOT}/imports", body, headers)
        assert status == 200, answer
        return str(json.loads(answer)["import_id"])

    async def preview(self, content: str | bytes, **options: Any) -> dict[str, Any]:
        """What a file would do."""
        status, answer = await operator(self.server, "POST", f"/imports/{await self.upload(content)}/preview", options)
        assert status == 200, answer
        return answer

    async def run(self, content: str | bytes, **options: Any) -> dict[str, Any]:
        """Import a file to the end; the import with its job."""
        import_id = await self.upload(content)
        status, job = await operator(self.server, "POST", f"/imports/{import_id}/run", options)
        assert status == 200, job
        return await self.ended(import_id, job["job_id"])

    async def ended(self, import_id: str, job_id: str) -> dict[str, Any]:
        """The import when its job has ended."""
        job: dict[str, Any] = {"state": "queued", "version": 0}
        while job["state"] in ("queued", "running"):
            since = {"since": job["version"], "timeout": 20_000}
            job = (await operator(self.server, "GET", f"/jobs/{job_id}", **since))[1]
        return {**(await operator(self.server, "GET", f"/imports/{import_id}"))[1], "job": job}

    async def errors(self, import_id: str) -> str:
        """The report of what could not be taken."""
        running = find_running(self.server.data_dir)
        assert running is not None
        headers = {"authorization": f"Bearer {running.token}"}
        status, answered, body = await self.server.raw("GET", f"{ROOT}/imports/{import_id}/errors", b"", headers)
        assert (status, answered["content-type"]) == (200, "text/csv; charset=utf-8")
        return body.decode("utf-8-sig")

    async def person(self, name: str) -> dict[str, Any]:
        """Somebody."""
        status, found = await operator(self.server, "GET", f"/people/@{name}:example.org")
        assert status == 200, found
        return found


@pytest.fixture
def importer(server: Server) -> Importer:
    return Importer(server)


async def test_a_preview_changes_nothing(importer: Importer) -> None:
    found = await importer.preview(CSV, create_departments=True)
    assert found["counts"] == {"created": 2, "changed": 0, "unchanged": 0, "failed": 0}
    assert found["mapping"] == {
        "User Name": "user_name",
        "Display name": "display_name",
        "E-Mail": "email",
        "Department": "departments",
        "Skills": "skills",
        "Session limit": "session_limit",
        "Ignored": "",
    }
    assert found["rows"][0]["display_name"] == "Desk, first"
    assert found["new_departments"] == ["Sales/North", "Support", "Sales"]
    assert (await operator(importer.server, "GET", "/people"))[1]["people"] == []
    assert (await operator(importer.server, "GET", "/departments"))[1]["departments"] == []


async def test_an_import(importer: Importer) -> None:
    done = await importer.run(CSV, create_departments=True)
    assert done["job"]["state"] == "succeeded", done
    assert done["counts"]["created"] == 2
    departments = (await operator(importer.server, "GET", "/departments"))[1]["departments"]
    by_name = {each["name"]: each for each in departments}
    assert by_name["North"]["parent_id"] == by_name["Sales"]["department_id"]
    ann = await importer.person("ann")
    assert ann["departments"] == sorted(by_name[name]["department_id"] for name in ("North", "Support"))
    assert (ann["user_name"], ann["skills"], ann["session_limit"]) == ("Ann@example.org", ["a", "b"], 5)
    login = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": "ann"}, "password": ""}
    assert (await importer.server.request("POST", "/login", login))[0] == 403
    await operator(importer.server, "POST", "/users/ann/password", {"password": PASSWORD})
    client = await importer.server.login("ann", PASSWORD)
    assert (await client.get(f"/profile/{client.user_id}"))["displayname"] == "Desk, first"
    audit = (await operator(importer.server, "GET", "/audit"))[1]["entries"]
    assert ("operator", "people.create", ann["user_id"]) in {
        (each["actor"], each["permission"], each["object"]) for each in audit
    }
    again = await importer.run(CSV, create_departments=True)
    assert again["counts"] == {"created": 0, "changed": 0, "unchanged": 2, "failed": 0}


async def test_who_was_imported_is_found_in_the_directory(importer: Importer) -> None:
    await importer.run(CSV, create_departments=True)
    await operator(importer.server, "POST", "/users/ann/password", {"password": PASSWORD})
    ann, alice = await importer.server.login("ann", PASSWORD), await importer.server.register("alice")
    room_id = await alice.create_room(preset="public_chat")
    await ann.join(room_id)
    async with asyncio.timeout(20):
        while not (await alice.post("/user_directory/search", {"search_term": "first"}))["results"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_changes(importer: Importer) -> None:
    await importer.run(CSV, create_departments=True)
    await operator(importer.server, "POST", "/users/ben/password", {"password": PASSWORD})
    ben = await importer.server.login("ben", PASSWORD)
    done = await importer.run("login,name,state,title\nann@EXAMPLE.org,Desk,,Head\nben@example.org,,departed,\n")
    assert done["counts"] == {"created": 0, "changed": 2, "unchanged": 0, "failed": 0}
    ann = await importer.person("ann")
    assert (ann["display_name"], ann["title"], ann["email"]) == ("Desk", "Head", "ann@example.org")
    assert (await importer.person("ben"))["state"] == "departed"
    assert (await ben.attempt("GET", "/account/whoami"))[1]["errcode"] == "M_USER_LOCKED"
    await importer.run("login;state\nben@example.org;active\n")
    assert (await ben.get("/account/whoami"))["user_id"] == ben.user_id


async def test_errors_are_told_with_their_lines(importer: Importer) -> None:
    await importer.server.register("customer")
    text = (
        "user_name,localpart,email,department,state,kind,session_limit\n"
        "ok,,,,,,\n"
        ",,x@example.org,,,,\n"
        "bad1,,no address,,,,\n"
        "bad2,,,Nowhere,,,\n"
        "bad3,,,,gone,,\n"
        "bad4,,,,,customer,\n"
        "bad5,,,,,,many\n"
        "OK,,,,,,\n"
        "bad6,customer,,,,,\n"
        "bad7,NOT VALID,,,,,\n"
        "=cmd|x,,bad,,,,\n"
    )
    preview = await importer.preview(text)
    done = await importer.run(text)
    assert preview["counts"] == done["counts"] == {"created": 1, "changed": 0, "unchanged": 0, "failed": 10}
    assert [each["line"] for each in preview["errors"]] == list(range(3, 13))
    report = (await importer.errors(done["import_id"])).splitlines()
    assert report[0] == "line,name,error"
    assert len(report) == 11
    assert any("Line 2 is about the same person" in line for line in report)
    assert any(line.startswith("12,'=cmd|x,") for line in report)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
async def test_encodings_and_delimiters(importer: Importer, encoding: str, delimiter: str) -> None:
    rows = [["Benutzername", "Vorname", "Nachname"], ["desk", "Jürgen", "Größe"]]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    found = await importer.preview(text.encode(encoding))
    assert (found["counts"]["created"], found["delimiter"]) == (1, delimiter)
    assert found["rows"][0]["given_name"] == "Jürgen"


async def test_a_mapping_is_followed(importer: Importer) -> None:
    text = "A,B,Name\nann,ann@example.org,Desk\n"
    done = await importer.run(text, mapping={"A": "localpart", "B": "email", "Name": ""})
    assert done["counts"]["created"] == 1
    ann = await importer.person("ann")
    assert (ann["email"], ann["display_name"], ann["user_name"]) == ("ann@example.org", "", None)
    import_id = await importer.upload(text)
    for mapping in ({"C": "email"}, {"A": "email", "B": "email"}, {}):
        assert (await operator(importer.server, "POST", f"/imports/{import_id}/run", {"mapping": mapping}))[0] == 400


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b"\x00" * 100, b"\xff\xfe\x00", b"nothing\nx\n", b'"unclosed\n' * 10, b",,,\n" * 3, b"\x80" * 50],
)
async def test_what_is_no_such_file_is_refused(importer: Importer, content: bytes) -> None:
    import_id = await importer.upload(content)
    for action in ("preview", "run"):
        status, answer = await operator(importer.server, "POST", f"/imports/{import_id}/{action}", {})
        assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM"), answer


async def test_a_file_that_breaks_in_the_middle(importer: Importer) -> None:
    text = "user_name\nann\n" + '"' + "x" * 200_000 + "\nben\n"
    found = await importer.preview(text)
    assert (found["counts"]["created"], found["counts"]["failed"]) == (1, 1)
    assert "cannot be read" in found["errors"][0]["error"]


async def test_a_restart_in_the_middle_loses_and_doubles_nothing(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "ROWS", 10)
    total = 400
    text = "user_name,name\n" + "".join(f"desk{number}@example.org,Desk {number}\n" for number in range(total))
    import_id = await importer.upload(text)
    job = (await operator(importer.server, "POST", f"/imports/{import_id}/run", {}))[1]
    async with asyncio.timeout(30):
        while not (await operator(importer.server, "GET", f"/jobs/{job['job_id']}"))[1]["progress"]["done"]:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    await importer.server.restart()
    done = await importer.ended(import_id, job["job_id"])
    assert done["counts"] == {"created": total, "changed": 0, "unchanged": 0, "failed": 0}
    assert done["job"]["progress"] == {"done": total, "total": total, "unit": "rows"}


async def test_cancelled(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "ROWS", 5)
    text = "user_name\n" + "".join(f"desk{number}\n" for number in range(3000))
    import_id = await importer.upload(text)
    job = (await operator(importer.server, "POST", f"/imports/{import_id}/run", {}))[1]
    assert (await operator(importer.server, "POST", f"/imports/{import_id}/run", {}))[1]["job_id"] == job["job_id"]
    assert (await operator(importer.server, "DELETE", f"/imports/{import_id}"))[0] == 400
    assert (await operator(importer.server, "POST", f"/jobs/{job['job_id']}/cancel"))[0] == 200
    done = await importer.ended(import_id, job["job_id"])
    assert done["job"]["state"] == "cancelled"
    assert done["counts"]["created"] < 3000
    assert (await operator(importer.server, "DELETE", f"/imports/{import_id}"))[0] == 200
    assert (await operator(importer.server, "GET", f"/imports/{import_id}"))[0] == 404


async def test_files_are_forgotten(importer: Importer, tmp_path: Path) -> None:
    for number in range(service.KEPT + 3):
        await importer.upload(f"user_name\ndesk{number}\n")
    listed = (await operator(importer.server, "GET", "/imports"))[1]["imports"]
    assert len(listed) == service.KEPT
    assert len([path for path in (importer.server.data_dir / "imports").rglob("*") if path.is_file()]) == service.KEPT
