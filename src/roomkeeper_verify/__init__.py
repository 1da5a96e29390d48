"""Checks an export of records: offline, and without anything of the server.

It shares no code with Roomkeeper on purpose. What is hashed how is written down in docs/records.md, so that anybody can
write another one.
"""
