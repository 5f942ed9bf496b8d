"""`python -m ragkit`."""

from ragkit.cli.main import main

if __name__ == "__main__":
    main()
