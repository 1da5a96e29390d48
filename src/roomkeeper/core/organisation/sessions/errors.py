"""What can be wrong with sessions and links."""

from __future__ import annotations

from roomkeeper.platform.errors import Forbidden, InvalidParameter


class HasLeft(Forbidden):
    """This person has left the organisation and gets no messages any more: ask for somebody else."""


class AtLimit(InvalidParameter):
    """This person takes no more sessions now: name somebody else, or have their session_limit raised."""


class AnotherSession(InvalidParameter):
    """The two have another session already."""

    status = 409


class LinkExpired(Forbidden):
    """This link has expired: ask for a new one."""


class LinkUsedUp(Forbidden):
    """This link has been used as often as it may be: ask for a new one."""
