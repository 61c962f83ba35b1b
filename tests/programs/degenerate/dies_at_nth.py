"""Dies at the n-th question of its life without an answer; n is its argument."""

import json
import sys

import tally

program = tally.Program()
for place, line in enumerate(sys.stdin, 1):
    if place == int(sys.argv[1]):
        sys.stderr.write("boom\n")
        sys.exit(3)
    tally.write(json.dumps(program.answer(json.loads(line))) + "\n")
