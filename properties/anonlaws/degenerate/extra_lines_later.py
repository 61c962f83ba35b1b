"""Says twice, halfway through what it was asked, what it has to say once."""

import json

from anonlaws.degenerate import right

right.serve_but_at_spoiled(lambda answer: right.write((json.dumps(answer) + "\n") * 2))
