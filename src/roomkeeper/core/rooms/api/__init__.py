"""The HTTP endpoints of rooms."""
