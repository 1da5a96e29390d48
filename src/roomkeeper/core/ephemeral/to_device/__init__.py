"""Messages from device to device, outside of rooms: keys and verification, mostly.

spec: client-server §Send-to-Device messaging
"""

from roomkeeper.core.ephemeral.to_device.service import ToDevice

__all__ = ["ToDevice"]
