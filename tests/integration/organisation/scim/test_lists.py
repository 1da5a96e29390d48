"""Lists of users and groups: filters, pages, order."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.organisation.scim.client import ENTERPRISE, Scim

PEOPLE: dict[str, dict[str, Any]] = {
    "Ann": {
        "displayName": "Änne",
        "externalId": "A1",
        "name": {"familyName": "Young", "givenName": "Anne"},
        "emails": [{"value": "ann@example.org", "type": "work", "primary": True}, {"value": "a2@home.example"}],
        "title": "Head",
        ENTERPRISE: {"employeeNumber": "7"},
    },
    "ben": {"displayName": "Ben", "emails": [{"value": "ben@example.org", "type": "home"}], "active": False},
    "cid": {"externalId": "a1", "name": {"familyName": "Zoo"}, "userType": "Temp"},
}


@pytest.fixture
async def people(scim: Scim) -> Scim:
    """Three users."""
    for name, more in PEOPLE.items():
        await scim.create(name, **more)
    return scim


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('userName eq "ANN"', ["Ann"]),
        ('userName ne "ann"', ["ben", "cid"]),
        ('urn:ietf:params:scim:schemas:core:2.0:User:userName sw "a"', ["Ann"]),
        ('userName co "i"', ["cid"]),
        ('userName ew "N"', ["Ann", "ben"]),
        ('userName co "%"', []),
        ('userName gt "ann"', ["ben", "cid"]),
        ('userName ge "ben" and userName le "ben"', ["ben"]),
        ('userName lt "b"', ["Ann"]),
        ('externalId eq "A1"', ["Ann"]),
        ("externalId pr", ["Ann", "cid"]),
        ('id eq "@ben:example.org"', ["ben"]),
        ("active eq true", ["Ann", "cid"]),
        ("active eq false", ["ben"]),
        ("not (active eq true)", ["ben"]),
        ('emails eq "ben@example.org"', ["ben"]),
        ('emails.value eq "A2@home.example"', ["Ann"]),
        ('emails.value co "example.org"', ["Ann", "ben"]),
        ("emails pr", ["Ann", "ben"]),
        ('emails[type eq "work" and value co "ann"]', ["Ann"]),
        ('emails[type eq "home" and value co "ann"]', []),
        ('displayName eq "änne"', ["Ann"]),
        ('name.familyName eq "young"', ["Ann"]),
        ("name.familyName pr", ["Ann", "cid"]),
        ('not (name.familyName eq "young")', ["ben", "cid"]),
        ('name.givenName sw "an"', ["Ann"]),
        ('title eq "head"', ["Ann"]),
        ("title pr", ["Ann"]),
        ('userType eq "temp" or userName eq "ben"', ["ben", "cid"]),
        ('(userType eq "temp" or userName eq "ben") and active eq true', ["cid"]),
        ('active eq true and not (title pr or userType co "x")', ["cid"]),
        (f'{ENTERPRISE}:employeeNumber eq "7"', ["Ann"]),
        ('meta.created gt "2020-01-01T00:00:00Z"', ["Ann", "ben", "cid"]),
        ('meta.lastModified lt "2020-01-01T00:00:00Z"', []),
        ('userName eq "O\'Neil; DROP TABLE people"', []),
    ],
)
async def test_filters(people: Scim, text: str, names: list[str]) -> None:
    assert await people.names(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "userName",
        'userName eq "x',
        "userName eq",
        'userName xx "x"',
        "(userName pr",
        "active gt true",
        "active co true",
        'active eq "x"',
        'meta.created gt "yesterday"',
        'meta.created co "2020"',
        'emails[type eq "work"',
        "userName pr and " * 101 + "userName pr",
        'userName eq "' + "x" * 4000 + '"',
        "((((((",
    ],
)
async def test_a_filter_that_is_none(people: Scim, text: str) -> None:
    from urllib.parse import quote

    answer = await people.ask("GET", f"/Users?filter={quote(text)}")
    assert answer.kind in ((400, "invalidFilter"), (400, "invalidValue")), answer


async def test_a_filter_that_no_index_answers_is_bounded(people: Scim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roomkeeper.core.organisation.scim.users.SCANNED", 2)
    answer = await people.ask("GET", "/Users?filter=userType%20pr")
    assert answer.kind == (400, "tooMany")
    assert await people.names('userType pr and userName sw "c"') == ["cid"]


async def test_pages(scim: Scim) -> None:
    for number in range(12):
        await scim.create(f"desk{number:02}")
    found, start = [], 1
    while True:
        page = await scim.get("/Users", startIndex=start, count=5)
        assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (12, start, len(page["Resources"]))
        if not page["Resources"]:
            break
        found += [each["userName"] for each in page["Resources"]]
        start += 5
    assert found == [f"desk{number:02}" for number in range(12)]
    none = await scim.get("/Users", count=0)
    assert (none["totalResults"], none["Resources"]) == (12, [])
    assert (await scim.get("/Users", startIndex=-3, count=1))["startIndex"] == 1
    assert (await scim.get("/Users", count=-1))["itemsPerPage"] == 0
    assert (await scim.ask("GET", "/Users?count=x")).kind == (400, "invalidValue")
    page = await scim.get("/Users", filter='userName sw "desk" and not (nickName pr)', startIndex=11, count=5)
    assert (page["totalResults"], [each["userName"] for each in page["Resources"]]) == (12, ["desk10", "desk11"])


async def test_order(people: Scim) -> None:
    names = await people.names("userName pr", sortBy="name.familyName", sortOrder="descending")
    assert names.index("cid") < names.index("Ann")
    assert await people.names("userName pr", sortBy="userName", sortOrder="descending") == ["cid", "ben", "Ann"]
    assert (await people.ask("GET", "/Users?sortBy=bogus")).kind == (400, "invalidValue")


async def test_search_by_a_body(people: Scim) -> None:
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": "active eq true",
        "attributes": ["userName"],
        "startIndex": 2,
        "count": 1,
    }
    answer = await people.ask("POST", "/Users/.search", body)
    assert (answer.status, answer.body["totalResults"]) == (200, 2)
    assert [set(each) for each in answer.body["Resources"]] == [{"schemas", "id", "userName"}]
    await people.group("Sales", "@ann:example.org")
    assert (await people.ask("POST", "/Groups/.search", {})).body["totalResults"] == 1
    everything = await people.ask("POST", "/.search", {"startIndex": 3, "count": 2})
    assert everything.body["totalResults"] == 4
    assert [each["meta"]["resourceType"] for each in everything.body["Resources"]] == ["User", "Group"]
    assert (await people.ask("POST", "/.search", {"count": []})).kind == (400, "invalidValue")


async def test_discovery(scim: Scim) -> None:
    types = await scim.get("/ResourceTypes")
    assert [each["name"] for each in types["Resources"]] == ["User", "Group"]
    for each in types["Resources"]:
        assert await scim.get(f"/ResourceTypes/{each['id']}") == each
        assert (await scim.get(f"/Schemas/{each['schema']}"))["id"] == each["schema"]
    assert (await scim.get("/Schemas"))["totalResults"] == 3
    assert (await scim.ask("GET", "/Schemas/urn:nothing")).status == 404
    assert (await scim.ask("GET", "/Schemas?filter=x")).status == 403
