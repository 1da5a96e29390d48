"""The endpoints of safety: ``/_roomkeeper/v1/safety``."""

ROOT = "/_roomkeeper/v1/safety"
