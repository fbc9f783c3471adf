"""`python -m snapkit`: the same as the console script."""

import sys

from snapkit.cli import main

if __name__ == "__main__":  # worker processes import this module and must not run it
    sys.exit(main())
