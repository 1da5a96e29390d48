"""What of the demo is screened: a list of words, a picture that is known, and what was held, refused and appealed."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from roomkeeper.demo import files
from roomkeeper.demo.client import ROOT, Client, path_of
from roomkeeper.demo.script import DAY, HOUR

LISTS: tuple[dict[str, Any], ...] = (
    {"name": "Insults", "label": "insult", "action": "review", "patterns": ["liar", "idiot*", "rotten", "骗子"]},
    {"name": "Names of lamps", "kind": "allow", "patterns": ["Rotten Row lantern"]},
    {"name": "Account numbers", "kind": "expressions", "label": "account", "patterns": ["[A-Z]{2}[0-9]{20}"]},
)
NOTE = "Flyer of a shop that never delivers"


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a customer sends in their session, and that is held. `told`, `appeal`: it was refused with that
    reason, and they said that against it."""

    customer: str
    ago: float
    text: str
    has_flyer: bool = False
    told: str = ""
    appeal: str = ""


HELD = (
    Held(customer="customer7", ago=54, text="Look, these are half the price elsewhere!", has_flyer=True),
    Held(customer="customer9", ago=21, text="It still does not find the lamp, you l.i.a.r!"),
    Held(
        customer="customer15",
        ago=5 * HOUR,
        text="A rotten piece of work, this dimmer.",
        told="Please stay polite.",
        appeal="I meant the wood of the old dimmer: it is rotten. I did not mean you!",
    ),
    Held(customer="customer3", ago=DAY / 6, text="Take it from AT0000000000000000000011, please."),
)


async def found(moderator: Client) -> None:
    """The moderator's lists."""
    for each in LISTS:
        await moderator.call("POST", f"{ROOT}/screening/lists", each)
    known = {"label": "unwanted", "sha256": hashlib.sha256(files.flyer()).hexdigest(), "note": NOTE}
    await moderator.call("POST", f"{ROOT}/screening/known", known)


async def send(held: Held, customer: Client, room_id: str, moderator: Client) -> None:
    """It is sent, and what came of it."""
    event_id = await customer.send(room_id, await _content(held, customer))
    if not held.told:
        return
    found = await moderator.call("GET", f"{ROOT}/screening/cases", query={"sender": customer.user_id})
    case_id = next(case["case_id"] for case in found["cases"] if case["event_id"] == event_id)
    await moderator.call("POST", ROOT + path_of("screening", "cases", case_id, "refuse"), {"told": held.told})
    await customer.call("POST", ROOT + path_of("screening", "mine", case_id, "appeal"), {"text": held.appeal})


async def _content(held: Held, customer: Client) -> dict[str, Any]:
    if not held.has_flyer:
        return {"msgtype": "m.text", "body": held.text}
    data = files.flyer()
    uri = await customer.upload(data, "image/png", "flyer.png")
    width, height = files.FLYER_SIZE
    info = {"mimetype": "image/png", "size": len(data), "w": width, "h": height}
    return {"msgtype": "m.image", "body": held.text, "filename": "flyer.png", "url": uri, "info": info}
