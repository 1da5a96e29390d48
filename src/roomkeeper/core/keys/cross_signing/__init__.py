"""Cross-signing: a user's master, self-signing and user-signing keys, and signatures made with them.

spec: client-server §Cross-signing
"""

from roomkeeper.core.keys.cross_signing.service import CrossSigning

__all__ = ["CrossSigning"]
