"""What goes over a network is encrypted; only to this machine itself it need not be."""

from __future__ import annotations

import ipaddress


def is_here(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.rstrip(".").lower() == "localhost"
