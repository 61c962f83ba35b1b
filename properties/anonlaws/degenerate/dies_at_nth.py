"""Dies at the n-th question of its life without an answer; n is its argument."""

import itertools
import sys

from anonlaws.degenerate import right

asked = itertools.count(1)


def answer(question: right.Json) -> right.Json:
    if next(asked) == int(sys.argv[1]):
        sys.stderr.write("boom\n")
        sys.exit(3)
    return right.answer(question)


right.serve(answer=answer)
