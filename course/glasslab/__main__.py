"""``python -m glasslab``, for where the command itself isn't on the path."""

import sys

from glasslab.cli import main

sys.exit(main())
