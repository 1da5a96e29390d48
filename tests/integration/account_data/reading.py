"""Paths of account data, and what sync answers say of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from tests.harness import Client


def of(client: Client, event_type: str, room_id: str | None = None) -> str:
    """The path of an entry."""
    room = "" if room_id is None else f"/rooms/{quote(room_id, safe='')}"
    return f"/user/{quote(client.user_id, safe='')}{room}/account_data/{quote(event_type, safe='')}"


def room_data(answer: dict[str, Any], room_id: str) -> dict[str, Any]:
    """A room's account data in a sync answer, by type."""
    section = answer.get("rooms", {}).get("join", {}).get(room_id, {})
    return {event["type"]: event["content"] for event in section.get("account_data", {}).get("events", [])}


def global_data(answer: dict[str, Any]) -> dict[str, Any]:
    """Global account data in a sync answer, by type."""
    return {event["type"]: event["content"] for event in answer.get("account_data", {}).get("events", [])}
