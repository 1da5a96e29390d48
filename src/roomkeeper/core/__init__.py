"""The chat server itself, complete without any capability."""
