"""Tests of the agent with a real server."""
