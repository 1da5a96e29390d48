"""The intake: events of other programs (the Segment-compatible API) and of this server's own points."""
