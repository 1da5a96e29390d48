"""Sources of exported chats: the contract, then the many ways in which they come, and traps in zip files."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from roomkeeper_agent import sources
from roomkeeper_agent.sources import exports, telegram, whatsapp
from roomkeeper_agent.sources.base import SourceFailed
from tests.agent.contract import Contract, Sample, read

ANDROID = """23.11.26, 10:15 - Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt.
23.11.26, 10:15 - Kundin Öz: Hallo, mein Router
ist kaputt

seit gestern
23.11.26, 10:16 - desk: IMG-20261123-WA0001.jpg (Datei angehängt)
so sieht er aus: rot
23.11.26, 10:15 - Kundin Öz: ok
23.11.26, 10:16 - Kundin Öz: <Medien ausgeschlossen>
23.11.26, 10:15 - Kundin Öz: ok
24.11.26, 00:00 - Kundin Öz: 中文 😀
"""
IOS = (
    "\ufeff[11/23/26, 10:15:00\u202fPM] Customer: \u200eMessages and calls are end-to-end encrypted.\r\n"
    "[11/23/26, 10:15:01\u202fPM] ~\u202fCustomer: Hello: all\r\n"
    "\u200e[11/23/26, 10:16:00\u202fPM] Customer: \u200e<attached: 00000012-PHOTO-2026-11-23-10-16-00.jpg>\r\n"
    "[11/24/26, 12:00:00\u202fAM] desk: midnight\r\n"
)
EXPORT: dict[str, Any] = {
    "name": "Customer Ö",
    "type": "personal_chat",
    "id": 4242,
    "messages": [
        {
            "id": 1,
            "type": "message",
            "date": "2026-11-23T10:15:00",
            "date_unixtime": "1795428900",
            "edited": "2026-11-23T10:16:00",
            "edited_unixtime": "1795428960",
            "from": "Customer Ö",
            "from_id": "user42",
            "text": ["Hello ", {"type": "bold", "text": "world"}, " 中文"],
            "reactions": [
                {"type": "emoji", "count": 1, "emoji": "👍", "recent": [{"from": "desk", "from_id": "user7"}]}
            ],
        },
        {
            "id": 2,
            "type": "message",
            "date": "2026-11-23T10:17:00",
            "from": "desk",
            "from_id": "user7",
            "photo": "photos/one.jpg",
            "file": "(File not included. Change data exporting settings to download.)",
            "file_name": "offer.pdf",
            "text": "",
        },
        {
            "id": 3,
            "type": "service",
            "date": "2026-11-23T10:18:00",
            "actor": "desk",
            "actor_id": "user7",
            "action": "phone_call",
            "duration_seconds": 60,
        },
    ],
}


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def file_in(name: str) -> Any:
    """Settings that name a file of the folder."""
    return lambda folder: {"file": str(folder / name), "timezone": "UTC"}


def import_samples() -> list[Sample]:
    """Exports of both programs, and zipped."""
    chat = "WhatsApp-Chat mit Kundin Öz"
    archive = zipped({f"{chat}.txt": ANDROID.encode(), "IMG-20261123-WA0001.jpg": b"jpeg"})
    return [
        Sample("whatsapp", f"{chat}.txt", ANDROID.encode(), 7, file_in(f"{chat}.txt"), grows=False),
        Sample("whatsapp", f"{chat}.zip", archive, 7, file_in(f"{chat}.zip"), grows=False),
        Sample("whatsapp", "_chat.txt", IOS.encode(), 4, file_in("_chat.txt"), grows=False),
        Sample(
            "telegram", "result.json", json.dumps(EXPORT, indent=1).encode(), 5, file_in("result.json"), grows=False
        ),
    ]


class TestContract(Contract):
    """Both keep it."""

    @pytest.fixture(params=import_samples(), ids=lambda sample: sample.file)
    def sample(self, request: pytest.FixtureRequest) -> Sample:
        """One of them."""
        found: Sample = request.param
        return found

    @pytest.fixture
    def small_batches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(whatsapp, "MOST_ENTRIES", 1)
        monkeypatch.setattr(telegram, "MOST_ENTRIES", 1)


def whatsapp_said(folder: Path, text: str, **settings: Any) -> list[tuple[int, str, str]]:
    """What an export says: times, senders, texts."""
    path = folder / "_chat.txt"
    path.write_text(text, encoding="utf-8")
    source: Any = sources.make("whatsapp", {"file": str(path), "timezone": "UTC", **settings})
    return [(entry.ts // 1000, entry.sender, entry.text) for _, entry in read(source).found]


QUARTER_PAST_TEN = 1_795_472_100
"""22:15 on 23 November 2026, UTC."""


@pytest.mark.parametrize(
    "stamp",
    [
        "11/23/26, 10:15 PM - ",
        "23/11/2026, 22:15 - ",
        "23/11/2026, 10:15 p. m. - ",
        "23.11.26, 22:15 - ",
        "23/11/2026 à 22:15 - ",
        "23/11/2026 22:15 - ",
        "2026/11/23 下午10:15 - ",
        "2026-11-23 22:15 - ",
        "23-11-2026 22:15 - ",
        "2026. 11. 23. 오후 10:15 - ",
        "٢٣/١١/٢٠٢٦، ١٠:١٥ م - ",
        "[23.11.26, 22:15:00] ",
        "[2026/11/23 22:15:00] ",
        "\u200e[11/23/26, 10:15:00\u202fPM] ",
        "[23/11/26 10:15:00 PM] ",
    ],
)
def test_stamps_of_many_languages(tmp_path: Path, stamp: str) -> None:
    assert whatsapp_said(tmp_path, f"{stamp}Customer: Hello\nmore\n") == [(QUARTER_PAST_TEN, "Customer", "Hello\nmore")]


def test_dates_that_can_be_read_two_ways(tmp_path: Path) -> None:
    # One of them says it for all; so does their order.
    both = "3/4/26, 10:00 - a: x\n13/4/26, 10:00 - a: y\n"
    first, second = (ts for ts, _, _ in whatsapp_said(tmp_path, both))
    assert second - first == 10 * 86_400
    order = "3/4/26, 10:00 - a: x\n5/4/26, 10:00 - a: y\n1/5/26, 10:00 - a: z\n"
    times = [ts for ts, _, _ in whatsapp_said(tmp_path, order)]
    assert times == sorted(times)
    assert times[2] - times[0] == 28 * 86_400
    # Where nothing does, the setting; and without it, it is said that it was guessed.
    (day,), (month,) = (
        [ts for ts, _, _ in whatsapp_said(tmp_path, "3/4/26, 10:00 - a: x\n", day_first=first)]
        for first in (True, False)
    )
    assert day - month == 30 * 86_400
    source: Any = sources.make("whatsapp", {"file": str(tmp_path / "_chat.txt")})
    assert "two ways" in read(source).problems[0].why


def test_a_later_export_has_only_what_is_new(tmp_path: Path) -> None:
    path = tmp_path / "WhatsApp-Chat mit Kundin Öz.txt"
    path.write_text(ANDROID, encoding="utf-8")
    source: Any = sources.make("whatsapp", {"file": str(path)})
    first = read(source)
    # The phone has forgotten the oldest, and there is something new; the file is another one, named after the first.
    again = tmp_path / "WhatsApp-Chat mit Kundin Öz (1).txt"
    again.write_text("\n".join(ANDROID.split("\n")[5:]) + "24.11.26, 00:00 - desk: new\n", encoding="utf-8")
    source = sources.make("whatsapp", {"file": str(again)})
    second = read(source)
    assert first.found[0][0].key == second.found[0][0].key
    new = [entry.text for _, entry in second.found if entry.id not in first.ids]
    assert new == ["new"]
    assert first.found[0][0].conversation == "Kundin Öz"


def test_media_come_out_of_a_zip_file_and_go_away_again(tmp_path: Path) -> None:
    (sample,) = (sample for sample in import_samples() if sample.file.endswith(".zip"))
    sample.write(tmp_path)
    source: Any = sample.source_at(tmp_path)
    batches = source.there(None)
    batch = next(batches)
    (entry,) = (entry for _, entry in batch.found if entry.files)
    assert entry.text == "so sieht er aus: rot"
    path = Path(entry.files[0].path)
    assert entry.files[0].name == "IMG-20261123-WA0001.jpg"
    assert path.read_bytes() == b"jpeg"
    assert list(batches) == []
    assert not path.exists()


def bombs() -> Iterator[tuple[str, dict[str, bytes]]]:
    """Zip files that are traps."""
    yield "packed so densely", {"_chat.txt": b"[23.11.26, 22:15:00] a: x\n" + b"x" * 20_000_000}
    yield "no chat", {"notes.txt": b"just notes\n", "photo.jpg": b"x"}
    yield "no chat", {"_chat.txt": b""}


@pytest.mark.parametrize(("why", "files"), bombs())
def test_zip_files_that_are_traps(tmp_path: Path, why: str, files: dict[str, bytes]) -> None:
    path = tmp_path / "WhatsApp Chat - x.zip"
    path.write_bytes(zipped(files))
    source: Any = sources.make("whatsapp", {"file": str(path)})
    reading = read(source)
    assert reading.found == []
    assert why in reading.problems[0].why


def test_members_that_lie_are_counted_as_they_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their header says less than what comes out, or there are too many, or too much together."""
    name = "IMG-20261123-WA0001.jpg"
    content = zipped({"_chat.txt": ANDROID.encode(), name: b"\0" * 30_000_000, f"../../{name}": b"evil"})
    # The size that the directory says of the picture: 1000 bytes.
    real = (30_000_000).to_bytes(4, "little")
    path = tmp_path / "chat.zip"
    path.write_bytes(content.replace(real, (1000).to_bytes(4, "little")))
    source: Any = sources.make("whatsapp", {"file": str(path)})
    reading = read(source)
    assert len(reading.found) == 7
    assert any(name in problem.where for problem in reading.problems)
    path.write_bytes(content)
    monkeypatch.setattr(exports, "LARGE", 100_000_000)
    monkeypatch.setattr(exports, "MOST_BYTES", 1_000_000)
    reading = read(source)
    assert any("would come out" in problem.why for problem in reading.problems)
    monkeypatch.setattr(exports, "MOST_MEMBERS", 2)
    assert "3 files" in read(source).problems[0].why


