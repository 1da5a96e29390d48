"""Device lists: whose keys have changed, and who is told; who begins and who stops to share a room with whom.

spec: client-server §Tracking the device list for a user
"""

from roomkeeper.core.keys.lists.service import DeviceLists

__all__ = ["DeviceLists"]
