"""Records on a whole server."""
