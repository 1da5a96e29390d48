"""The keys of devices: identity keys, one-time keys, fallback keys; how many are left.

spec: client-server §Key Distribution
"""

from roomkeeper.core.keys.devices.service import DeviceKeys

__all__ = ["DeviceKeys"]
