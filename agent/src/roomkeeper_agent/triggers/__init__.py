"""Triggers: when a record is made without being asked for, and of which session.

`windows` says which window is in front, `association` which session that is, `capture` takes pictures of the screen,
`screenshots` sees those that others take, and `keys` hears the hotkey.
"""
