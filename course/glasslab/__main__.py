"""``python -m glasslab``, for where the command itself isn't on the path."""

import sys

from glasslab.cli import main

if __name__ == "__main__":
    sys.exit(main())
