"""``python -m roomkeeper`` is the same as ``roomkeeper``."""

from roomkeeper.cli import main

main()
