"""From the spool to the record: files and entries, resumed, refused, revoked, with nobody there."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from roomkeeper_agent import uploading
from roomkeeper_agent.server import Refused, Server, SignedOut, Unreachable
from roomkeeper_agent.sources.base import Entry, LocalFile
from roomkeeper_agent.spool import Spool
from roomkeeper_agent.uploading import Backoff, NotAllowed, Uploader
from tests.agent.test_spool import GREEN, NOW, always, batch, entry
from tests.integration.agent.desk import RECORDS, ROOT, Place, until


@contextlib.asynccontextmanager
async def uploads(place: Place, spool: Spool) -> AsyncIterator[tuple[Uploader, Server]]:
    """An uploader of that spool, which does not run by itself."""
    async with place.server() as server:
        uploader = Uploader(spool)
        uploader.use(server)
        yield uploader, server


async def test_entries_and_files(place: Place, tmp_path: Path) -> None:
    await place.sign_in()
    spool = place.spool()
    picture = tmp_path / "shot.png"
    picture.write_bytes(b"a picture")
    shot = LocalFile(path=str(picture), type="image/png")
    taken = Entry(id="s1", kind="screenshot", ts=NOW + 3, files=(shot,))
    spool.intake.store("a", batch(entry(1, raw="12:00 <green> 你好 1"), entry(2), taken), always("all"), NOW)
    async with uploads(place, spool) as (uploader, server):
        assert await uploader.step(server)
        assert not await uploader.step(server)
    assert spool.is_empty()
    (record,) = await place.records()
    assert (record["program"], record["title"], record["owner"]) == ("pidgin", "Green", "@desk:example.org")
    first, _, third = await place.entries(record["record_id"])
    assert (first["text"], first["sender"], first["chain"]) == ("你好 1", "green@example.org", "verified")
    (attached,) = third["attachments"]
    assert (attached["path"], attached["size"], attached["type"]) == (str(picture), 9, "image/png")
    path = f"{RECORDS}/{record['record_id']}/media/{attached['url'].rpartition('/')[2]}"
    token = await place.token("desk")
    async with place.http.get(place.process.url + path, headers={"Authorization": f"Bearer {token}"}) as answer:
        assert (answer.status, await answer.read()) == (200, b"a picture")
    raw = (await place.ask("GET", f"{RECORDS}/{record['record_id']}/entries", raw="true"))["entries"][0]
    assert raw["content"]["raw"] == "12:00 <green> 你好 1"
    spool.close()


def breaking_off(number: int, *, after: bool) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Requests of which one is not answered: before it was sent, or after it was done."""
    asked = itertools.count(1)
    request = Server.request

    async def breaking(self: Server, *arguments: Any, **more: Any) -> dict[str, Any]:
        is_it = next(asked) == number
        if is_it and not after:
            raise Unreachable("broken off before")
        answer = await request(self, *arguments, **more)
        if is_it:
            raise Unreachable("broken off after")
        return answer

    return breaking


