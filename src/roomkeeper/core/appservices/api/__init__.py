"""The routes of application services."""
