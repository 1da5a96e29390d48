"""Tests of the agent alone; those with a server are in tests/integration/agent."""