async def test_goes_on_wherever_it_was_broken_off(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each request in turn is answered by nobody; the server has done what it was asked, or not."""
    await place.sign_in()
    spool = place.spool()
    monkeypatch.setattr(uploading, "PIECE", 3000)
    file = tmp_path / "f"
    file.write_bytes(b"some content")
    files = (LocalFile(path=str(file)),)
    expected: list[str] = []
    for after in (False, True):
        for broken in range(1, 9):
            number = len(expected)
            found = [entry(number * 100 + one, files=files if one == 0 else ()) for one in range(60)]
            expected += [each.id for each in found]
            spool.intake.store("a", batch(*found), always("all"), NOW)
            async with uploads(place, spool) as (uploader, server):
                with monkeypatch.context() as patched, contextlib.suppress(Unreachable):
                    patched.setattr(Server, "request", breaking_off(broken, after=after))
                    await uploader.step(server)
                while await uploader.step(server):
                    pass
    (record,) = await place.records()
    entries = await place.entries(record["record_id"])
    assert [each["id"] for each in entries] == expected
    assert sum(len(each.get("attachments", ())) for each in entries) == 16
    spool.close()


async def test_what_is_refused_is_set_aside_and_the_rest_goes(place: Place) -> None:
    await place.sign_in()
    spool = place.spool()
    spool.intake.store("a", batch(*(entry(number) for number in range(20))), always("all"), NOW)
    with spool.database.writing() as cursor:  # as a version of the agent would that makes what the server does not take
        cursor.execute("UPDATE entries SET entry = ? WHERE id = 'm13'", (b'{"id":"m13","ts":1,"sender":"a\\u0001b"}',))
    async with uploads(place, spool) as (uploader, server):
        while await uploader.step(server):
            pass
    (refused,) = spool.outbox.refused()
    assert refused["id"] == "m13"
    assert "Line 2" in refused["error"]
    (record,) = await place.records()
    ids = [each["id"] for each in await place.entries(record["record_id"])]
    assert ids == [f"m{number}" for number in range(20) if number != 13]
    spool.close()


async def test_a_file_that_the_server_has_removed_is_sent_again(place: Place, tmp_path: Path) -> None:
    await place.sign_in()
    spool = place.spool()
    file = tmp_path / "f"
    file.write_bytes(b"some content")
    spool.intake.store("a", batch(entry(1, files=(LocalFile(path=str(file)),))), always("all"), NOW)
    chunk = spool.outbox.choose()
    assert chunk is not None
    spool.outbox.mark_file(spool.outbox.files_due(chunk.entry_nos)[0], url="mxc://example.org/forgotten")
    async with uploads(place, spool) as (uploader, server):
        while await uploader.step(server):
            pass
    (record,) = await place.records()
    ((one,),) = [each["attachments"] for each in await place.entries(record["record_id"])]
    assert one["size"] == 12
    spool.close()


async def test_bytes_that_arrive_as_others_are_sent_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    await place.sign_in()
    spool = place.spool()
    spool.intake.store("a", batch(entry(1)), always("all"), NOW)
    put, calls = Server.put_piece, 0

    async def changed(self: Server, upload_id: str, offset: int, piece: bytes) -> dict[str, Any]:
        nonlocal calls
        calls += 1
        return await put(self, upload_id, offset, piece[:-1] + b"x" if calls == 1 else piece)

    monkeypatch.setattr(Server, "put_piece", changed)
    async with uploads(place, spool) as (uploader, server):
        await uploader.step(server)
    assert (calls, spool.is_empty()) == (2, True)
    spool.close()


async def test_signed_out_by_the_server_keeps_the_spool(place: Place) -> None:
    account = await place.sign_in()
    spool = place.spool()
    async with uploads(place, spool) as (uploader, server):
        await server.report({"version": "1", "host": "desk-1", "now_ts": NOW})
        (agent,) = (await place.ask("GET", f"{RECORDS}/agents"))["agents"]
        assert agent["report"]["host"] == "desk-1"
        devices = await place.ask("GET", "/_matrix/client/v3/devices", token=await place.token("desk"))
        names = {each["device_id"]: each.get("display_name") for each in devices["devices"]}
        assert str(names[account.device_id]).startswith("Roomkeeper agent on ")
        await place.ask("DELETE", f"{RECORDS}/agents/{quote(account.user_id)}/{account.device_id}")
        running = asyncio.create_task(uploader.run())
        spool.intake.store("a", batch(entry(1)), always("all"), NOW)
        uploader.wake()
        await until(lambda: uploader.state == "signed out")
        assert "sign-in" in uploader.error
        assert spool.outbox.waiting().due == 1
        # Signed in again, it goes on, as the same device.
        again = await place.sign_in()
        assert again.device_id == account.device_id
        async with place.server() as anew:
            uploader.use(anew)
            await until(spool.is_empty)
            running.cancel()
    spool.close()


async def test_who_may_not_upload_any_more(place: Place) -> None:
    account = await place.sign_in()
    spool = place.spool()
    spool.intake.store("a", batch(entry(1)), always("all"), NOW)
    person = f"{ROOT}/people/{quote(account.user_id)}"
    await place.ask("PATCH", person, {"state": "departed"})
    async with uploads(place, spool) as (uploader, server):
        with pytest.raises((NotAllowed, SignedOut)):
            await uploader.step(server)
    assert spool.outbox.waiting().due == 1
    spool.close()


async def test_a_server_that_is_away_for_days(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    await place.sign_in()
    spool = place.spool()
    monkeypatch.setattr(uploading, "LONGEST_WAIT_S", 0.2)
    await place.process.stop()
    async with uploads(place, spool) as (uploader, _):
        uploader._backoff = Backoff(0.01, 0.1)
        running = asyncio.create_task(uploader.run())
        for number in range(50):
            spool.intake.store("a", batch(entry(number)), always("all"), NOW)
            uploader.wake()
        await until(lambda: uploader.state == "waiting" and uploader._backoff._failures > 3)
        assert "does not answer" in uploader.error
        await place.process.start()
        await until(spool.is_empty)
        running.cancel()
    (record,) = await place.records()
    assert len(await place.entries(record["record_id"])) == 50
    spool.close()


async def test_wrong_answers_are_no_acknowledgement(place: Place) -> None:
    """What stands between, such as the page of a network that wants a password, acknowledges nothing."""
    await place.sign_in()
    async with Server(place.process.url, "no token") as server:
        with pytest.raises(SignedOut):
            await server.most_file()
    async with place.server() as server:
        assert (await server.most_file() or 0) > 0
        with pytest.raises(Unreachable):
            await server.request("GET", "/")
        with pytest.raises(Refused):
            await server.begin_upload("x/y", 1, hashlib.sha256(b"").hexdigest())
    async with Server("http://127.0.0.1:9") as server:
        with pytest.raises(Unreachable, match="does not answer"):
            await server.keys()


def test_backoff_grows_is_bounded_and_differs() -> None:
    assert len({Backoff(1, 60).next_s() for _ in range(20)}) > 1
    backoff = Backoff(1, 60)
    grown = [backoff.next_s() for _ in range(30)]
    assert 0.5 <= grown[0] <= 1
    assert all(30 <= wait <= 60 for wait in grown[8:])
    assert backoff.next_s(at_least=100) >= 100
    backoff.succeeded()
    assert backoff.next_s() <= 1


def test_conversations_have_one_key() -> None:
    assert GREEN.key == '["pidgin","desk","green@example.org"]'
