"""Which addresses the server may connect to on behalf of a user, and a connector that connects to no others.

A user who names a URL must not make the server speak to what only the server can reach: itself, the machines beside
it, a cloud's metadata. A name is resolved once; every address that it stands for is judged, and the one that is then
connected to is judged once more where its socket is made, so that no second look-up can put another in its place.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import ssl

    import aiohttp
    from aiohttp.abc import AbstractResolver

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NEVER: Final[tuple[Network, ...]] = tuple(
    ipaddress.ip_network(network)
    for network in (
        "100.64.0.0/10",  # carrier-grade NAT; a cloud has its metadata there
        "168.63.129.16/32",  # a cloud's host, at an address that looks public
        "192.0.0.0/24",  # protocol assignments, and a cloud's metadata
        "192.88.99.0/24",  # relays of 6to4, which ceased to be
        "64:ff9b:1::/48",  # NAT64 of one's own network
        "2001::/23",  # protocol assignments; Teredo, in which an address is hidden
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
    )
)
"""Networks that the library takes for public, in some version at least."""
NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


class AddressRefused(OSError):
    """An address that must not be connected to."""

    def __init__(self, address: str) -> None:
        super().__init__(errno.EACCES, f"{address} is not a public address")


class AddressPolicy:
    """Public addresses, those in `allowed` (CIDR, whatever they are), and none in `denied` (CIDR)."""

    def __init__(self, allowed: Iterable[str] = (), denied: Iterable[str] = ()) -> None:
        """Raises `ValueError` for what is no network."""
        self._allowed = [ipaddress.ip_network(network, strict=False) for network in allowed]
        self._denied = [ipaddress.ip_network(network, strict=False) for network in denied]

    def permits(self, text: str) -> bool:
        """Whether the server may connect to an address."""
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return False
        return all(self._permits(meant) for meant in _meant(address))

    def _permits(self, address: Address) -> bool:
        if _within(address, self._denied):
            return False
        return _within(address, self._allowed) or is_public(address)


def is_public(address: Address) -> bool:
    """Whether an address belongs to anybody on the internet, rather than to this machine or its neighbours."""
    if isinstance(address, ipaddress.IPv6Address) and address.is_site_local:
        return False
    closed = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    return address.is_global and not closed and not _within(address, NEVER)


def _meant(address: Address) -> Sequence[Address]:
    """The addresses at which one arrives: an IPv6 address may stand for an IPv4 one."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address in NAT64:
        return [ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)]
    if address.sixtofour is not None:
        return [address, address.sixtofour]
    return [address]


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def refusing_connector(
    policy: AddressPolicy,
    *,
    connections: int,
    tls: ssl.SSLContext | None = None,
    resolver: AbstractResolver | None = None,
) -> aiohttp.TCPConnector:
    """A connector that connects to what `policy` permits; `AddressRefused` (an `OSError`) else.

    A name that stands for any refused address is refused as a whole. `resolver` is the system's where it is `None`.
    """
    import aiohttp
    from aiohttp.abc import AbstractResolver, ResolveResult

    class Refusing(AbstractResolver):
        """Resolves as another does, and refuses what the policy does not permit."""

        def __init__(self) -> None:
            self._inner = resolver or aiohttp.ThreadedResolver()

        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[ResolveResult]:
            """See `AbstractResolver`."""
            found = await self._inner.resolve(host, port, family)
            if not found:
                raise OSError(errno.EADDRNOTAVAIL, f"{host} has no address")
            for result in found:
                _check(policy, result["host"])
            return found

        async def close(self) -> None:
            """See `AbstractResolver`."""
            await self._inner.close()

    def make_socket(info: Any) -> socket.socket:
        family, kind, protocol, _, address = info
        _check(policy, address[0])
        return socket.socket(family=family, type=kind, proto=protocol)

    return aiohttp.TCPConnector(
        resolver=Refusing(),
        socket_factory=make_socket,
        use_dns_cache=False,
        limit=connections,
        force_close=True,
        ssl=tls or True,
    )


def _check(policy: AddressPolicy, address: str) -> None:
    if not policy.permits(address):
        raise AddressRefused(address)
