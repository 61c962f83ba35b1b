"""Dies without an answer, halfway through what it was asked."""

import sys

from anonlaws.degenerate import right

right.serve_but_at_spoiled(lambda _: sys.exit(3))
