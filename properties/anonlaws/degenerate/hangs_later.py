"""Answers nothing any more, halfway through what it was asked."""

import time

from anonlaws.degenerate import right

right.serve_but_at_spoiled(lambda _: time.sleep(1000))
