"""`roomkeeper demo`: an organisation in the middle of its day, to look at and to take part in.

See `cast` for who is there, `script` for what they have said, `seed` for how that comes to be, `life` for what goes on.
"""

from roomkeeper.demo.run import Wish, run

__all__ = ["Wish", "run"]
