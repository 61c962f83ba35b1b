"""Declares nothing, so that nothing can be wrong."""

from anonlaws.degenerate import right


def answer(question: right.Json) -> right.Json:
    said = right.answer(question)
    return {**said, "capabilities": {}} if question["cmd"] == "describe" else said


right.serve(answer=answer)
