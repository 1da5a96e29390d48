"""What alerts of feeds do: they open events, change them, end them."""

from __future__ import annotations

import msgspec

from roomkeeper.capabilities.safety.cap import Alert
from roomkeeper.capabilities.safety.events import CAP, Events, new_event
from roomkeeper.capabilities.safety.groups import Groups
from roomkeeper.capabilities.safety.models import Details, Event
from roomkeeper.capabilities.safety.people import SafetyPeople
from roomkeeper.capabilities.safety.store import events as store
from roomkeeper.platform.application import Application


class Alerts:
    """Takes them."""

    def __init__(self, app: Application, people: SafetyPeople, groups: Groups, events: Events) -> None:
        self._app = app
        self._people = people
        self._groups = groups
        self._events = events

    async def take(self, actor: str, alert: Alert) -> Event | None:
        """An alert of a feed; `None`: it is not for us to act upon. The same one again does nothing."""
        if alert.status != "Actual" or not alert.is_public or alert.message_type in ("Ack", "Error"):
            return None
        async with self._people.turns("feed", alert.sender):
            known = await store.event_of_source(self._app.driver, alert.key)
            if known is not None:
                return known
            earlier = await self._referred(alert)
            if earlier is not None and alert.sent_ts < earlier.details.sent_ts:
                return earlier  # overtaken on its way
            if alert.message_type == "Cancel":
                return await self._cancelled(actor, alert, earlier)
            if earlier is not None and earlier.state not in ("closed", "cancelled", "joined"):
                return await self._updated(alert, earlier)
            return await self._alerted(actor, alert)

    async def _referred(self, alert: Alert) -> Event | None:
        for key in alert.references:
            found = await store.event_of_source(self._app.driver, key)
            if found is not None:
                return found
        return None

    async def _alerted(self, actor: str, alert: Alert) -> Event:
        now = self._app.clock.now_ms()
        is_over = alert.expires_ts is not None and alert.expires_ts <= now
        event = new_event(alert.kind, CAP, actor, _details(alert), now, due_ts=now, source_key=alert.key)
        if is_over or not alert.area:
            # It is known, so that what refers to it finds it; nobody can be asked.
            event = self._events.ended(event, "closed", summary=alert.note or "expired")
        await self._events.insert(event)
        return event

    async def _updated(self, alert: Alert, earlier: Event) -> Event:
        async with self._people.turns("event", earlier.event_id):
            event = await self._events.find(earlier.event_id)
            details = _details(alert)
            if not details.area:
                details = msgspec.structs.replace(details, area=event.details.area)
            now = self._app.clock.now_ms()
            details = msgspec.structs.replace(details, stage=event.details.stage, handled_by=event.details.handled_by)
            after = msgspec.structs.replace(event, details=details, source_key=alert.key, due_ts=now, updated_ts=now)
            if event.room_id is None or not event.is_open:
                return await self._events.put(event, after)
            await self._groups.show(after, lambda write: store.update_event(write, event.state, after))
            await self._groups.say(event.room_id, "group.updated", text=alert.text or alert.title)
        self._events.wake()
        return after

    async def _cancelled(self, actor: str, alert: Alert, earlier: Event | None) -> Event | None:
        if earlier is None:
            # It may come before what it cancels: then that one is known as cancelled already.
            now, made = self._app.clock.now_ms(), None
            for key in alert.references:
                event = new_event(alert.kind, CAP, actor, _details(alert), now, due_ts=None, source_key=key)
                made = self._events.ended(event, "cancelled")
                await self._events.insert(made)
            return made
        async with self._people.turns("event", earlier.event_id):
            event = await self._events.find(earlier.event_id)
            if event.state == "countdown":
                return await self._events.put(event, self._events.ended(event, "cancelled"))
            if event.state in ("open", "handled", "resolved"):
                details = msgspec.structs.replace(event.details, sent_ts=alert.sent_ts)
                event = msgspec.structs.replace(event, details=details)
                return await self._events.end(event, "", alert.text or alert.title)
            return event


def _details(alert: Alert) -> Details:
    return Details(
        title=alert.title,
        text=alert.text,
        area=alert.area,
        severity=alert.severity,
        expires_ts=alert.expires_ts,
        sent_ts=alert.sent_ts,
        is_trusted=True,
        note=alert.note,
    )
