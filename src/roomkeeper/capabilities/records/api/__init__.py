"""The endpoints of records."""
