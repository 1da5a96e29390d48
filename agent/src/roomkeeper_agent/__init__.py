"""The agent: watches chat programs on an employee's desktop, and uploads what is said there as records.

`sources` read programs, `spool` keeps what was read until the server has it, `uploading` brings it there.
It speaks to the server over HTTP alone, and imports nothing of it.
"""

__version__ = "0.1.0"
