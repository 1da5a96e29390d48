"""Looking up networks, places and people behind services: asked of all who may know, put together.

What a service answers is checked, bounded, and left out where it is not as specified; a service that does not answer in
time is left out, too. What protocols a service has is remembered for a while, and as long as it does not answer.

spec: application-service §Third-party networks; client-server §Third-party Networks
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from roomkeeper.core.appservices import rules
from roomkeeper.core.appservices.caller import Caller, is_success
from roomkeeper.core.appservices.models import Appservice
from roomkeeper.core.appservices.registry import Registry
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.errors import NotFound
from roomkeeper.platform.logs import get_logger
from roomkeeper.platform.outgoing import OutgoingError

log = get_logger(area="appservices")

TIMEOUT_S: Final = 5.0
KEPT_S: Final = 60.0
"""Seconds that a service's protocols are remembered."""
MOST: Final = 1_000
"""Results of one service, and instances of one protocol, at most."""
AT_ONCE: Final = 20

Shape = TypeVar("Shape")


class Instance(msgspec.Struct, omit_defaults=True):
    """A network. `instance_id` is ours: with it clients ask for the network's list of rooms."""

    network_id: str
    desc: str
    fields: dict[str, Any]
    icon: str | None = None
    instance_id: str | None = None


class FieldType(msgspec.Struct):
    """What a value of a field looks like."""

    regexp: str
    placeholder: str


class Protocol(msgspec.Struct):
    """A kind of network."""

    user_fields: list[str]
    location_fields: list[str]
    field_types: dict[str, FieldType]
    instances: list[Instance]
    icon: str = ""


class Location(msgspec.Struct):
    """A place in a network, and the alias of the room that leads there."""

    alias: str
    protocol: str
    fields: dict[str, Any]


class Person(msgspec.Struct):
    """Somebody in a network, and the id under which they are here."""

    userid: str
    protocol: str
    fields: dict[str, Any]


class ThirdParty:
    """The look-ups."""

    def __init__(self, registry: Registry, callers: Mapping[str, Caller], clock: Clock) -> None:
        self._registry = registry
        self._callers = callers
        self._clock = clock
        self._protocols: dict[tuple[str, str], tuple[Protocol | None, float]] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def protocols(self) -> dict[str, Protocol]:
        """All that are known, by name."""
        names = dict.fromkeys(name for service in self._services() for name in service.protocols)
        found = await asyncio.gather(*(self._protocol(name) for name in names))
        return {name: protocol for name, protocol in zip(names, found, strict=True) if protocol is not None}

    async def protocol(self, name: str) -> Protocol:
        """One. Raises `NotFound`."""
        protocol = await self._protocol(name)
        if protocol is None:
            raise NotFound("No application service of this server knows that protocol.")
        return protocol

    async def locations(self, protocol: str, fields: Sequence[tuple[str, str]]) -> list[Location]:
        """Places in a kind of network. Raises `NotFound`."""
        services = self._of_protocol(protocol)
        return await self._lists(services, f"location/{quote(protocol, safe='')}", fields, list[Location])

    async def people(self, protocol: str, fields: Sequence[tuple[str, str]]) -> list[Person]:
        """People in a kind of network. Raises `NotFound`."""
        services = self._of_protocol(protocol)
        return await self._lists(services, f"user/{quote(protocol, safe='')}", fields, list[Person])

    async def locations_of(self, alias: str) -> list[Location]:
        """The places that a room's alias leads to."""
        services = [service for service in self._services() if rules.matches(service.namespaces.aliases, alias)]
        return await self._lists(services, "location", [("alias", alias)], list[Location])

    async def people_of(self, user_id: str) -> list[Person]:
        """Who in a network a user is."""
        services = [service for service in self._services() if self._registry.owns_user(service, user_id)]
        return await self._lists(services, "user", [("userid", user_id)], list[Person])

    # ------------------------------------------------------------ asking

    def _services(self) -> list[Appservice]:
        return [service for service in self._registry.services if service.id in self._callers]

    def _of_protocol(self, protocol: str) -> list[Appservice]:
        services = [service for service in self._services() if protocol in service.protocols]
        if not services:
            raise NotFound("No application service of this server knows that protocol.")
        return services

    async def _protocol(self, name: str) -> Protocol | None:
        """What the services that have a protocol say about it: the first one's, with the instances of all."""
        services = [service for service in self._services() if name in service.protocols]
        answers = await asyncio.gather(*(self._protocol_of(service, name) for service in services))
        known = [answer for answer in answers if answer is not None]
        if not known:
            return None
        instances = [instance for answer in known for instance in answer.instances][:MOST]
        return msgspec.structs.replace(known[0], instances=instances)

    async def _protocol_of(self, service: Appservice, name: str) -> Protocol | None:
        key = (service.id, name)
        known, until = self._protocols.get(key, (None, 0.0))
        now = self._clock.monotonic()
        if now < until:
            return known
        answer = await self._get(service, f"protocol/{quote(name, safe='')}", "", Protocol)
        if answer is not None:
            for instance in answer.instances:
                instance.instance_id = instance_id(service.id, instance.network_id)
            known = answer
        self._protocols[key] = (known, now + KEPT_S)
        return known

    async def _lists(
        self, services: Sequence[Appservice], path: str, query: Sequence[tuple[str, str]], shape: type[list[Shape]]
    ) -> list[Shape]:
        text = urlencode(query)
        answers = await asyncio.gather(*(self._get(service, path, text, shape) for service in services))
        return [item for answer in answers if answer is not None for item in answer[:MOST]]

    async def _get(self, service: Appservice, path: str, query: str, shape: type[Shape]) -> Shape | None:
        """What a service answers; `None` where it does not, or not as specified."""
        try:
            async with self._turns:
                answer = await self._callers[service.id].call(
                    "GET",
                    f"/thirdparty/{path}",
                    query=query,
                    legacy=f"/_matrix/app/unstable/thirdparty/{path}",
                    seconds=TIMEOUT_S,
                )
            return msgspec.json.decode(answer.body, type=shape) if is_success(answer) else None
        except (OutgoingError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            log.warning("a third-party look-up failed", service=service.id, path=path, reason=str(error))
            return None


def instance_id(service_id: str, network_id: str) -> str:
    """The name of a service's network for clients."""
    return f"{service_id}|{network_id}"
