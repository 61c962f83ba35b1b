"""Answers as it should, and takes a tenth of a second for each answer."""

import time

from anonlaws.degenerate import right


def answer(question: right.Json) -> right.Json:
    time.sleep(0.1)
    return right.answer(question)


right.serve(answer=answer)
