"""`roomkeeper demo`: a server with two people in a conversation, and a page on which both can be played."""

from roomkeeper.demo.run import run

__all__ = ["run"]
