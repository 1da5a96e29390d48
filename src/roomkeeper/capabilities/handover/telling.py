"""What is said in a customer's rooms: notices that every client shows, and the state that our own shows as a card."""

from __future__ import annotations

from typing import Any

from roomkeeper.capabilities.handover.models import SUCCESSION, Departure, Named, Offer
from roomkeeper.capabilities.handover.settings import HandoverSettings
from roomkeeper.capabilities.handover.texts import Name, text
from roomkeeper.core.organisation import Permissions
from roomkeeper.core.organisation.sessions import Notices
from roomkeeper.core.profiles import Profiles

TOMBSTONE = "m.room.tombstone"


class Telling:
    """Finds the words and the names."""

    def __init__(self, profiles: Profiles, permissions: Permissions, settings: HandoverSettings) -> None:
        self._profiles = profiles
        self._permissions = permissions
        self._language = settings.language

    async def name(self, user_id: str) -> str:
        """What somebody is called."""
        profile = await self._profiles.member_content(user_id)
        return profile.get("displayname") or user_id[1:].partition(":")[0]

    async def named(self, successor_id: str | None, department_id: str | None) -> Named | None:
        """Who takes care of a customer, with a name that people know."""
        if successor_id is not None:
            return Named(user_id=successor_id, department_id=department_id, display_name=await self.name(successor_id))
        department = (await self._permissions.tree()).departments.get(department_id or "")
        return None if department is None else Named(department_id=department_id, display_name=department.name)

    async def words(self, name: Name, departure: Departure, offer: Offer) -> str:
        """One of the texts, about a customer's handover, in their language."""
        successor = await self.named(offer.successor_id, offer.department_id)
        return text(
            name,
            offer.language,
            self._language,
            leaver=await self.name(departure.user_id),
            successor="" if successor is None else successor.display_name,
            link=f"https://matrix.to/#/{offer.new_room_id}",
        )

    async def in_old_room(self, departure: Departure, offer: Offer) -> Notices:
        """What the room of the earlier session is told of a status."""
        said: list[tuple[str, str | None, dict[str, Any]]] = []
        names = _names(departure, offer)
        if names:
            said.append(notice("\n".join([await self.words(name, departure, offer) for name in names])))
        said.append(succession(departure, offer))
        if offer.is_elsewhere:
            body = await self.words("accepted", departure, offer)
            said.append((TOMBSTONE, "", {"body": body, "replacement_room": offer.new_room_id}))
        return said


def notice(body: str) -> tuple[str, None, dict[str, Any]]:
    """A message that asks for no answer."""
    return ("m.room.message", None, {"msgtype": "m.notice", "body": body})


def succession(departure: Departure, offer: Offer) -> tuple[str, str, dict[str, Any]]:
    """The state that our own clients show as a card; empty where the session goes on as ever."""
    content: dict[str, Any] = {}
    if offer.is_elsewhere or offer.status not in ("withdrawn", "accepted", "taken_over"):
        content = {
            "user_id": departure.user_id,
            "kind": departure.kind,
            "status": offer.status,
            "way": offer.way,
            "successor": offer.successor_id,
            "department": offer.department_id,
            "new_room_id": offer.new_room_id,
        }
    return (SUCCESSION, "", {name: value for name, value in content.items() if value is not None})


def _names(departure: Departure, offer: Offer) -> list[Name]:
    """Which texts say a status."""
    if offer.status == "waiting":
        if offer.way == "question":
            return ["moving", "choose"] if departure.kind == "transfer" else ["left", "question"]
        return ["moving"] if departure.kind == "transfer" else ["left", "invited"]
    if offer.status == "declined":
        if departure.kind == "transfer":
            return []
        return ["refused"] if offer.way == "question" else ["unreceived"]
    if offer.status == "at_limit":
        return [] if departure.kind == "transfer" else ["nobody"]
    if offer.way == "existing":
        return ["existing"]
    if offer.status == "accepted":
        return ["begun"] if offer.way == "question" else ["accepted"]
    if offer.status == "taken_over":
        return ["taken_over"]
    return ["returned"] if offer.status == "withdrawn" and departure.kind == "departure" else []