def test_a_full_disk_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message is not recorded without its file, which is there: it is tried again."""
    path = tmp_path / "export.zip"
    path.write_bytes(zipped({"a.jpg": b"x" * 100}))
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / "1.jpg").symlink_to("/dev/full")
    monkeypatch.setattr("tempfile.mkdtemp", lambda **_: str(folder))
    export = exports.Export(path)
    with pytest.raises(SourceFailed, match="no room"):
        export.file("a.jpg")
    export.close()
    assert not folder.exists()


def test_an_encrypted_zip_file(tmp_path: Path) -> None:
    path = tmp_path / "chat.zip"
    content = bytearray(zipped({"_chat.txt": ANDROID.encode()}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    source: Any = sources.make("whatsapp", {"file": str(path)})
    assert "encrypted" in read(source).problems[0].why


def test_telegram_says_edits_reactions_calls_and_files(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.jpg").write_bytes(b"jpeg")
    path = tmp_path / "result.json"
    path.write_text(json.dumps(EXPORT), encoding="utf-8")
    source: Any = sources.make("telegram", {"file": str(path), "timezone": "UTC"})
    reading = read(source)
    conversation = reading.found[0][0]
    assert (conversation.conversation, conversation.title) == ("4242", "Customer Ö")
    message, edit, reaction, photo, call = (entry for _, entry in reading.found)
    assert (message.text, message.ts, message.sender) == ("Hello world 中文", 1_795_428_900_000, "user42")
    assert (edit.kind, edit.target, edit.ts) == ("edit", "1", 1_795_428_960_000)
    assert (reaction.kind, reaction.text, reaction.sender, reaction.target) == ("reaction", "👍", "user7", "1")
    assert Path(photo.files[0].path).read_bytes() == b"jpeg"
    assert photo.files[1].name == "offer.pdf"
    assert (call.kind, call.text) == ("call", "phone_call 60")


def test_telegram_of_all_chats_and_zipped(tmp_path: Path) -> None:
    second = EXPORT | {"name": "Second", "id": 5}
    whole = {"about": "x", "chats": {"about": "y", "list": [EXPORT, second]}}
    path = tmp_path / "export.zip"
    path.write_bytes(zipped({"Export/result.json": json.dumps(whole).encode(), "Export/photos/one.jpg": b"jpeg"}))
    source: Any = sources.make("telegram", {"file": str(path)})
    reading = read(source)
    assert {conversation.conversation for conversation, _ in reading.found} == {"4242", "5"}
    assert len(reading.found) == 10
    assert not any(problem.why for problem in reading.problems)


def test_telegram_of_broken_shapes(tmp_path: Path) -> None:
    """Whatever type stands where another one should."""
    odd: list[Any] = [None, 5, "x", [], {}, [[[[]]]], {"id": {}}, {"id": 7, "date": []}, True, -1, 1e300]
    fields = ("id", "date", "text", "from_id", "reactions", "photo", "members", "poll", "location_information", "type")
    messages = [{**EXPORT["messages"][0], field: value} for field in fields for value in odd]
    path = tmp_path / "result.json"
    path.write_text(json.dumps({**EXPORT, "messages": [*odd, *messages, EXPORT["messages"][2]]}), encoding="utf-8")
    source: Any = sources.make("telegram", {"file": str(path)})
    assert read(source).found
    path.write_bytes(b'{"messages":[' + b"[" * 100_000)
    assert "levels" in read(source).problems[0].why
