"""`python -m roomkeeper_agent`."""

from roomkeeper_agent.cli import main

main()
