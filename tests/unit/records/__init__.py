"""The pure parts of records."""
