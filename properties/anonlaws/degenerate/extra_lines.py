"""Says everything twice."""

import json

from anonlaws.degenerate import right

right.serve(lambda answer: json.dumps(answer) + "\n" + json.dumps(answer))
