"""What the console's page of screening asks the server for: details of a case, news, trying, detectors, attention."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from roomkeeper.capabilities.screening.details import marks_in
from roomkeeper.capabilities.screening.detectors import Failed, Scores
from roomkeeper.capabilities.screening.detectors.interface import Text
from roomkeeper.platform.clock import FixedClock
from tests.conftest import MakeServer
from tests.harness import Server
from tests.integration.media.uploading import send as request_bytes
from tests.integration.media.uploading import together, upload
from tests.integration.organisation.office import Office
from tests.integration.retention.operator import Operator
from tests.integration.screening.world import ROOT, add_marks, marked, send_content, send_file, until

REVIEWED = 0.7
HOUR_MS = 3_600_000


async def word_list(operator: Operator, patterns: list[str], **more: Any) -> str:
    """A new list of words."""
    body = {"name": "insults", "label": "insult", "action": "review", "patterns": patterns, **more}
    return str((await operator.ask("POST", "/screening/lists", body))["list_id"])


async def test_a_case_in_detail(server: Server) -> None:
    marks = add_marks(server)
    marks.sees = lambda _: Scores(labels={"bad": REVIEWED}, texts=(Text("Sign here, please", "picture"),))
    operator = Operator(server)
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob, name="Harbour office")
    media_id = await upload(alice, marked(REVIEWED))
    await send_file(alice, room_id, media_id)
    (case,) = (await operator.ask("GET", "/screening/cases"))["cases"]
    detail = await operator.ask("GET", f"/screening/cases/{case['case_id']}")
    assert (detail["room_name"], detail["policy"]) == ("Harbour office", "default")
    look = next(each for each in detail["looks"] if each["detector"] == "marks")
    (score,) = look["scores"]
    assert score == {"label": "bad", "score": REVIEWED, "review": 0.5, "block": 0.9, "action": "review"}
    assert [each["text"] for each in detail["extracts"]] == ["Sign here, please"]


async def test_where_words_stand(server: Server) -> None:
    operator = Operator(server)
    await word_list(operator, ["nasty fish", "坏蛋", "rott*"])
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    body = "You NASTY   fish, you n4sty fish! 你这个坏蛋吧。 Rotten, again."
    await send_content(alice, room_id, {"msgtype": "m.text", "body": body})
    (case,) = (await operator.ask("GET", "/screening/cases"))["cases"]
    detail = await operator.ask("GET", f"/screening/cases/{case['case_id']}")
    assert [body[start:end] for start, end in detail["marks"]] == ["NASTY   fish", "n4sty fish", "坏蛋", "Rotten"]


def test_nothing_is_marked_where_nothing_is_found() -> None:
    assert marks_in("some words", lambda _: set()) == []


async def test_news_of_cases(office: Office) -> None:
    add_marks(office.server)
    moderator = await office.staff("moderator")
    await office.give(moderator.user_id, "moderator")
    since = (await moderator.get(f"{ROOT}/cases/news"))["since"]
    assert (await moderator.get(f"{ROOT}/cases/news", since=since, timeout=0))["since"] == since
    alice, bob = await office.server.register("alice"), await office.server.register("bob")
    room_id = await together(alice, bob)
    media_id = await upload(alice, marked(REVIEWED))
    waiting = asyncio.create_task(moderator.get(f"{ROOT}/cases/news", since=since, timeout=30_000))
    await send_file(alice, room_id, media_id)
    assert (await waiting)["since"] != since
    assert (await alice.attempt("GET", f"{ROOT}/cases/news"))[0] == 403


async def test_cases_of_a_department(office: Office) -> None:
    add_marks(office.server)
    sales, law = await office.department("Sales"), await office.department("Law")
    north = await office.department("North", sales)
    desk, clerk = await office.staff("desk", north), await office.staff("clerk", law)
    for sender, other in ((desk, clerk), (clerk, desk)):
        room_id = await together(sender, other)
        await send_file(sender, room_id, await upload(sender, marked(REVIEWED, sender.user_id)))

    async def senders(department: str) -> list[str]:
        found = await office.owner.get(f"{ROOT}/cases", department=department)
        return [case["sender"] for case in found["cases"]]

    assert await senders(sales) == [desk.user_id]
    assert await senders(law) == [clerk.user_id]
    assert (await office.owner.attempt("GET", f"{ROOT}/cases?department=none"))[0] == 404
    only = await office.staff("only", law)
    await office.give(only.user_id, "moderator", law)
    assert (await only.get(f"{ROOT}/cases", department=sales))["cases"] == []


async def test_policies_are_tried_before_they_count(office: Office) -> None:
    server, owner = office.server, office.owner
    marks = add_marks(server)
    sales = await office.department("Sales")
    await word_list(Operator(server), ["nasty"])
    body: dict[str, Any] = {"text": "so nasty", "kind": "customer", "department": sales}
    tried = await owner.post(f"{ROOT}/try", body)
    assert (tried["action"], tried["policy"]) == ("review", "default")
    policies = [
        {"name": "strict", "match": {"senders": ["customer"], "departments": [sales]}, "text": {"insult": "block"}},
        {"name": "files", "detectors": {"marks": {"thresholds": {"bad": {"review": 0.1, "block": 0.2}}}}},
    ]
    tried = await owner.post(f"{ROOT}/try", {**body, "policies": policies})
    assert (tried["action"], tried["policy"]) == ("block", "strict")
    tried = await owner.post(f"{ROOT}/try", {**body, "kind": "staff", "policies": policies})
    assert (tried["action"], tried["policy"]) == ("review", "files")
    media_id = await upload(owner, marked(0.3))
    assert (await owner.post(f"{ROOT}/try", {"media_id": media_id}))["action"] == "allow"
    tried = await owner.post(f"{ROOT}/try", {"media_id": media_id, "kind": "bot", "policies": policies})
    assert (tried["action"], tried["policy"]) == ("block", "files")
    status, answer = await owner.attempt("POST", f"{ROOT}/try", {**body, "policies": [policies[0], policies[0]]})
    assert (status, answer["error"]) == (400, "Two policies have the same name.")
    assert (await owner.get(f"{ROOT}/policies"))["version"] == 0, "nothing of it counts"
    assert len(marks.asked) == 1


async def test_detectors_say_how_they_are(office: Office) -> None:
    server, owner = office.server, office.owner
    marks = add_marks(server)
    marks.gone = "Install it."

    async def shown() -> dict[str, Any]:
        found = await owner.get(f"{ROOT}/detectors")
        return next(each for each in found["detectors"] if each["name"] == "marks")

    assert (await shown())["needed_by"] == []
    policy = {"name": "careful", "detectors": {"marks": {"on_absence": "review"}}}
    await owner.put(f"{ROOT}/policies", {"version": 0, "policies": [policy]})
    assert (await shown())["needed_by"] == ["careful"]
    attention = (await owner.get("/_roomkeeper/v1/overview"))["attention"]
    (item,) = [each for each in attention if each["values"].get("detector") == "marks"]
    assert (item["code"], item["state"], item["view"]) == ("screening.detector", "failing", "detectors")
    assert (item["values"]["reason"], item["values"]["policies"]) == ("Install it.", "careful")
    marks.gone, marks.error = None, Failed("The service is away.")
    await upload(owner, marked(REVIEWED))

    async def failed() -> Any:
        return (await shown())["failures"]

    failures = await until(failed)
    assert (failures["count"], failures["message"]) == (1, "The service is away.")
    marks.gate.clear()
    marks.error = None
    await upload(owner, marked(REVIEWED, "other"))

    async def busy() -> bool:
        return bool((await shown())["under_way"])

    await until(busy)
    assert (await owner.get(f"{ROOT}/detectors"))["files"] >= 1
    marks.gate.set()


async def test_the_overview_names_what_waits_long(make_server: MakeServer) -> None:
    clock = FixedClock(1_790_000_000_000)
    server = await make_server(clock=clock)
    add_marks(server)
    operator = Operator(server)
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    await send_file(alice, room_id, await upload(alice, marked(REVIEWED)))

    async def named() -> list[Any]:
        attention = (await operator.ask("GET", "/overview"))["attention"]
        return [each for each in attention if each["code"] == "screening.late"]

    assert await named() == []
    since = clock.now_ms()
    clock.advance(2 * HOUR_MS)
    (item,) = await named()
    assert item["values"] == {"count": 1, "late_after_ms": HOUR_MS, "longest_ms": 2 * HOUR_MS}
    assert (await operator.ask("GET", "/screening/statistics"))["longest_since_ts"] == since


async def test_figures_by_the_day(make_server: MakeServer) -> None:
    clock = FixedClock(1_790_000_000_000)
    server = await make_server(clock=clock)
    add_marks(server)
    operator = Operator(server)
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    for hours in (0, 1, 24):
        clock.advance(hours * HOUR_MS)
        await send_file(alice, room_id, await upload(alice, marked(0.0, str(hours))))
    until_ts = clock.now_ms() + 1
    query = f"since={until_ts - 72 * HOUR_MS}&until={until_ts}"
    hours = (await operator.ask("GET", f"/screening/statistics?{query}"))["hours"]
    days = (await operator.ask("GET", f"/screening/statistics?{query}&step=day"))["hours"]
    assert sum(each["verdicts"]["allow"] for each in hours) == 3
    assert len(hours) == 3
    assert [each["verdicts"]["allow"] for each in days] == [2, 1]
    assert all(each["ts"] % (24 * HOUR_MS) == 0 for each in days)


async def test_patterns_are_searched(server: Server) -> None:
    operator = Operator(server)
    list_id = await word_list(operator, ["100% sure", "Fish", "fishy", "under_score", "underXscore"])

    async def found(search: str) -> list[str]:
        path = f"/screening/lists/{list_id}/patterns?search={quote(search)}"
        return list((await operator.ask("GET", path))["patterns"])

    assert await found("FISH") == ["Fish", "fishy"]
    assert await found("0%") == ["100% sure"]
    assert await found("r_s") == ["under_score"]
    assert await found("!") == []


async def test_what_is_wrong_with_patterns_is_said_of_each(office: Office) -> None:
    owner = office.owner
    body = {"name": "expressions", "kind": "expressions"}
    list_id = (await owner.post(f"{ROOT}/lists", body))["list_id"]
    status, answer = await owner.attempt("POST", f"{ROOT}/lists/{list_id}/patterns", {"patterns": ["a+", "(", "b*"]})
    assert status == 400
    wrong = answer["org.roomkeeper.patterns"]
    assert [(each["row"], each["pattern"]) for each in wrong] == [(2, "("), (3, "b*")]


@pytest.mark.parametrize("rows", [3, 150])
async def test_an_import_says_which_rows_it_left_out(office: Office, rows: int) -> None:
    moderator = await office.staff("moderator")
    await office.give(moderator.user_id, "moderator")
    body = {"name": "expressions", "kind": "expressions"}
    list_id = (await moderator.post(f"{ROOT}/lists", body))["list_id"]
    file = "pattern\r\n" + "".join(f"good{row}\r\n(bad{row}\r\n" for row in range(rows))
    answer = await request_bytes(moderator, "POST", f"{ROOT}/lists/{list_id}/import?format=csv", file.encode())
    job = answer.json
    path = f"{ROOT}/lists/{list_id}/imports/{job['job_id']}"

    async def over() -> Any:
        found = await moderator.get(path, since=job["version"], timeout=1000)
        return found if found["job"]["state"] == "succeeded" else None

    report = (await until(over))["report"]
    assert (report["taken"], report["left_out"], len(report["errors"])) == (rows, rows, min(rows, 100))
    assert (report["errors"][0]["row"], report["errors"][0]["pattern"]) == (2, "(bad0")
    other = (await moderator.post(f"{ROOT}/lists", {"name": "other"}))["list_id"]
    assert (await moderator.attempt("GET", f"{ROOT}/lists/{other}/imports/{job['job_id']}"))[0] == 404
