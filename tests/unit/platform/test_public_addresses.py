"""Which addresses are anybody's, and which are only the server's to reach."""

from __future__ import annotations

import pytest

from roomkeeper.platform.public_addresses import AddressPolicy

PUBLIC = [
    "1.1.1.1",
    "93.184.215.14",
    "2606:4700:4700::1111",
    "::ffff:1.1.1.1",
    "64:ff9b::1.1.1.1",
]
CLOSED = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "not an address",
    "127.1",
    "",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address: str) -> None:
    assert AddressPolicy().permits(address)


@pytest.mark.parametrize("address", CLOSED)
def test_closed(address: str) -> None:
    assert not AddressPolicy().permits(address)


def test_lists() -> None:
    policy = AddressPolicy(["10.0.0.0/8", "fd00::/8"], ["10.6.6.0/24", "1.1.1.0/24"])
    for address in ("10.1.1.1", "fd00::1", "::ffff:10.1.1.1", "8.8.8.8"):
        assert policy.permits(address)
    for address in ("10.6.6.6", "1.1.1.1", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "192.168.0.1"):
        assert not policy.permits(address)
    with pytest.raises(ValueError, match="does not appear"):
        AddressPolicy(["intranet"])
