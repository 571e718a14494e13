"""`python -m occnet` is the command `occnet`."""

import sys

from occnet.cli import main

if __name__ == "__main__":  # and not in the worker processes, which import it
    sys.exit(main())
