"""Roomkeeper: a chat server for organisations that talk with customers, speaking the Matrix client-server API."""

__version__ = "0.1.0"
