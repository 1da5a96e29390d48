"""``python -m roomkeeper_verify``"""

from roomkeeper_verify.cli import main

if __name__ == "__main__":
    main()
