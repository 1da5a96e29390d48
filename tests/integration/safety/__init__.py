"""Safety on a whole server."""
