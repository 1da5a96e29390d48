"""What the protocol functions raise: the input broke the protocol, and here is how to mend it.

Nothing here knows of HTTP; the server's edge turns the error code into a response.
# spec: client-server §Standard error response
"""

from __future__ import annotations


class ProtocolViolation(Exception):
    """The input breaks the Matrix protocol; `str(e)` says what is wrong and what to do.

    `errcode` is the Matrix error code that a client or server would be answered with.
    """

    def __init__(self, message: str, errcode: str = "M_BAD_JSON") -> None:
        super().__init__(message)
        self.errcode = errcode


class AuthorizationRefused(ProtocolViolation):
    """The authorisation rules reject the event.

    `rule` is the number of the rule in the event's own room version, for instance "5.4.3".
    """

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message, "M_FORBIDDEN")
        self.rule = rule
