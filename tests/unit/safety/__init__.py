"""The pure parts of safety."""
