"""Getting a page or an image from the internet: address by address, never one that a user must not reach."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

import msgspec

from roomkeeper.core.previews import rules
from roomkeeper.core.previews.models import NoPreview, Target
from roomkeeper.core.previews.settings import PreviewSettings
from roomkeeper.platform.outgoing import Outgoing, OutgoingStream
from roomkeeper.platform.public_addresses import AddressPolicy, refusing_connector
from roomkeeper.platform.settings import SettingsError

CONNECTIONS = 30
PER_HOST = 4
"""Requests to one host at a time; further ones wait, within their own time."""
REDIRECTS = 5
REDIRECTING = frozenset({301, 302, 303, 307, 308})
USER_AGENT = "Mozilla/5.0 (compatible; Roomkeeper; URL previews)"


class Fetched(msgspec.Struct, frozen=True):
    """An answer with status 200, and the URL that gave it in the end."""

    url: str
    stream: OutgoingStream

    @property
    def content_type(self) -> str:
        """The media type that it claims to be, without parameters."""
        return rules.media_type(self.stream.header("Content-Type"))

    @property
    def charset(self) -> str:
        """The character set that it claims to have, empty where it says nothing."""
        return rules.charset_of(self.stream.header("Content-Type"))


class Fetcher:
    """Fetches what users name."""

    def __init__(self, settings: PreviewSettings) -> None:
        """Raises `SettingsError` for addresses or certificates that are none."""
        self._settings = settings
        try:
            self.policy = AddressPolicy(settings.allowed_addresses, settings.denied_addresses)
        except ValueError as error:
            raise SettingsError(
                f"Addresses in section [previews] must be networks such as 10.0.0.0/8: {error}."
            ) from None
        self._tls = _tls(settings.ca_file)
        self.outgoing = Outgoing(lambda: refusing_connector(self.policy, connections=CONNECTIONS, tls=self._tls))
        self._hosts: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def target(self, text: str, base: str | None = None) -> Target:
        """What may be asked for. Raises `UnusableUrl`, `HostDenied`, `NoPreview`."""
        target = rules.target_of(text, self._settings.ports, base)
        rules.check_host(target.host, self._settings.allowed_hosts, self._settings.denied_hosts)
        literal = rules.literal_address(target.host)
        if literal is not None and not self.policy.permits(literal):
            raise NoPreview
        return target

    @asynccontextmanager
    async def open(self, target: Target, accept: str, seconds: float) -> AsyncIterator[Fetched]:
        """The answer for a target, after redirects, each of which is judged like the first URL.

        Raises an `OutgoingError`, `UnusableUrl`, `HostDenied`, and `NoPreview` for any status but 200.
        """
        headers = {"Accept": accept, "Accept-Language": "en, *;q=0.5", "User-Agent": USER_AGENT}
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        for _ in range(REDIRECTS + 1):
            place = self._hosts.setdefault(target.host, asyncio.Semaphore(PER_HOST))
            async with (
                place,
                self.outgoing.stream(target.url, headers=headers, seconds=max(deadline - loop.time(), 0.001)) as answer,
            ):
                location = answer.header("Location")
                if answer.status == 200:
                    yield Fetched(target.url, answer)
                    return
                if answer.status not in REDIRECTING or not location:
                    raise NoPreview(f"There is no preview: the page answers with status {answer.status}.")
            target = self.target(location, target.url)
        raise NoPreview("There is no preview: the page leads from one to another without end.")


def _tls(ca_file: str) -> ssl.SSLContext | None:
    if not ca_file:
        return None
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"ROOMKEEPER_PREVIEWS_CA_FILE: {ca_file} cannot be read as certificates: {error}."
        ) from None
    return context
