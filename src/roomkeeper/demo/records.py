"""What of the demo is recorded: sessions of one department, a talk in another program; and what is shown to whom."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from roomkeeper.demo import files
from roomkeeper.demo.client import ROOT, Client, path_of

RETENTION_DAYS = 730
SHARED = "customer12"
NOTE = "The third damaged lamp with this carrier. Please look at it."
PROGRAM, MINUTE_MS = "Parcel chat", 60_000
NAMES = {"carrier": "Carrier", "desk": "Sales desk 3"}
ELSEWHERE = (
    ("carrier", "Good morning, here is the driver's desk. Which parcel is it?", 31),
    ("desk", "The one to customer 12, order 4711. The box came with a dented corner.", 29),
    ("carrier", "I see it: it fell from the belt. Write to us with the number DC-20417, please.", 26),
    ("desk", "Done. Thank you.", 22),
)


async def found(officer: Client, department_id: str) -> None:
    """Sessions of one department are recorded, others are not."""
    await officer.call("PUT", f"{ROOT}/records/policies", {"record": False})
    policy = {"department_id": department_id, "retention_days": RETENTION_DAYS}
    await officer.call("PUT", f"{ROOT}/records/policies", policy)


async def share(desk: Client, customer: Client, supervisor: Client) -> None:
    """A desk shows a record to the supervisor."""
    listed = await desk.call("GET", f"{ROOT}/records", query={"person": customer.user_id})
    path = path_of("records", listed["records"][0]["record_id"], "shares")
    await desk.call("POST", ROOT + path, {"whom": "person", "who": supervisor.user_id, "note": NOTE})


async def upload(desk: Client, now: int) -> None:
    """What was said in another program, with a picture of the screen, as the agent uploads it."""
    picture = files.photo()
    uri = await desk.upload(picture, "image/jpeg", "screenshot.jpg")
    lines = [_header(), *_said(now)]
    shot = {"url": uri, "name": "screenshot.jpg", "type": "image/jpeg", "size": len(picture)}
    shot["path"] = "Pictures/Screenshots/screenshot.jpg"
    lines.append({"id": "shot", "kind": "screenshot", "ts": now - 20 * MINUTE_MS, "attachments": [shot]})
    data = b"\n".join(msgspec.json.encode(line) for line in lines)
    root, upload_id = f"{ROOT}/records/uploads", "demo-parcel-chat"
    sums = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    await desk.call("POST", root, {"upload_id": upload_id, **sums})
    one = f"{root}/{upload_id}"
    await desk.call("PUT", one, data, {"offset": "0"})
    while not (await desk.call("POST", f"{one}/commit"))["done"]:
        pass


def _header() -> dict[str, Any]:
    people = [{"id": sender, "name": name} for sender, name in NAMES.items()]
    return {
        "format": "org.roomkeeper.record",
        "program": PROGRAM,
        "conversation": "dented-corner",
        "title": "Carrier: the parcel with the dented corner",
        "participants": people,
        "trigger": "screenshot",
    }


def _said(now: int) -> list[dict[str, Any]]:
    return [
        {
            "id": f"line{number}",
            "kind": "message",
            "ts": now - ago * MINUTE_MS,
            "sender": sender,
            "sender_name": NAMES[sender],
            "text": text,
        }
        for number, (sender, text, ago) in enumerate(ELSEWHERE)
    ]
