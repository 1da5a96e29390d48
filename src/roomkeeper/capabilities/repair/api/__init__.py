"""The endpoints of repair: ``/_roomkeeper/v1/repair``, and Segment's, at ``/v1``."""

ROOT = "/_roomkeeper/v1/repair"
